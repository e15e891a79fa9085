#!/usr/bin/env python3
"""A node is frozen (SIGSTOP) while requests run on it, and thawed again: every request is answered, rightly, and the
node works again afterwards. With its connections open only its silence gives it away."""
import os
import signal
import subprocess
import tempfile
import threading
import time

from shelf import REPO, bramble, bramble_json, expect, node_pids, rerun_on_a_shelf, same_answer, until

REQUESTS = 6

rerun_on_a_shelf("--nodes", "3", "--rate", "940mbit", "--pace", "12")

with tempfile.TemporaryDirectory() as folder:
    photo = f"{folder}/house.png"
    subprocess.run([REPO / "scripts" / "make-photo", photo], check=True)
    bramble("model", "build", "inception_v4")
    right = bramble_json("infer", "inception_v4", photo, "--method", "one")
    whole = bramble_json("infer", "inception_v4", photo)
    expect("the shelf gives the answer of one", same_answer(whole, right), whole)
    auxiliaries = [name for name in whole["nodes"] if name != "pi1"]
    expect("others than the host work", auxiliaries, whole["nodes"])
    name = auxiliaries[-1]
    victim = node_pids()[int(name.removeprefix("pi")) - 1]

    answers = []
    under_way = threading.Event()

    def ask():
        for _ in range(REQUESTS):
            began = time.monotonic()
            answers.append(bramble_json("infer", "inception_v4", photo))
            answers[-1]["waited_s"] = time.monotonic() - began
            if len(answers) == 2:
                under_way.set()

    asking = threading.Thread(target=ask)
    asking.start()
    expect("requests are answered before", under_way.wait(timeout=120))
    os.kill(victim, signal.SIGSTOP)
    try:
        asking.join()
    finally:
        os.kill(victim, signal.SIGCONT)

    expect(f"all {REQUESTS} requests were answered", len(answers) == REQUESTS)
    expect("rightly", all(same_answer(answer, right) for answer in answers))
    expect(f"the last one without {name}", name not in answers[-1]["nodes"], answers[-1]["nodes"])
    print("attempts per request:", [answer["attempts"] for answer in answers])
    print("seconds per request:", [round(answer["waited_s"], 2) for answer in answers])

    def works_again():
        return name in bramble_json("infer", "inception_v4", photo)["nodes"]

    expect(f"{name} works again", until(works_again))
