"""The nodes of a running scripts/testbed, as its command sees them: pi1, pi2 ... and what can be done to them."""
import os
import pathlib
import re
import subprocess

TESTBED = pathlib.Path(__file__).resolve().parent.parent / "testbed"


class Impossible(Exception):
    """What was asked for cannot be done here; the text says why."""


def pids():
    return [int(pid) for pid in os.environ["BRAMBLE_TESTBED_PIDS"].split()]


def namespaces():
    return os.environ["BRAMBLE_TESTBED_NAMESPACES"].split()


def number_of(node):
    """pi3 is 3."""
    return int(re.fullmatch(r"pi(\d+)", node).group(1))


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines() or [f"it ended with {done.returncode}"]
        raise Impossible(f"{' '.join(map(str, command))}: {said[-1]}")
    return done.stdout


def beside(node):
    """What makes a command a neighbour of a node: its namespace, its folder, its address."""
    number = number_of(node)
    home = pathlib.Path(os.environ["BRAMBLE_HOME"]).parent / node
    return ["ip", "netns", "exec", namespaces()[number - 1], "env", f"BRAMBLE_HOME={home}", f"BRAMBLE_NODE=10.77.0.{number}"]


def pin(pid, core):
    """All threads of a process to one core; those they start stay there."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(thread), {core})


def pin_each():
    """Node by node a core of its own."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < len(pids()):
        raise Impossible(f"{len(pids())} nodes need as many cores, and this machine has {len(cores)}.")
    for pid, core in zip(pids(), cores):
        pin(pid, core)


def change(what, node, *value):
    """Changes the running shelf as `scripts/testbed CHANGE NODE [VALUE]` does: pace, rate, kill ..."""
    run(TESTBED, what, node, *value)
