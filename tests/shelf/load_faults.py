#!/usr/bin/env python3
"""At 90 % of what the shelf says it can take, a node is killed, the coordinator is lost, or a node is drained: every request
that was not refused is answered once and rightly.
Usage: load_faults.py killed_node|coordinator_lost|drained_node"""
import os
import signal
import sys

from faults import on_namespaces
from load import PACE, LoadedShelf, offer
from shelf import expect, until

fault = sys.argv[1]
on_namespaces("--nodes", "4", "--rate", "300mbit", "--pace", PACE)

COUNT = 100
shelf = LoadedShelf(f"load_{fault}")
most = shelf.saturation("pi2")


def kill(name):
    os.kill(shelf[name].pid, signal.SIGKILL)


# What happens, and who is asked: nobody's own node dies, as a client could not tell that from a lost answer.
happens, hosts = {
    "killed_node": (lambda: kill("pi4"), ["pi1", "pi2"]),
    "coordinator_lost": (lambda: kill("pi1"), ["pi2", "pi3"]),
    "drained_node": (lambda: shelf["pi1"].ask("drain", "pi3"), ["pi1", "pi2"]),
}[fault]
expect("pi1 is the coordinator", shelf["pi2"].ask("status")["coordinator"] == "pi1")
requests = offer(shelf, hosts, 0.9 * most, COUNT, happens)
answers = requests.judge()
gone = {"killed_node": "pi4", "coordinator_lost": "pi1", "drained_node": "pi3"}[fault]
working = set().union(*(answer["nodes"] for answer in answers))
expect(f"{gone} had work before", gone in working, working)
host = hosts[-1]
expect(f"{gone} has no work any more", until(lambda: gone not in shelf.infer(shelf[host])["nodes"]))
expect("nothing is left under way", until(lambda: shelf.at_rest(host)), shelf.load(host))
if fault == "coordinator_lost":
    expect("pi2 coordinates", shelf["pi2"].ask("status")["coordinator"] == "pi2")
    shelf.saturation(host)
if fault == "drained_node":
    shelf["pi1"].ask("resume", "pi3")
    expect("pi3 has work again", until(lambda: "pi3" in shelf.infer(shelf[host])["nodes"]))
