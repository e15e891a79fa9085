#!/usr/bin/env python3
"""The router gives a node that runs another address: within seconds it is linked again, tensors too, and `status` has the
new address everywhere. Once for the one that is dialled, the one that dials, and the one that others joined."""
import time

from machines import House, expect, expect_full_mesh, until

house = House()
machines = house.shelf(3)
machines[0].start()
for machine in machines[1:]:
    machine.start("--join", "10.90.0.1")
expect_full_mesh(machines)
for number, machine in enumerate(machines, 1):
    machine.remove_address(f"10.90.0.{number}/24")
    machine.add_address(f"10.90.0.5{number}/24")
    moved = time.monotonic()
    new = f"10.90.0.5{number}:7741"
    for other in machines:
        expect(f"{other.name} sees {machine.name} at its new address",
               until(lambda: other.seen(machine.name).get("address") == new), other.status_text() + other.said()[-2000:])
    # A link that broke is no link; one to the new address was measured anew.
    expect_full_mesh(machines)
    print(f"{machine.name} was back {time.monotonic() - moved:.1f} s after the change")
