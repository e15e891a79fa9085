#!/usr/bin/env python3
"""A node is told to stop (SIGTERM) while it works for itself and for others: peers hear that it leaves, nothing is lost,
and it ends by itself. `--rounds N` repeats that."""
import argparse
import json
import re
import signal
import statistics
import subprocess
import sys
import time

from faults import HANG_S, MODEL, Shelf, on_namespaces
from shelf import BUILD, expect, same_answer, until

options = argparse.ArgumentParser()
options.add_argument("--rounds", type=int, default=10)
rounds = options.parse_args().rounds

# Every other request runs on one node alone and takes longer than a node that stops waits: it goes on elsewhere.
on_namespaces("--nodes", "3", "--rate", "940mbit", "--pace", "1.4")


def has_request(node):
    said = subprocess.run(node.inside(BUILD / "bramble", "console"), input="actors\n", capture_output=True, text=True).stdout
    return re.search(r"requester .*\b[1-9]\d* requests running", said) is not None


def stop_and_time(node):
    began = time.monotonic()
    node.process.send_signal(signal.SIGTERM)
    code = node.process.wait(HANG_S)
    expect("it ended by itself", code == 0, f"exit code {code}")
    return time.monotonic() - began


shelf = Shelf("clean_stop")
shelf.begin()
leaver = shelf["pi3"]
subprocess.run(["kill", "-TERM", str(leaver.pid)], check=True)
shelf.until_planned(["pi1", "pi2"], time.monotonic())
took = []
elsewhere = 0
for number in range(rounds):
    leaver.start()
    started = time.monotonic()
    shelf.until_planned(shelf.nodes, started)
    method = ["one", "bramble"][number % 2]
    client = subprocess.Popen(leaver.inside(BUILD / "bramble", "infer", MODEL, shelf.photo, "--method", method, "--json"),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    expect("a client of pi3 waits", until(lambda: has_request(leaver) or client.poll() is not None))
    took.append(stop_and_time(leaver))
    said, complaint = client.communicate(timeout=HANG_S)
    expect("its client has its answer", client.returncode == 0, complaint)
    answer = json.loads(said)
    expect("the right one", same_answer(answer, shelf.right), answer)
    elsewhere += answer["host"] != "pi3"
    for peer in ["pi1", "pi2"]:
        expect(f"{peer} knows that it left", shelf.states(shelf[peer])["pi3"] == "left", shelf.states(shelf[peer]))
    shelf.until_planned(["pi1", "pi2"], time.monotonic())

log = (leaver.home / "node.log").read_text()
again = sum(entry.get("attempts", 1) > 1 for entry in shelf.traffic.answers)
took.sort()
shelf.note(f"{rounds} stops took {took[0]:.2f} s at least, {statistics.median(took):.2f} in the middle, "
           f"{took[int(0.9 * (rounds - 1))]:.2f} for nine of ten, {took[-1]:.2f} at most")
shelf.note(f"{sum(each < 2 for each in took)} of {rounds} under 2 s")
shelf.note(f"{log.count('ended without waiting')} did not wait for the last of them to be put away")
shelf.note(f"{elsewhere} requests of its own clients were answered elsewhere, {again} of others needed a second attempt")
shelf.finish(["pi1", "pi2"])
