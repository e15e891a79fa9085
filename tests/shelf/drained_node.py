#!/usr/bin/env python3
"""A node is drained while requests flow, and taken back: from the next request on it has no work, then it has some
again; the cluster never calls it dead, and every answer is right."""
import tempfile

from shelf import LoopOfRequests, bramble, bramble_json, expect, rerun_on_a_shelf, same_answer, until

rerun_on_a_shelf("--nodes", "3", "--rate", "940mbit", "--pace", "12")


def state_of(name):
    return next(node for node in bramble_json("status")["nodes"] if node["name"] == name)


with tempfile.TemporaryDirectory() as folder:
    loop = LoopOfRequests(folder, requests=0)
    said = bramble("drain", loop.victim).stdout
    expect("the node says so", said == f"{loop.victim} is drained: it works on requests of its own only\n", said)
    expect(f"{loop.victim} has no more work", until(lambda: loop.victim not in loop.ask()["nodes"]))
    plan = bramble_json("plan", "inception_v4")
    reason = next(node["reason"] for node in plan["nodes"] if node["name"] == loop.victim)
    expect("the plan says why", "drained" in reason, reason)
    shown = state_of(loop.victim)
    expect("it is alive, and shown as drained", shown["state"] == "alive" and shown["drained"], shown)
    expect("the answer is right", same_answer(loop.ask(), loop.right))
    bramble("resume", loop.victim)
    expect(f"{loop.victim} works again", until(lambda: loop.victim in loop.ask()["nodes"]))
    refused = bramble("drain", "pi9", check=False)
    expect("a node that is not there is refused", refused.returncode == 1 and "pi9" in refused.stderr, refused.stderr)
