"""Does the faults of a schedule to a shelf, and takes them back."""
import collections
import os
import select
import signal
import subprocess
import threading
import time

from faults import HANG_S
from shelf import BUILD, change_shelf


def await_end(pid):
    """Until this process has ended, whose child it is."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        end = select.poll()
        end.register(watched, select.POLLIN)
        end.poll(HANG_S * 1000)
    finally:
        os.close(watched)


def runs(pid):
    try:
        state = open(f"/proc/{pid}/stat", encoding="utf-8").read().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


class Mischief:
    """One thread walks through the schedule while it is let; each lasting fault is taken back by a thread of its own."""

    def __init__(self, shelf, clients, faults, rate):
        self.shelf = shelf
        self.clients = clients
        self.faults = faults
        self.rate = rate
        self.done = collections.Counter()
        self.kills = collections.Counter()  # by node
        self.troubles = []
        self.latest = ""
        self.history = []  # (moment, text)
        self._ended_for = {}  # name: the pid whose end is known
        self._stop = threading.Event()
        self._ends = []

    def start(self):
        self._stop.clear()
        self._walker = threading.Thread(target=self._walk, daemon=True)
        self._walker.start()

    def stop(self):
        """No more faults; those under way are taken back, and all changes too."""
        self._stop.set()
        self._walker.join()
        for end in self._ends:
            end.join()
        self._ends = []
        for node in self.shelf.nodes.values():
            self._guarded(self._reset, node)

    def thaw_all(self):
        """What an interrupted soak leaves to the shelf must be able to end."""
        for node in self.shelf.nodes.values():
            if runs(node.pid):
                os.kill(node.pid, signal.SIGCONT)

    def _walk(self):
        began = time.monotonic()
        offset = None
        while not self._stop.is_set():
            fault = next(self.faults)
            offset = fault.at if offset is None else offset
            if self._stop.wait(max(0, began + fault.at - offset - time.monotonic())):
                return
            self._guarded(self._begin, fault)

    def _guarded(self, action, *arguments):
        try:
            action(*arguments)
        except Exception as e:  # whatever went wrong in a thread has to be told
            self.troubles.append(f"{action.__name__.strip('_')} {arguments}: {e!r}")

    def _tell(self, text):
        self.latest = text
        self.history.append((time.monotonic(), text))

    def _begin(self, fault):
        self.done[fault.kind] += 1
        if fault.kind == "client":
            self._tell(f"client gets SIG{fault.value}")
            self.clients.kill_one(getattr(signal, f"SIG{fault.value}"))
            return
        node = self.shelf[fault.node]
        self._tell(f"{fault.kind} {node.name}" + (f" {fault.value}" if fault.value else f" for {fault.lasts:.1f} s"))
        getattr(self, f"_{fault.kind}")(node, fault.value)
        if fault.lasts:
            end = threading.Thread(target=self._end, args=(fault, node, time.monotonic() + fault.lasts), daemon=True)
            self._ends.append(end)
            end.start()

    def _end(self, fault, node, at):
        time.sleep(max(0, at - time.monotonic()))
        self._guarded(getattr(self, f"_un{fault.kind}"), node)
        self._tell(f"{node.name} back from {fault.kind}")

    def died(self, node):
        """Whether it ended without our doing; told once for each of its lives."""
        if runs(node.pid) or self._ended_for.get(node.name) == node.pid:
            return False
        self._ended_for[node.name] = node.pid
        self.troubles.append(f"{node.name} (process {node.pid}) ended by itself")
        return True

    def _kill(self, node, _):
        if self.died(node):
            return
        self.kills[node.name] += 1
        self._ended_for[node.name] = node.pid
        os.kill(node.pid, signal.SIGKILL)

    def _unkill(self, node):
        await_end(node.pid)
        if hasattr(node, "process"):
            node.process.wait()
        node.start()

    def _freeze(self, node, _):
        os.kill(node.pid, signal.SIGSTOP)

    def _unfreeze(self, node):
        os.kill(node.pid, signal.SIGCONT)

    def _unplug(self, node, _):
        change_shelf("unplug", node.name)

    def _ununplug(self, node):
        change_shelf("replug", node.name)

    def _drain(self, node, _):
        self._ask(node, "drain", node.name)

    def _undrain(self, node):
        self._ask(node, "resume", node.name)

    def _pace(self, node, share):
        self._ask(node, "pace", node.name, share)

    def _rate(self, node, rate):
        change_shelf("rate", node.name, rate)

    def _reset(self, node):
        self._rate(node, self.rate)
        self._pace(node, 1)
        self._undrain(node)

    def _ask(self, node, *words):
        """By a client beside it; one that was started a moment ago may not listen yet."""
        deadline = time.monotonic() + HANG_S
        while True:
            done = subprocess.run(node.inside(BUILD / "bramble", *words), capture_output=True, text=True)
            if done.returncode == 0:
                return
            if time.monotonic() > deadline or self.died(node):
                raise RuntimeError(f"{' '.join(map(str, words))}: {done.stderr.strip()}")
