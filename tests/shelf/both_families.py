#!/usr/bin/env python3
"""The networks that people have: IPv4 and IPv6 at once and a name for both, IPv6 alone, and IPv6 without any router, where
there are link-local addresses only. Everywhere the defaults give links for control and for tensors."""
from machines import House, expect_full_mesh

for what, addresses, join in (
        ("both families and a name", ("10.90.0.{}/24", "fd00:90::{}/64"), "pi1.home.arpa"),
        ("IPv6 alone", ("fd00:90::{}/64",), "pi1.home.arpa"),
        ("link-local addresses alone", (), None)):
    print(f"-- {what}", flush=True)
    house = House()
    machines = house.shelf(3, addresses)
    known = [address.format(1).split("/")[0] for address in addresses]
    for machine in machines:
        machine.know({"pi1.home.arpa": known})
    machines[0].start()
    where = join or f"[{machines[0].link_local()}%eth0]"
    for machine in machines[1:]:
        machine.start("--join", where)
    expect_full_mesh(machines)
    house.take_down()
