"""How much of this machine its emulated nodes use: where they have to wait for a core, the emulation is none."""
import os
import threading
import time

INTERVAL_S = 0.1
WINDOW = 5  # intervals: half a second is longer than a burst and shorter than a request
TICKS = os.sysconf("SC_CLK_TCK")


def used_s(pids):
    """Processor time of the processes so far, the kernel's for them included."""
    ticks = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
        except OSError:
            continue  # a node that was killed uses nothing any more
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def busiest(samples, window, cores):
    """The largest share of all cores over `window` intervals of samples [(time, processor time)]."""
    shares = [(samples[i + window][1] - samples[i][1]) / (samples[i + window][0] - samples[i][0]) / cores
              for i in range(len(samples) - window)]
    return max(shares, default=0)


class Watch:
    """Reads in a thread of its own between `start` and `stop`."""

    def __init__(self, pids):
        self.pids = pids
        self.samples = []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def start(self):
        if not self.thread.is_alive() and not self.ended.is_set():
            self.thread.start()

    def run(self):
        while not self.ended.wait(INTERVAL_S):
            self.samples.append((time.monotonic(), used_s(self.pids)))

    def stop(self):
        """Of all cores, in the busiest half second."""
        self.ended.set()
        if self.thread.is_alive():
            self.thread.join()
        return busiest(self.samples, WINDOW, len(os.sched_getaffinity(0)))
