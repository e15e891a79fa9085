"""What the cluster tests share: the bramble program of a build, run against a shelf of the testbed."""
import json
import os
import pathlib
import subprocess
import sys
import time

REPO = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("BRAMBLE_BUILD_DIR", REPO / "build"))
REFERENCE = REPO.parent / "shared" / "models"
SKIPPED = 77


def bramble(*arguments, check=True, timeout=240):
    """Runs the program; with `check` a failure ends the test with what it said."""
    done = subprocess.run([BUILD / "bramble", *map(str, arguments)], capture_output=True, text=True, timeout=timeout)
    if check and done.returncode != 0:
        sys.exit(f"bramble {' '.join(map(str, arguments))} ended with {done.returncode}: {done.stderr}")
    return done


def bramble_json(*arguments):
    return json.loads(bramble(*arguments, "--json").stdout)


def rerun_on_a_shelf(*options):
    """Starts this script again beside node pi1 of a testbed, unless that is where it runs already."""
    if "BRAMBLE_TESTBED_PIDS" in os.environ:
        return
    network = [] if os.geteuid() == 0 else ["--loopback"]
    os.execv(REPO / "scripts" / "testbed",
             ["testbed", "run", *network, *options, "--", sys.executable, *sys.argv])


def node_pids():
    return [int(pid) for pid in os.environ["BRAMBLE_TESTBED_PIDS"].split()]


def same_answer(one, other):
    """Bit by bit; or, since oneDNN 3 adds up some regions in another order, the same classes to 1e-5."""
    if one["output_sha256"] == other["output_sha256"]:
        return True
    return len(one["top"]) == len(other["top"]) and all(
        a["index"] == b["index"] and abs(a["p"] - b["p"]) <= 1e-5 for a, b in zip(one["top"], other["top"]))


def until(condition, seconds=60):
    """Whether `condition` comes true in this time; each look is a request of its own, so there is no pause."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
    return False


def expect(what, condition, detail=""):
    if not condition:
        sys.exit(f"FAILED: {what}. {detail}")
    print(f"ok: {what}", flush=True)
