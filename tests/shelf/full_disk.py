#!/usr/bin/env python3
"""The disk of a node is too full for the model it has to fetch: the others work without it, and the plan says why."""
import subprocess
import time

from faults import MODEL, Shelf, on_namespaces
from shelf import expect

on_namespaces("--nodes", "3", "--rate", "940mbit", "--pace", "2")


def in_mounts_of(node, *command):
    subprocess.run(["nsenter", "--target", str(node.pid), "--root", "--mount", *map(str, command)], check=True)


shelf = Shelf("full_disk")
full = shelf["pi3"]
models = full.home / "models"
models.mkdir(exist_ok=True)
in_mounts_of(full, "mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", models)  # the model has 8 MB
shelf.begin()
verdict = next(node for node in shelf["pi1"].ask("plan", MODEL)["nodes"] if node["name"] == "pi3")
print("the plan says of pi3:", verdict["reason"])
expect("the plan says that the disk is full",
       not verdict["in"] and "left out" in verdict["reason"] and "is full" in verdict["reason"], verdict)
shelf.traffic.await_answers(3)
roomy = time.monotonic()
in_mounts_of(full, "mount", "-o", "remount,size=64m", models)
shelf.note(f"in the plan {shelf.until_planned(shelf.nodes, roomy):.2f} s after there was room")
shelf.note(f"at work {shelf.until_working('pi3', roomy):.2f} s after it")
shelf.finish(["pi1", "pi2"])
