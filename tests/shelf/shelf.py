"""What the cluster tests share: the bramble program of a build, run against a shelf of the testbed."""
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

REPO = pathlib.Path(__file__).resolve().parents[2]
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


def change_shelf(*what):
    """`scripts/testbed CHANGE NODE [VALUE]` on the shelf this test runs on."""
    subprocess.run([REPO / "scripts" / "testbed", *map(str, what)], check=True, stdout=subprocess.DEVNULL)


def needs_namespaces():
    """Ends the test as skipped on a shelf without cables and cards of its own."""
    if os.environ.get("BRAMBLE_TESTBED") != "namespaces":
        print("skipped: this needs network namespaces, and those need root")
        sys.exit(SKIPPED)


def node_pids():
    return [int(pid) for pid in os.environ["BRAMBLE_TESTBED_PIDS"].split()]


def same_answer(one, other):
    """Bit by bit; or, since oneDNN 3 adds up some regions in another order, the same classes to 1e-5."""
    if one["output_sha256"] == other["output_sha256"]:
        return True
    return len(one["top"]) == len(other["top"]) and all(
        a["index"] == b["index"] and abs(a["p"] - b["p"]) <= 1e-5 for a, b in zip(one["top"], other["top"]))


class LoopOfRequests:
    """Inception-v4 asked again and again about one photo, while something happens to `victim`, a node that works on it."""

    def __init__(self, folder, requests):
        self.photo = f"{folder}/house.png"
        subprocess.run([REPO / "scripts" / "make-photo", self.photo], check=True)
        bramble("model", "build", "inception_v4")
        self.right = self.ask("--method", "one")
        whole = self.ask()
        expect("the shelf gives the answer of one", same_answer(whole, self.right), whole)
        # Which nodes are worth having is the planner's matter, and this machine may be busy.
        auxiliaries = [name for name in whole["nodes"] if name != "pi1"]
        expect("others than the host work", auxiliaries, whole["nodes"])
        self.victim = auxiliaries[-1]
        self.victim_pid = node_pids()[int(self.victim.removeprefix("pi")) - 1]
        self.requests = requests
        self.answers = []
        self.errors = []
        self._under_way = threading.Event()
        self._thread = threading.Thread(target=self._ask_all)

    def ask(self, *arguments):
        return bramble_json("infer", "inception_v4", self.photo, *arguments)

    def _ask_all(self):
        for _ in range(self.requests):
            began = time.monotonic()
            try:
                self.answers.append(self.ask())
            except SystemExit as e:  # which would end this thread alone, without a word
                self.errors.append(str(e))
                continue
            self.answers[-1]["waited_s"] = time.monotonic() - began
            if len(self.answers) == 2:
                self._under_way.set()

    def ask_until_planned_again(self, most=60):
        """Asks, one request after another, until the plan is another one and three were answered by it. The
        latencies of those by the old plan and by the new one, in ms; all answers must be right."""
        first = self.ask()
        answers = [first]
        while len(answers) < most and [a["epoch"] != first["epoch"] for a in answers].count(True) < 3:
            answers.append(self.ask())
        expect("all answers are right", all(same_answer(answer, self.right) for answer in answers))
        by_old = [answer["latency_ms"] for answer in answers if answer["epoch"] == first["epoch"]]
        by_new = [answer["latency_ms"] for answer in answers if answer["epoch"] != first["epoch"]]
        print(f"ms by the old plan: {[round(ms) for ms in by_old]}, by the new one: {[round(ms) for ms in by_new]}")
        expect(f"another plan within {most} requests", by_new)
        return by_old, by_new

    def start(self):
        self._thread.start()
        expect("requests are answered before", self._under_way.wait(timeout=120))

    def finish(self):
        """Waits for the last answer; all must be there, right, and in the end without the victim."""
        self._thread.join()
        print("attempts per request:", [answer["attempts"] for answer in self.answers])
        print("seconds per request:", [round(answer["waited_s"], 2) for answer in self.answers])
        expect(f"all {self.requests} requests were answered", not self.errors, self.errors)
        expect("rightly", all(same_answer(answer, self.right) for answer in self.answers))
        last = self.answers[-1]["nodes"]
        expect(f"the last one without {self.victim}", self.victim not in last, last)


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
