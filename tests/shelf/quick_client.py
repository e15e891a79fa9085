#!/usr/bin/env python3
"""A client ends as soon as it has its answer. CAF's end once waited for itself until a time-out of 0.3 s, each time."""
import time

from shelf import bramble, expect, rerun_on_a_shelf

rerun_on_a_shelf("--nodes", "1", "--pace", "2")

WAITED = 0.3  # s, by every single call

bramble("status", "--wait", "1")
took = []
for _ in range(20):
    began = time.monotonic()
    bramble("status")
    took.append(time.monotonic() - began)
took.sort()
print(f"bramble status: {1000 * took[0]:.0f} ms at least, {1000 * took[10]:.0f} in the middle", flush=True)
# However busy the machine is: a call that waits for it takes longer than the time-out, and no call does not.
expect("a client does not wait for a time-out at its end", took[0] < WAITED, took)
