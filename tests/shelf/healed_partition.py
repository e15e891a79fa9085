#!/usr/bin/env python3
"""Two halves of a shelf are cut off from each other, each with a coordinator and requests of its own, and meet again."""
import subprocess
import time

from faults import Shelf, on_namespaces
from shelf import expect, until

on_namespaces("--nodes", "4", "--rate", "940mbit", "--pace", "2")


def switch(shelf, *command):
    subprocess.run(["ip", "-n", shelf["pi1"].switch, *command], check=True)


def coordinators(shelf):
    return {name: node.ask("status")["coordinator"] for name, node in shelf.nodes.items()}


shelf = Shelf("healed_partition", asked=["pi1", "pi3"])
shelf.begin()
switch(shelf, "link", "add", "br1", "type", "bridge", "mcast_snooping", "0")
switch(shelf, "link", "set", "br1", "up")
for name in ["pi3", "pi4"]:
    switch(shelf, "link", "set", shelf[name].port, "master", "br1")
shelf.note(f"plans of the halves right after {shelf.until_planned(['pi1', 'pi2'], shelf.fault_at, shelf['pi1']):.2f} "
           f"and {shelf.until_planned(['pi3', 'pi4'], shelf.fault_at, shelf['pi3']):.2f} s")
expect("each half has a coordinator", until(lambda: coordinators(shelf) == {"pi1": "pi1", "pi2": "pi1", "pi3": "pi3", "pi4": "pi3"}))
shelf.traffic.await_answers(2)
healed = time.monotonic()
for name in ["pi3", "pi4"]:
    switch(shelf, "link", "set", shelf[name].port, "master", "br0")
shelf.note(f"one plan again {shelf.until_planned(shelf.nodes, healed, shelf['pi1']):.2f} "
           f"and {shelf.until_planned(shelf.nodes, healed, shelf['pi3']):.2f} s after healing")
expect("one coordinator again", until(lambda: set(coordinators(shelf).values()) == {"pi1"}))
shelf.finish(["pi1", "pi2", "pi3", "pi4"])
