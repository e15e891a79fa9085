"""Loops of clients, each a process of its own beside a node, and what became of each request."""
import json
import subprocess
import threading
import time

from faults import MODEL
from shelf import BUILD, same_answer

# A node gives a request up after 60 s (request_patience), and tells. What says nothing for longer hangs.
HANG_S = 90
# A client that is not of the crowd looks this often whether it is now.
CROWD_GLANCE_S = 0.05


class Crowd:
    """How many clients ask now, phase after phase from when it is first asked."""

    def __init__(self, phases):
        self._phases = phases
        self._lock = threading.Lock()
        self._ends = None
        self.clients = 0
        self.phases = 0

    def now(self):
        with self._lock:
            moment = time.monotonic()
            while self._ends is None or self._ends <= moment:
                phase = next(self._phases)
                self._ends = (self._ends or moment) + phase.lasts
                self.clients = phase.clients
                self.phases += 1
            return self.clients


class Clients:
    """Each loop asks the node it is beside, and names the others as those to go on with when that one is lost. With a
    `crowd` only as many of them ask as that has now."""

    def __init__(self, shelf, loops, right, crowd=None):
        self.shelf = shelf
        self.crowd = crowd
        self.right = right
        nodes = list(shelf.nodes.values())
        self.hosts = [nodes[i % len(nodes)] for i in range(loops)]
        self.answers = []
        self.lost = []
        self.wrong = []
        self.ended_by_us = 0
        self._running = {}  # process: whether we ended it
        self._lock = threading.Lock()
        self._left = 0
        self._stop = threading.Event()

    def ask_more(self, count, each_step=lambda: None):
        """So many more requests, however they end; those whose client was killed come on top."""
        self._left = count
        threads = [threading.Thread(target=self._loop, args=(number, host), daemon=True) for number, host in enumerate(self.hosts)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            for thread in threads:
                thread.join(0.05)
            each_step()

    def stop(self):
        """Ends what runs; for an interrupted soak."""
        self._stop.set()
        with self._lock:
            for process in self._running:
                process.kill()

    def kill_one(self, number):
        """The client that is neither the first nor the last in line gets this signal, if there is one: the others have
        hardly begun, or have their answer."""
        with self._lock:
            waiting = [process for process, ended in self._running.items() if not ended]
            if waiting:
                process = waiting[len(waiting) // 2]
                self._running[process] = True
                process.send_signal(number)

    def total(self):
        return len(self.answers) + len(self.lost) + len(self.wrong)

    def _loop(self, number, host):
        while not self._stop.is_set():
            rests = self.crowd is not None and number >= self.crowd.now()
            with self._lock:
                if self._left == 0:
                    return
                if not rests:
                    self._left -= 1
            if rests:
                self._stop.wait(CROWD_GLANCE_S)
                continue
            if not self._ask(host):
                with self._lock:
                    self._left += 1

    def command(self, host):
        others = list(self.shelf.nodes.values())
        ring = others[host.number - 1:] + others[:host.number - 1]
        return host.inside(BUILD / "bramble", "infer", MODEL, self.shelf.photo, "--json",
                           BRAMBLE_NODE=",".join(node.address for node in ring))

    def _ask(self, host):
        """False when nobody waited for the end because we ended the client."""
        entry = {"asked": host.name, "began": time.monotonic()}
        with self._lock:
            process = subprocess.Popen(self.command(host), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
            self._running[process] = False
        try:
            said, complaint = process.communicate(timeout=HANG_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            complaint = f"no answer within {HANG_S} s"
        entry["waited"] = time.monotonic() - entry["began"]
        with self._lock:
            ended = self._running.pop(process)
        if ended and process.returncode < 0:
            self.ended_by_us += 1
            return False
        self._judge(entry, process.returncode, said if process.returncode == 0 else complaint)
        return True

    def _judge(self, entry, code, said):
        if code != 0:
            self.lost.append({**entry, "error": said.strip()[-500:], "code": code})
            return
        answer = json.loads(said)
        entry.update({key: answer[key] for key in ("host", "epoch", "attempts", "nodes", "latency_ms", "output_sha256")})
        entry["exact"] = answer["output_sha256"] == self.right["output_sha256"]
        if same_answer(answer, self.right):
            self.answers.append(entry)
        else:
            self.wrong.append(entry)
