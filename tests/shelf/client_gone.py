#!/usr/bin/env python3
"""A client ends (Ctrl-C) in the middle of its request: every node drops the request, with most of it not yet computed."""
import re
import signal
import subprocess

from faults import HANG_S, MODEL, Shelf, on_namespaces
from shelf import BUILD, expect, until

# So slow that the request would go on for long after its client.
on_namespaces("--nodes", "3", "--rate", "940mbit", "--pace", "0.4")


def executor(node):
    """How many requests run on this node, and how many pieces it has made."""
    said = subprocess.run(node.inside(BUILD / "bramble", "console"), input="actors\n", capture_output=True, text=True,
                          check=True).stdout
    running, pieces = re.search(r"branch_executor .*?(\d+) requests running, (\d+) pieces", said).groups()
    return int(running), int(pieces)


def pieces_of_all():
    return sum(executor(node)[1] for node in shelf.nodes.values())


def executor_or_busy(node):
    try:
        return executor(node)
    except AttributeError:  # it computes a piece longer than the console waits
        return None


shelf = Shelf("client_gone")
shelf.begin()
shelf.traffic.stop()
before = pieces_of_all()
shelf.infer(shelf["pi1"])
whole = pieces_of_all() - before
print(f"a request is {whole} pieces")

for which in [signal.SIGINT, signal.SIGKILL]:
    before = pieces_of_all()
    client = subprocess.Popen(shelf["pi1"].inside(BUILD / "bramble", "infer", MODEL, shelf.photo),
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    expect("the request runs", until(lambda: (executor_or_busy(shelf["pi2"]) or (0, 0))[0] == 1))
    client.send_signal(which)
    client.wait(HANG_S)
    for node in shelf.nodes.values():
        expect(f"{node.name} runs nothing", until(lambda node=node: (executor_or_busy(node) or (1, 0))[0] == 0))
    made = pieces_of_all() - before
    print(f"{which.name}: {made} of {whole} pieces were made")
    expect("the rest was not computed", made < whole, made)
