#!/usr/bin/env python3
"""The cable of a node is pulled while requests run on it, and put back after its links were given up."""
import time

from faults import Shelf, on_namespaces

on_namespaces("--nodes", "3", "--rate", "940mbit", "--pace", "2")

shelf = Shelf("unplugged_cable")
shelf.begin()
victim = shelf["pi3"]
victim.link("down")
shelf.note(f"plan right again after {shelf.until_planned(['pi1', 'pi2'], shelf.fault_at):.2f} s")
while shelf.states()["pi3"] != "failed":
    pass
shelf.traffic.await_answers(3)
replugged = time.monotonic()
victim.link("up")
shelf.note(f"back in the plan {shelf.until_planned(shelf.nodes, replugged):.2f} s after replugging")
shelf.note(f"at work {shelf.until_working('pi3', replugged):.2f} s after it")
shelf.finish(["pi1", "pi2", "pi3"])
