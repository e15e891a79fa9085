#!/usr/bin/env python3
"""All but the host sleep, as a laptop does whose lid is shut, for longer than peers wait for a sign of each other."""
import os
import signal
import time

from faults import Shelf, on_namespaces

on_namespaces("--nodes", "3", "--rate", "940mbit", "--pace", "2")

ASLEEP_S = 5  # this is what happens to them, nothing is waited for

shelf = Shelf("sleeping_shelf")
shelf.begin()
sleepers = [shelf["pi2"], shelf["pi3"]]
try:
    for node in sleepers:
        os.kill(node.pid, signal.SIGSTOP)
    time.sleep(ASLEEP_S)
finally:
    for node in sleepers:
        os.kill(node.pid, signal.SIGCONT)
awake = time.monotonic()
shelf.note(f"asleep for {ASLEEP_S} s")
shelf.note(f"planned for all {shelf.until_planned(shelf.nodes, awake):.2f} s after it")
shelf.note(f"pi3 at work {shelf.until_working('pi3', awake):.2f} s after it")
shelf.finish(["pi1", "pi2", "pi3"])
