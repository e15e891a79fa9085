#!/usr/bin/env python3
"""Somebody opened the control port in the firewalls and not the one for tensors: both nodes are alive, and within 5 s of
their meeting `status` says that there are no tensors between them, on which port, and why. One open port is enough."""
import time

from machines import House, expect, expect_full_mesh, until

house = House()
machines = house.shelf(2)
one, other = machines
for machine in machines:
    machine.drop_incoming(7742)
one.start()
expect("pi1 answers", until(one.status), one.said())
other.start("--join", "10.90.0.1")
expect("they meet", until(lambda: one.seen("pi2").get("state") == "alive"), one.said())
met = time.monotonic()
for machine, peer, place in ((one, "pi2", "10.90.0.2:7742"), (other, "pi1", "10.90.0.1:7742")):
    def told():
        return any(t["to"] == peer and place in t["why"] and "did not answer" in t["why"]
                   for t in machine.seen(machine.name)["no_tensors"])
    expect(f"{machine.name} says that it has no tensors with {peer} and names {place}", until(told, 20),
           machine.status_text() + machine.said()[-2000:])
    print(f"told {time.monotonic() - met:.1f} s after they met")
    expect("for people too", f"no tensors between {machine.name} and {peer}" in machine.status_text(), machine.status_text())
# What holds for the one that dials holds for the other one, too.
other_open = machines[0]
other_open.run("tc", "qdisc", "del", "dev", "eth0", "ingress", check=True)
expect_full_mesh(machines)
expect("and then status says nothing of it", until(lambda: not one.seen("pi1")["no_tensors"] and
                                                  not other.seen("pi2")["no_tensors"]), one.status_text())
