#!/usr/bin/env python3
"""A node is frozen (SIGSTOP) while requests run on it, and thawed again: every request is answered, rightly, and the
node works again afterwards. With its connections open only its silence gives it away."""
import os
import signal
import tempfile

from shelf import LoopOfRequests, expect, rerun_on_a_shelf, until

rerun_on_a_shelf("--nodes", "3", "--rate", "940mbit", "--pace", "12")

with tempfile.TemporaryDirectory() as folder:
    loop = LoopOfRequests(folder, requests=6)
    loop.start()
    os.kill(loop.victim_pid, signal.SIGSTOP)
    try:
        loop.finish()
    finally:
        os.kill(loop.victim_pid, signal.SIGCONT)
    expect(f"{loop.victim} works again", until(lambda: loop.victim in loop.ask()["nodes"]))
