#!/usr/bin/env python3
"""Tensors of 8 MB over a link of 20 Mbit/s, 3.4 s each: the link is slow, not dead, and nobody is given up."""
from faults import Shelf, on_namespaces
from shelf import expect

on_namespaces("--nodes", "2", "--rate", "20mbit", "--pace", "2", "--speeds", "0.1,1")

# The seed scheme moves whole maps, to a node fast enough to be worth it; the planner would move half as much.
shelf = Shelf("slow_link", model="wide", options=["--method", "seed"])
shelf.begin(undisturbed=1)
shelf.finish(["pi1", "pi2"], more=1)
answers = shelf.traffic.answers
expect("a map of 8 MB travels", all(entry["bytes"] > 8e6 for entry in answers), [entry["bytes"] for entry in answers])
expect("every request needs one attempt", all(entry["attempts"] == 1 for entry in answers), [entry["attempts"] for entry in answers])
for node in shelf.nodes.values():
    log = (node.home / "node.log").read_text()
    expect(f"{node.name} never lost its peer", "lost pi" not in log and "was silent" not in log, log[-2000:])
