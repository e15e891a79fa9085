"""What the nodes of a shelf hold, and whether all of them are there and at rest."""
import os
import re
import subprocess
import sys
import time

from faults import HANG_S
from shelf import BUILD

# What one more thread or connection than before may be: something that is under way just then.
DESCRIPTORS, THREADS = 4, 2
# A node without requests gives back the memory of their tensors after 2 s (rest_after).
REST_S = 4


def held(node):
    return {"memory_mb": node.memory_mb(), "descriptors": node.descriptors(),
            "threads": len(os.listdir(f"/proc/{node.pid}/task"))}


def at_rest(shelf):
    """What each node holds once it has given back what requests needed: the least of some looks."""
    time.sleep(REST_S)
    looks = []
    for _ in range(6):
        looks.append({name: held(node) for name, node in shelf.nodes.items()})
        time.sleep(0.5)
    return {name: {what: min(look[name][what] for look in looks) for what in looks[0][name]} for name in shelf.nodes}


def waits(what, condition, more=lambda: ""):
    """Until `condition` gives nothing more to complain of; `more` is told beside what it said last."""
    deadline = time.monotonic() + HANG_S
    while True:
        complaint = condition()
        if not complaint:
            return
        if time.monotonic() > deadline:
            sys.exit(f"soak: {what} is still not so after {HANG_S} s: {complaint}{more()}")
        time.sleep(0.1)


def last_words(shelf, lines=40):
    """What each node says of the shelf, and what it wrote last."""
    out = ""
    for node in shelf.nodes.values():
        status = subprocess.run(node.inside(BUILD / "bramble", "status"), capture_output=True, text=True)
        log = (node.home / "node.log").read_text().splitlines()[-lines:]
        out += "\n".join(["", f"-- {node.name}", status.stdout + status.stderr, *log])
    return out


def strangers(shelf, host):
    """What `host` does not see as alive, or counts in its plan."""
    try:
        states = shelf.states(host)
    except RuntimeError as refusal:
        return str(refusal)
    wrong = {name: state for name, state in states.items() if state != "alive"}
    missing = shelf.nodes.keys() - states.keys()
    return wrong or missing or shelf.left_out(host)


def await_everybody(shelf, nobody_ended):
    """`nobody_ended` says so by leaving the program where that is not so."""
    def complaint(host):
        nobody_ended()
        return strangers(shelf, host)

    for host in shelf.nodes.values():
        waits(f"{host.name} sees all nodes alive and plans with them", lambda host=host: complaint(host), lambda: last_words(shelf))


def running_on(node):
    """Requests that a node still works on or waits for, in its own words."""
    said = subprocess.run(node.inside(BUILD / "bramble", "console"), input="actors\n", capture_output=True, text=True).stdout
    counts = re.findall(r"^(requester|branch_executor) .*?(\d+) requests running", said, re.MULTILINE)
    if len(counts) != 2:
        return f"it says: {said}"
    return {actor: int(count) for actor, count in counts if int(count)}


def await_idle(shelf):
    for node in shelf.nodes.values():
        waits(f"{node.name} works on nothing", lambda node=node: running_on(node))


def growth(before, after, share):
    """Sentences on what has grown more than it may."""
    found = []
    for name in before:
        was, now = before[name], after[name]
        if now["memory_mb"] > was["memory_mb"] * (1 + share):
            found.append(f"{name} holds {now['memory_mb']:.1f} MB, after warm-up {was['memory_mb']:.1f}")
        for what, spare in (("descriptors", DESCRIPTORS), ("threads", THREADS)):
            if now[what] > was[what] + spare:
                found.append(f"{name} has {now[what]} {what}, after warm-up {was[what]}")
    return found
