#!/usr/bin/env python3
"""A node that is started again without --join, and on another address, finds the shelf it belongs to: it remembers where the
others were. Then all of them, one after the other, so that none is told by one that was left."""
from machines import House, expect, expect_full_mesh, until

house = House()
machines = house.shelf(3)
machines[0].start()
for machine in machines[1:]:
    machine.start("--join", "10.90.0.1")
expect_full_mesh(machines)
for machine in machines:
    others = [m.name for m in machines if m is not machine]
    expect(f"{machine.name} has written down where {', '.join(others)} are",
           until(lambda: all(f"peer {name} 7741" in (machine.home / "peers").read_text() for name in others)
                 if (machine.home / "peers").exists() else False), machine.said())

for machine in (machines[2], machines[0]):
    machine.kill()
    number = machine.name[-1]
    machine.remove_address(f"10.90.0.{number}/24")
    machine.add_address(f"10.90.0.6{number}/24")
    machine.start()
    expect_full_mesh(machines)
    for other in machines:
        expect(f"{other.name} sees it at its new address",
               until(lambda: other.seen(machine.name).get("address") == f"10.90.0.6{number}:7741"), other.status_text())

for machine in machines:
    machine.stop()
for machine in machines:
    machine.start()
expect_full_mesh(machines)
