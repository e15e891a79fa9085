#!/usr/bin/env python3
"""A node is killed and started again at once: it knows nothing of the plan by which frames still come, and takes part again."""
import os
import signal
import time

from faults import Shelf, on_namespaces

on_namespaces("--nodes", "3", "--rate", "940mbit", "--pace", "2")

shelf = Shelf("restarted_node")
shelf.begin()
victim = shelf["pi3"]
os.kill(victim.pid, signal.SIGKILL)
victim.start()
restarted = time.monotonic()
# Only its new life can have worked on a request that began after it.
shelf.note(f"at work {shelf.until_working('pi3', restarted):.2f} s after its start")
shelf.finish(["pi1", "pi2"])
