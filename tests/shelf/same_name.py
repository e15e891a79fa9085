#!/usr/bin/env python3
"""Two machines of one name, as two fresh Pis called raspberrypi or a copied card: the second is refused, both sides say so
with the other's address, requests by the first go on, and no plan is made for the second. Then the first goes, and the
second may take its place."""
import shutil

from machines import House, Machine, expect, expect_full_mesh, until

house = House()
one, other, third = house.shelf(3)
copy = Machine(house, "pi2", label="px")
copy.plug("eth0", "br0")
copy.add_address("10.90.0.9/24")
shutil.copytree(other.home / "keys", copy.home / "keys")
one.start()
other.start("--join", "10.90.0.1")
third.start("--join", "10.90.0.1")
expect_full_mesh([one, other, third])

for join in ("10.90.0.1", "10.90.0.3", "10.90.0.2"):
    copy.start("--join", join)
    expect(f"the copy that joins {join} says whose name it has", until(lambda: any(
        "pi2 is the name of" in line and "10.90.0.2" in line for line in copy.said().splitlines()), 30), copy.said())
    expect("and what to type", "keys issue OTHER-NAME" in copy.said(), copy.said())
    asked = next(m for m in (one, other, third) if join.endswith(m.name[-1]))
    expect(f"{asked.name} says who came", until(lambda: any(
        "refuses pi2 at 10.90.0.9" in line for line in asked.said().splitlines()), 20), asked.said())
    expect("in status too", until(lambda: any(
        m["kind"] == "refused" and "10.90.0.9" in m["where"] for m in asked.status()["missing"]), 20), asked.status_text())
    for machine in (one, third):
        seen = machine.seen("pi2")
        expect(f"for {machine.name} pi2 is where it was", seen["address"] == "10.90.0.2:7741" and seen["state"] == "alive", seen)
    copy.kill()
    copy.log.unlink()
expect_full_mesh([one, other, third])
expect("the first pi2 was never lost", not any("lost pi2" in m.said() for m in (one, third)), one.said() + third.said())

other.kill()
copy.start("--join", "10.90.0.1")
expect_full_mesh([one, copy, third])
expect("once it is gone, the name has moved", until(lambda: one.seen("pi2")["address"] == "10.90.0.9:7741"), one.status_text())
