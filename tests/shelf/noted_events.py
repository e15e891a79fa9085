#!/usr/bin/env python3
"""What happens to a shelf is noted by its nodes, and told as one story: who came, failed and came back, plans with their
reasons, a request that is cancelled; after a restart as well."""
import json
import os
import pathlib
import signal
import subprocess
import tempfile

from shelf import BUILD, REPO, bramble, bramble_json, expect, node_pids, rerun_on_a_shelf, until

rerun_on_a_shelf("--nodes", "3", "--pace", "2")


def events(*options):
    return [json.loads(line) for line in bramble("events", "--json", *options).stdout.splitlines()]


def noted(kind, text, by=1):
    return [e for e in events("--kind", kind) if text in e["text"] and len(e["nodes"]) >= by]


bramble("status", "--wait", "3")
expect("members are noted as they come", until(lambda: noted("joined", "pi3 is in the cluster", 2), 10), events())
expect("and links, with their rate", until(lambda: noted("link", "Mbit/s"), 10), events())

with tempfile.TemporaryDirectory() as folder:
    photo = f"{folder}/house.png"
    subprocess.run([REPO / "scripts" / "make-photo", photo], check=True)
    bramble("model", "build", "inception_v4")
    bramble("infer", "inception_v4", photo)
    expect("a plan is noted with its prediction", noted("plan", "of inception_v4 by bramble is in use, predicted"), events())
    expect("why tells it", "is in use" in bramble("console", "-c", "why inception_v4").stdout)

    # A request that takes seconds, given up by hand.
    bramble("console", "-c", "pace pi1 0.05; pace pi2 0.05; pace pi3 0.05")
    asking = subprocess.Popen([BUILD / "bramble", "infer", "inception_v4", photo], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True)
    listed = lambda: json.loads(bramble("console", "-c", "requests all --json").stdout)
    until(listed, 30)
    under_way = listed()
    shown = bramble("console", "-c", "requests").stdout
    expect("a request that is under way is listed", under_way and under_way[0]["model"] == "inception_v4", under_way)
    expect("for people as well", "inception_v4" in shown, shown)
    number = under_way[0]["id"]
    said = bramble("console", "-c", f"cancel {number}").stdout
    _, err = asking.communicate(timeout=60)
    expect("a request is cancelled", "is cancelled" in said and asking.returncode == 1 and "cancelled by hand" in err, (said, err))
    expect("which is noted", noted("request", "cancelled by hand"), events())
    missing = bramble("console", "-c", f"cancel {number}; cancel many", check=False)
    expect("what is not there cannot be cancelled", missing.returncode == 1 and "There is no request" in missing.stdout and
           "number of a request" in missing.stdout, missing.stdout)
    bramble("console", "-c", "pace pi1 1; pace pi2 1; pace pi3 1")
    expect("changes by hand are noted", noted("change", "pi3 works at 5 %"), events())

lines = bramble("console", "-c", "log pi2 --level info --last 3").stdout.splitlines()
expect("a node's log can be read from elsewhere", 1 <= len(lines) <= 3 and all("  " in line for line in lines), lines)

os.kill(node_pids()[2], signal.SIGKILL)
expect("a node that fails is noted by the others, and told once",
       until(lambda: noted("failed", "pi3 does not answer any more", 2), 20), events("--kind", "failed"))
expect("since then, too", any("pi3" in e["text"] for e in events("--since", "1m", "--kind", "failed")))

wrong = bramble("events", "--kind", "plans", check=False)
expect("a wrong kind is told with the right ones", wrong.returncode == 2 and "joined, left" in wrong.stderr, wrong.stderr)
text = bramble("events").stdout
expect("for people there is a line each, by time", "failed" in text and "joined" in text and text == "".join(
    sorted(text.splitlines(True), key=lambda line: line[:8])), text)
home = pathlib.Path(os.environ["BRAMBLE_HOME"])
expect("it is on disk", until(lambda: "pi3 does not answer" in (home / "events").read_text(), 5))
print(bramble("events").stdout)
print(bramble("console", "-c", "why").stdout)
