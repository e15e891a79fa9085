#!/usr/bin/env python3
"""A machine with two cards on two networks between which nobody routes: each of the others uses the address it can reach,
and `status` says which two cannot reach each other. Once with the machine between first by name, once last."""
from machines import House, Machine, expect, give_keys, until

for middle in ("pi1", "pi3"):
    house = House()
    house.add_switch("br1")
    wireless_name = "pi3" if middle == "pi1" else "pi1"
    between, cable, wireless = (Machine(house, name) for name in (middle, "pi2", wireless_name))
    between.plug("eth0", "br0")
    between.plug("wlan0", "br1")
    cable.plug("eth0", "br0")
    wireless.plug("wlan0", "br1")
    between.add_address("10.90.0.1/24", "eth0")
    between.add_address("10.91.0.1/24", "wlan0")
    cable.add_address("10.90.0.2/24", "eth0")
    wireless.add_address("10.91.0.3/24", "wlan0")
    give_keys([between, cable, wireless])
    between.start()
    cable.start("--join", "10.90.0.1")
    wireless.start("--join", "10.91.0.1")
    expect(f"{middle} has links for tensors to both", until(lambda: between.linked(cable.name, wireless.name)),
           between.status_text() + between.said()[-2000:])
    for one, other, address in ((cable, wireless, "10.90.0.1:7741"), (wireless, cable, "10.91.0.1:7741")):
        expect(f"{one.name} has one to {middle} alone", until(lambda: one.linked(middle)), one.status_text())
        expect(f"which it knows at {address}", one.seen(middle)["address"] == address, one.status_text())
        expect(f"status there says that {other.name} cannot be reached",
               until(lambda: f"{one.name} cannot reach {other.name}" in one.status_text(), 20), one.status_text())
    house.take_down()
