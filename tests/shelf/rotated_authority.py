#!/usr/bin/env python3
"""The authority of a running cluster is followed by another: nodes that run get certificates of it within seconds, without a
connection lost; one that was off meanwhile, and knows only the authority before, comes back and gets one too; a new machine
joins; and what is revoked afterwards is in force everywhere."""
import json
import subprocess

from machines import BRAMBLE, House, Machine, expect, expect_full_mesh, until


def show(machine):
    return json.loads(machine.bramble("keys", "show", "--json"))


def authorities(machine):
    return (machine.home / "keys" / "ca.crt").read_text().count("BEGIN CERTIFICATE")


def knows_as_much_as(machine, other):
    return (machine.home / "keys" / "ca.crt").read_text() == (other.home / "keys" / "ca.crt").read_text()


house = House()
machines = house.shelf(3)
first, second, third = machines
first.start()
for each in (second, third):
    each.start("--join", "10.90.0.1")
expect_full_mesh(machines)
before = show(second)
third.stop()

told = first.bramble("keys", "rotate", "--overlap", "30d")
expect("rotate says what comes of it", "new authority" in told and "trusted beside it until" in told, told)
expect("a node that runs knows the new authority soon", until(lambda: knows_as_much_as(second, first), 30), second.said()[-3000:])
expect("the one before is known as well", authorities(second) == 2)
expect("it is the same cluster", show(second)["cluster_id"] == before["cluster_id"])
expect("it says so in its log", "renewed by pi1" in second.said(), second.said()[-3000:])
expect("the list says by which authority", until(lambda: len({e["authority"] for e in json.loads(
    first.bramble("keys", "list", "--json")) if e["state"] == "valid" and e["node"] != "pi3"}) == 1, 5))
expect("nobody was lost meanwhile", second.seen("pi1").get("state") == "alive" and first.seen("pi2").get("state") == "alive",
       first.status_text())

expect("one that was off knows the old one only", authorities(third) == 1)
third.start("--join", "10.90.0.1")
expect_full_mesh(machines)
expect("and gets the new one when it is back", until(lambda: knows_as_much_as(third, first), 90), third.said()[-3000:])

# Every connection from now on is between certificates of the new authority.
second.stop()
second.start()
expect_full_mesh(machines)

fourth = Machine(house, "pi4")
fourth.plug("eth0", "br0")
fourth.add_address("10.90.0.4/24")
invitation = subprocess.Popen([*first.inside(), BRAMBLE, "invite", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
fourth.bramble("join", json.loads(invitation.stdout.readline())["code"], "--name", "pi4")
invitation.communicate(timeout=30)
fourth.start()
expect_full_mesh([*machines, fourth])
expect("a machine that joins knows both", knows_as_much_as(fourth, first))

first.bramble("keys", "revoke", "pi4")
for each in machines:
    expect(f"what is revoked afterwards is in force on {each.name}",
           until(lambda: each.seen("pi4").get("state") != "alive", 20), each.status_text())

wrong = second.run(BRAMBLE, "keys", "rotate")
expect("only where the authority is", wrong.returncode == 1 and "keys" in wrong.stderr, wrong.stderr)
short = first.run(BRAMBLE, "keys", "rotate", "--overlap", "5m")
expect("nodes need time to hear of it", short.returncode == 2 and "at least 1h" in short.stderr, short.stderr)
