#!/usr/bin/env python3
"""A client behind 20 Mbit/s sends an input of 8 MB and gets an output of 4 MB while the node serves others; one goes away midway."""
import re
import subprocess
import time

from faults import HANG_S, MODEL, Laptop, Shelf, on_namespaces
from shelf import BUILD, expect, until

on_namespaces("--nodes", "2", "--rate", "940mbit")


def desk():
    """How many requests with large tensors the node has, and their bytes."""
    said = subprocess.run(shelf["pi1"].inside(BUILD / "bramble", "console"), input="actors\n", capture_output=True,
                          text=True, check=True).stdout
    return tuple(map(int, re.search(r"chunk_buffer .*?(\d+) requests with large tensors, (\d+) bytes", said).groups()))


# What a client far away gets has to have equal bits, so nothing is left to the planner.
shelf = Shelf("slow_client", model="mapping", options=["--method", "one"])
shelf.begin(undisturbed=2)
laptop = Laptop(shelf["pi1"], "20mbit")
for _ in range(2):
    began = time.monotonic()
    answer = shelf.infer(laptop)
    took = time.monotonic() - began
    expect("the answer has the bits of one beside the node", answer["output_sha256"] == shelf.right["output_sha256"])
    expect("it took one attempt", answer["attempts"] == 1, answer["attempts"])
    shelf.note(f"behind 20 Mbit/s {took:.2f} s, of which {answer['latency_ms'] / 1000:.2f} s on the node")
expect("12.6 MB at 20 Mbit/s were really sent", took > 12.6 * 8 / 20, took)

shelf.finish(["pi1", "pi2"])
client = subprocess.Popen(laptop.inside(BUILD / "bramble", "infer", MODEL, shelf.photo),
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
expect("the node takes its input", until(lambda: desk()[0] == 1))
client.kill()
client.wait(HANG_S)
expect("nothing of it is left", until(lambda: desk() == (0, 0)))

for node in shelf.nodes.values():
    log = (node.home / "node.log").read_text()
    expect(f"{node.name} never lost its peer", "lost pi" not in log and "was silent" not in log, log[-2000:])
