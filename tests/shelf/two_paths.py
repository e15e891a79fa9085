#!/usr/bin/env python3
"""Machines with a cable and a wireless card, all in one house: tensors go over whichever carries more, as measured, whatever
kind it is; and back over it when it was gone for a while."""
from machines import House, Machine, expect, give_keys, sh, until


def slow_down(machine, card, rate):
    sh("tc", "-n", machine.namespace, "qdisc", "add", "dev", card, "root", "tbf", "rate", rate, "burst", "64kb", "latency", "50ms")


def over(machine, peer):
    """The address that its link for tensors goes over: the last that its log tells."""
    lines = [line for line in machine.said().splitlines() if f"data plane: link to {peer} " in line]
    if not lines:
        return ""
    after = lines[-1].split(" at " if " is up" in lines[-1] else " goes over ")[1]
    return after.split()[0].rsplit(":", 1)[0]


for slow, fast, fast_address in (("wlan0", "eth0", "10.90.0.2"), ("eth0", "wlan0", "10.91.0.2")):
    house = House()
    house.add_switch("br1")
    one, other = (Machine(house, name) for name in ("pi1", "pi2"))
    for number, machine in enumerate((one, other), 1):
        machine.plug("eth0", "br0")
        machine.plug("wlan0", "br1")
        machine.add_address(f"10.90.0.{number}/24", "eth0")
        machine.add_address(f"10.91.0.{number}/24", "wlan0")
        slow_down(machine, slow, "40mbit")
        slow_down(machine, fast, "400mbit")
    give_keys([one, other])
    one.start()
    # Met over the slow one.
    other.start("--join", "10.90.0.1" if slow == "eth0" else "10.91.0.1")
    expect(f"{slow} is slow: tensors go over {fast}", until(lambda: over(one, "pi2") == fast_address, 40),
           one.said()[-2000:])
    fast_enough = lambda: all(150 < link["mbit"] for machine in (one, other) for link in machine.seen(machine.name).get("links", [{"mbit": 0}]))
    expect("which is measured on both sides", until(fast_enough, 20), one.status_text())
    expect("and nobody was lost meanwhile", not any("lost pi" in machine.said() for machine in (one, other)), one.said()[-2000:])

    other.ip("link", "set", fast, "down")
    expect("without it they go over the slow one", until(lambda: over(one, "pi2") not in ("", fast_address), 40), one.said()[-2000:])
    other.ip("link", "set", fast, "up")
    expect("and return when it is back", until(lambda: over(one, "pi2") == fast_address, 90), one.said()[-2000:])
    house.take_down()
