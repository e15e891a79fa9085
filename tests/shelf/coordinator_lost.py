#!/usr/bin/env python3
"""The coordinator freezes, thaws, and is then killed while another node hosts requests."""
import os
import signal
import time

from faults import Shelf, on_namespaces
from shelf import expect

on_namespaces("--nodes", "3", "--rate", "940mbit", "--pace", "2")

shelf = Shelf("coordinator_lost", asked=["pi2"])
shelf.begin()
expect("pi1 is the coordinator", shelf["pi2"].ask("status")["coordinator"] == "pi1")
os.kill(shelf["pi1"].pid, signal.SIGSTOP)
try:
    shelf.note(f"frozen: plan right again after {shelf.until_planned(['pi2', 'pi3'], shelf.fault_at):.2f} s")
    shelf.traffic.await_answers(3)
finally:
    os.kill(shelf["pi1"].pid, signal.SIGCONT)
thawed = time.monotonic()
shelf.note(f"back in the plan {shelf.until_planned(shelf.nodes, thawed):.2f} s after thawing")
shelf.until_working("pi1", thawed)
os.kill(shelf["pi1"].pid, signal.SIGKILL)
killed = time.monotonic()
shelf.note(f"killed: plan right again after {shelf.until_planned(['pi2', 'pi3'], killed):.2f} s")
shelf.traffic.await_answers(3)
expect("pi2 coordinates now", shelf["pi2"].ask("status")["coordinator"] == "pi2")
shelf.finish(["pi2", "pi3"])
