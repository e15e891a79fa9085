#!/usr/bin/env python3
"""A node is killed while requests run on it: every request is answered, rightly."""
import os
import signal
import tempfile

from shelf import LoopOfRequests, bramble_json, expect, rerun_on_a_shelf

# Paced, so that a request lasts long enough to be hit in its middle.
rerun_on_a_shelf("--nodes", "4", "--rate", "940mbit", "--pace", "12")

with tempfile.TemporaryDirectory() as folder:
    loop = LoopOfRequests(folder, requests=8)
    loop.start()
    os.kill(loop.victim_pid, signal.SIGKILL)
    loop.finish()
    last = loop.answers[-1]["nodes"]
    expect("and with others", len(last) >= 2, last)
    states = {node["name"]: node["state"] for node in bramble_json("status")["nodes"]}
    expect(f"{loop.victim} is shown as failed", states.get(loop.victim) == "failed", states)
