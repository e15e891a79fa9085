"""How much of this machine its emulated nodes use, and everything else: where nodes have to wait for a core, the emulation
is none."""
import os
import threading
import time

INTERVAL_S = 0.05
WINDOW = 10  # intervals: half a second is longer than a burst and shorter than a request
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


def busy_s():
    """Processor time of everything so far, on all cores together."""
    with open("/proc/stat", encoding="utf-8") as stat:
        user, nice, system, _, _, irq, softirq, steal, *_ = map(int, stat.readline().split()[1:])
    return (user + nice + system + irq + softirq + steal) / TICKS


def busiest(samples, window, cores):
    """The largest share of all cores that nodes had over `window` intervals of samples [(time, nodes', all)], or over all
    of fewer."""
    window = min(window, len(samples) - 1)
    if window < 1:
        return 0
    shares = [(samples[i + window][1] - samples[i][1]) / (samples[i + window][0] - samples[i][0]) / cores
              for i in range(len(samples) - window)]
    return max(shares)


def others(samples, cores):
    """The share of all cores that everything but the nodes had, on average."""
    if len(samples) < 2:
        return 0
    first, last = samples[0], samples[-1]
    return max(0, (last[2] - first[2] - (last[1] - first[1])) / (last[0] - first[0]) / cores)


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
            self.samples.append((time.monotonic(), used_s(self.pids), busy_s()))

    def stop(self):
        """Shares of all cores: {"cpu_share": the nodes' in their busiest half second, "others_share": the rest's}."""
        self.ended.set()
        if self.thread.is_alive():
            self.thread.join()
        cores = os.cpu_count()  # of /proc/stat
        return {"cpu_share": busiest(self.samples, WINDOW, cores), "others_share": others(self.samples, cores)}
