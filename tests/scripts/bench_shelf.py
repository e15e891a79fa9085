#!/usr/bin/env python3
"""scripts/bench on a real shelf of namespaces, with tests/scripts/fake-bramble for a program: rows that work, fail and are ended."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from bench_kit import REPO, answer, bench
from benchlib import results
from shelf import SKIPPED, expect


def left_behind(build):
    """Processes of a program in this folder."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += [process] if str(build).encode() in process.read_bytes() else []
        except OSError:
            pass  # it ended just now
    return found


def check_interrupt(build, environment):
    """Ended while a request runs that never ends."""
    output, runs = build / "interrupted.json", build / "runs"
    os.mkfifo(runs)
    running = subprocess.Popen([REPO / "scripts" / "bench", "--only", "resnet50", "--output", output], text=True,
                               env={**environment, "FAKE_RUNS": str(runs)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    runs.read_text(encoding="utf-8")  # returns once the request runs
    running.send_signal(signal.SIGTERM)
    said = running.stderr.read()
    expect("a bench that is ended says so", running.wait(timeout=60) == 143 and "interrupted" in said, said)
    expect("something ran", "starting" in said, said)
    expect("nothing runs on", not left_behind(build), left_behind(build))
    expect("no half a file", not output.exists(), output)


def check_shelf(build):
    """Rows on real namespaces, with tests/scripts/fake-bramble for a program."""
    shutil.copy(REPO / "tests" / "scripts" / "fake-bramble", build / "bramble")
    (build / "answer.json").write_text(json.dumps(answer(1)["bench"]), encoding="utf-8")
    environment = {**os.environ, "BRAMBLE_BUILD_DIR": str(build), "FAKE_BENCH": str(build / "answer.json")}
    output = build / "results.json"
    done = bench("--only", "4,940", "--output", output, env={**environment, "FAKE": "pi2:death"})
    failed = results.load(output)["rows"]
    expect("a shelf that does not start fails its rows", done.returncode == 1 and failed and all("did not" in row["error"]
           or "ended" in row["error"] for row in failed), (done, failed))
    done = bench("--only", "vgg16", "--output", output, "--resume", env=environment)
    row = next(row for row in results.load(output)["rows"] if row["model"] == "vgg16")
    expect("a row that fails has its reason", row["error"] == "There is no memory for it.", (done, row))
    expect("and the script's exit code", done.returncode == 1, done)
    done = bench("--only", "googlenet", "--output", output, "--resume", env=environment)
    row = next(row for row in results.load(output)["rows"] if row["model"] == "googlenet")
    expect("a row is measured, and printed", done.returncode == 0 and row["methods"]["bramble"]["median_ms"] == 600
           and "3.33x" in done.stdout, (done, row))
    expect("progress is told", "row 1 of 1: googlenet, 4 nodes, 940 Mbit/s, fp32: starting; " in done.stderr, done)
    before = output.read_bytes()
    done = bench("--only", "googlenet", "--output", output, "--resume", env={**environment, "FAKE": "pi1:death"})
    expect("finished rows are kept", done.returncode == 0 and output.read_bytes() == before, done)
    check_interrupt(build, environment)


if os.geteuid() != 0 or subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode != 0:
    print("bench_shelf: no namespaces without root.")
    sys.exit(SKIPPED)
with tempfile.TemporaryDirectory() as name:
    check_shelf(pathlib.Path(name))
