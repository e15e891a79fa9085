"""Load on a shelf of the testbed: how much of it the shelf says it can take, clients that bring it, and what became of each
request."""
import collections
import json
import random
import subprocess
import threading
import time

from faults import HANG_S, MODEL, Shelf
from shelf import BUILD, expect, same_answer, until

# "Ask again later": EX_TEMPFAIL (exit_busy).
BUSY = 75
# On a side of 64 pixels the network is 0.34 GMAC: a node of this many GMAC/s takes 0.6 s, and a machine of two cores can
# be four of them with time to spare for as many clients as that.
SIDE, PACE = 64, "0.6"
# A node gives a request up after 60 s; what waits for its turn as long and is then computed takes longer.
PATIENCE_S = 2 * HANG_S

# code: of the exit. said: on standard output, as JSON. number: the how manieth to end. waited: seconds, to be told.
Request = collections.namedtuple("Request", "host code said complaint number waited")


class LoadedShelf(Shelf):
    """A shelf of which every node has the model and was asked once."""

    def __init__(self, name, side=SIDE):
        super().__init__(name, side=side)
        self.right = self.infer(self["pi1"], "--method", "one")
        for node in self.nodes.values():
            self.infer(node)

    def load(self, host="pi1"):
        """What the console of a node says is asked of whom, and how the shelf takes it."""
        said = subprocess.run(self[host].inside(BUILD / "bramble", "console", "-c", "load --json"), capture_output=True,
                              text=True, check=True, timeout=HANG_S).stdout
        return json.loads(said)

    def way(self, host="pi1", wire="fp32", model=MODEL):
        """How the shelf takes requests for a model; None where there never were two at a time."""
        ways = [way for way in self.load(host)["ways"] if (way["model"], way["wire"]) == (model, wire)]
        return ways[0] if ways else None

    def saturation(self, host="pi1"):
        """The requests a second at which the shelf says its queues begin to grow: two at a time make it look."""
        crowd = Crowd(self, host, 8)
        expect("the shelf knows its ways under load", until(lambda: self.way(host) is not None))
        crowd.stop()
        most = self.way(host)["most_per_second"]
        print(f"the shelf takes {most:.2f} a second", flush=True)
        return most

    def at_rest(self, host="pi1"):
        """Whether nothing is under way or waits anywhere, as all hosts and the coordinator say."""
        load = self.load(host)
        return not load.get("ways_unknown") and all(
            each["running"] + each["queued"] == 0 for each in load["hosts"] + load["ways"])


def begin(host, *arguments, **options):
    """A client beside a node."""
    return subprocess.Popen(host.inside(BUILD / "bramble", "infer", *arguments, "--json"), text=True,
                            stdin=options.pop("stdin", subprocess.DEVNULL), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            **options)


class Requests:
    """Requests that are each a process of its own, and what became of them."""

    def __init__(self, shelf):
        self.shelf = shelf
        self.ended = []
        self._threads = []
        self._lock = threading.Lock()

    def begin(self, host, *arguments):
        thread = threading.Thread(target=self.ask, args=(self.shelf[host], *arguments), daemon=True)
        self._threads.append(thread)
        thread.start()

    def ask(self, host, *arguments):
        began = time.monotonic()
        client = begin(host, MODEL, self.shelf.photo, *arguments)
        try:
            said, complaint = client.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            client.kill()
            said, complaint = client.communicate()[0], f"no answer within {PATIENCE_S} s"
        with self._lock:
            self.ended.append(Request(host.name, client.returncode, said, complaint.strip(), len(self.ended),
                                      time.monotonic() - began))
        return self.ended[-1]

    def await_all(self):
        for each in self._threads:
            each.join(PATIENCE_S + HANG_S)
        expect("every client ends", len(self.ended) == len(self._threads), f"{len(self.ended)} of {len(self._threads)}")

    def judge(self):
        """Each was answered once and rightly, or told that the node is busy and when to come again. The answers."""
        answers, refused = [], 0
        for each in self.ended:
            # Two answers would be no JSON.
            said = json.loads(each.said) if each.said else None
            if each.code == BUSY and said:
                refused += 1
                if not said["busy"] or said["retry_after_ms"] <= 0 or "busy" not in each.complaint:
                    expect("who is refused is told why and until when", False, each)
                continue
            if each.code != 0 or not same_answer(said, self.shelf.right):
                expect("every request is answered rightly, or refused as busy", False, each)
            answers.append(said)
        print(f"{self.shelf.name}: {len(answers)} of {len(self.ended)} answered rightly, {refused} refused as busy; "
              f"{sum(answer['attempts'] > 1 for answer in answers)} took more than one attempt; nodes to a request: "
              f"{dict(collections.Counter(len(answer['nodes']) for answer in answers))}", flush=True)
        expect("most are answered", len(answers) > len(self.ended) / 2)
        return answers


def offer(shelf, hosts, per_second, count, halfway, seed=1):
    """So many requests at random times (Poisson), whether earlier ones are answered or not, each host in its turn; once,
    in the middle, `halfway` happens. Returns when all have ended."""
    chance = random.Random(seed)
    requests = Requests(shelf)
    due = time.monotonic()
    for number in range(count):
        if number == count // 2:
            halfway()
        due += chance.expovariate(per_second)
        time.sleep(max(0, due - time.monotonic()))
        requests.begin(hosts[number % len(hosts)])
    requests.await_all()
    return requests


class Crowd:
    """One client with so many requests under way at a time, until it is stopped: each answer lets the next begin. Beside a
    node, for any model and with any wish."""

    def __init__(self, shelf, host, concurrency, *arguments, model=MODEL, photo=None):
        self.shelf = shelf
        self.answers = []
        self.complaints = []
        self._changed = threading.Condition()
        self._process = begin(shelf[host], model, "-", "--unordered", "--concurrency", concurrency, *arguments,
                              stdin=subprocess.PIPE)
        paths = f"{photo or shelf.photo}\n"
        self._threads = [threading.Thread(target=work, args=arguments, daemon=True) for work, *arguments in
                         ((self._feed, paths), (self._read,), (self._drop,))]
        for each in self._threads:
            each.start()

    def _feed(self, line):
        """Blocks while the client has enough."""
        try:
            while True:
                self._process.stdin.write(line)
                self._process.stdin.flush()
        except (BrokenPipeError, ValueError):
            pass  # it has ended

    def _drop(self):
        for _ in self._process.stderr:
            pass

    def _read(self):
        for line in self._process.stdout:
            said = json.loads(line)
            with self._changed:
                (self.complaints if "error" in said else self.answers).append(said)
                self._changed.notify_all()

    def await_answers(self, count):
        """Until it has so many."""
        with self._changed:
            expect(f"{count} requests of a crowd are answered",
                   self._changed.wait_for(lambda: len(self.answers) >= count, PATIENCE_S), self.complaints[-3:])

    def stop(self):
        """Ends it in the middle: what it had under way is nobody's any more. Every answer so far was right."""
        self._process.kill()
        for each in self._threads:
            each.join(HANG_S)
        self._process.wait()
        expect("what a crowd asked was answered", not self.complaints, self.complaints[:3])

    def judge(self, right):
        expect("and rightly", all(same_answer(answer, right) for answer in self.answers))
