#!/usr/bin/env python3
"""A node gets no more than a twentieth of a processor for a while: it may be planned around, but is not taken as dead."""
import os
import pathlib
import sys
import time

from faults import Shelf, on_namespaces
from shelf import SKIPPED, expect

on_namespaces("--nodes", "3", "--rate", "940mbit", "--pace", "2")

# Seen from the testbed: beside a node, /sys is that of its network namespace.
GROUPS = pathlib.Path(f"/proc/{os.getppid()}/root/sys/fs/cgroup")
SHARE, PERIOD_US = 0.05, 100_000


class Throttle:
    """A limit of processor time for one process, by the kernel's bandwidth control."""

    def __init__(self, pid):
        self.pid = pid
        old = (GROUPS / "cpu" / "cpu.cfs_quota_us").exists()
        self.root = GROUPS / "cpu" if old else GROUPS
        self.former = self.root / self._group_of(pid, old) / "cgroup.procs"
        self.group = self.root / f"bramble-{pid}"
        quota = int(SHARE * PERIOD_US)
        try:
            self.group.mkdir()
            if old:
                (self.group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
                (self.group / "cpu.cfs_quota_us").write_text(str(quota))
            else:
                (self.group / "cpu.max").write_text(f"{quota} {PERIOD_US}")
        except OSError as e:
            if self.group.exists():
                self.group.rmdir()
            print(f"skipped: processor time cannot be limited here: {e}")
            sys.exit(SKIPPED)
        (self.group / "cgroup.procs").write_text(str(pid))

    @staticmethod
    def _group_of(pid, old):
        for line in pathlib.Path(f"/proc/{pid}/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers == ("cpu" if old else ""):
                return path.lstrip("/")
        return ""

    def lift(self):
        self.former.write_text(str(self.pid))
        self.group.rmdir()


shelf = Shelf("slow_node")
shelf.begin()
throttle = Throttle(shelf["pi3"].pid)
try:
    shelf.traffic.await_answers(8)
    shelf.note("while slow pi3 is " + shelf.states()["pi3"])
finally:
    throttle.lift()
lifted = time.monotonic()
shelf.note(f"back in the plan {shelf.until_planned(shelf.nodes, lifted):.2f} s after it")
shelf.until_working("pi3", lifted)
expect("pi3 is alive", shelf.states()["pi3"] == "alive")
shelf.finish(["pi1", "pi2", "pi3"])
