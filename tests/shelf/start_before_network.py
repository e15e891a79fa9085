#!/usr/bin/env python3
"""A node starts at boot before its card has an address, as a service does: it tells its real one once it has one, never
127.0.0.1, whether it is the one that dials or the one that is dialled."""
from machines import House, expect, expect_full_mesh, until

for first in (0, 2):
    house = House()
    machines = house.shelf(3, addresses=())
    early = machines[first]
    early.start()
    expect(f"{early.name} runs without a network", until(early.status), early.said())
    # A card without a router has a link-local address of its own.
    expect("and has no address to speak of", not [a for a in early.seen(early.name)["addresses"]
                                                  if not a.startswith(("fe80:", "127.", "::1"))], early.seen(early.name))
    for number, machine in enumerate(machines, 1):
        machine.add_address(f"10.90.0.{number}/24")
    for machine in machines:
        if machine is not early:
            machine.start("--join", f"10.90.0.{first + 1}")
    expect_full_mesh(machines)
    for machine in machines:
        for each in machine.status()["nodes"]:
            own = each["name"] == machine.name
            expect(f"{machine.name} shows where {each['name']} is", each["address"].startswith("10.90.0.") and
                   (own or not any(a.startswith("127.") or a == "::1" for a in each["addresses"])), each)
    house.take_down()
