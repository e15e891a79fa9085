#!/usr/bin/env python3
"""A node is killed while requests run on it: every request is answered, rightly."""
import os
import signal
import subprocess
import tempfile
import threading

from shelf import REPO, bramble, bramble_json, expect, node_pids, rerun_on_a_shelf

REQUESTS = 8
VICTIM = 2  # pi3: neither the host nor the coordinator

# Paced, so that a request lasts long enough to be hit in its middle.
rerun_on_a_shelf("--nodes", "4", "--rate", "940mbit", "--pace", "12")

with tempfile.TemporaryDirectory() as folder:
    photo = f"{folder}/house.png"
    subprocess.run([REPO / "scripts" / "make-photo", photo], check=True)
    bramble("model", "build", "inception_v4")
    right = bramble_json("infer", "inception_v4", photo, "--method", "one")["output_sha256"]
    whole = bramble_json("infer", "inception_v4", photo)
    expect("four nodes give the answer of one", whole["output_sha256"] == right)
    expect("all four nodes work", len(whole["nodes"]) == 4, whole["nodes"])

    answers = []
    under_way = threading.Event()

    def ask():
        for _ in range(REQUESTS):
            answers.append(bramble_json("infer", "inception_v4", photo))
            if len(answers) == 2:
                under_way.set()

    asking = threading.Thread(target=ask)
    asking.start()
    expect("requests are answered before", under_way.wait(timeout=120))
    os.kill(node_pids()[VICTIM], signal.SIGKILL)
    asking.join()

    name = f"pi{VICTIM + 1}"
    expect(f"all {REQUESTS} requests were answered", len(answers) == REQUESTS)
    expect("rightly", all(answer["output_sha256"] == right for answer in answers))
    expect(f"the last one without {name}", name not in answers[-1]["nodes"], answers[-1]["nodes"])
    expect("and with the other three", len(answers[-1]["nodes"]) == 3, answers[-1]["nodes"])
    states = {node["name"]: node["state"] for node in bramble_json("status")["nodes"]}
    expect(f"{name} is shown as failed", states.get(name) == "failed", states)
    print("attempts per request:", [answer["attempts"] for answer in answers])
