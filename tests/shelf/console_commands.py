#!/usr/bin/env python3
"""What an operator does to a live shelf in the console: plans made anew and pinned, a dead member forgotten, a node stopped,
messages traced and sent, actors begun anew, several photos asked about; as JSON, and refused with what would be right."""
import json
import os
import pathlib
import pty
import select
import signal
import subprocess
import tempfile
import time

from shelf import BUILD, REPO, bramble, bramble_json, expect, node_pids, rerun_on_a_shelf, until

rerun_on_a_shelf("--nodes", "3", "--pace", "4")


def console(*commands, check=True):
    return bramble("console", "-c", "; ".join(commands), check=check).stdout


def answer(command):
    return json.loads(console(command + " --json"))


def refused(command, *right):
    done = bramble("console", "-c", command, check=False)
    expect(f"`{command}` is refused with what would be right",
           done.returncode == 1 and all(each in done.stdout for each in right), done.stdout)


def events(kind):
    return [json.loads(line)["text"] for line in bramble("events", "--json", "--kind", kind).stdout.splitlines()]


def states():
    return {node["name"]: node["state"] for node in answer("nodes")["nodes"]}


def states_by(node):
    """As that node sees them."""
    said = console(f"attach {node}", "nodes --json").split("\n", 1)[1]
    return {node["name"]: node["state"] for node in json.loads(said)["nodes"]}


def runs(pid):
    """Not one that has ended and nobody has looked after."""
    try:
        return "zombie" not in pathlib.Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def actor(name, node):
    return next(each for each in answer(f"actors {node}")[0]["actors"] if each["name"] == name and each["ended"] is None)


bramble("status", "--wait", "3")
with tempfile.TemporaryDirectory() as folder:
    photos = [f"{folder}/{name}.png" for name in ("house", "garden")]
    for photo in photos:
        subprocess.run([REPO / "scripts" / "make-photo", photo], check=True)
    bramble("model", "build", "inception_v4")
    expect("the node notices its model", until(lambda: answer("nodes")["nodes"][0]["models"] == ["inception_v4"], 20))

    models = answer("models")
    expect("it is listed with who has it", [m["name"] for m in models] == ["inception_v4"] and models[0]["nodes"] == ["pi1"], models)
    listed = console("models")
    expect("for people a line each", "inception_v4" in listed and listed.count("\n") == 2, listed)
    found = answer("doctor pi2")
    expect("another node is examined", found["node"] == "pi2" and any(c["check"] == "route to pi1" for c in found["checks"]), found)
    refused("doctor pi9", "pi9")

    # Several files.
    refused("replan nothing", "There is no model nothing; the shelf has inception_v4")
    expect("nobody has a plan yet", answer("replan inception_v4") == [])
    results = answer(f"infer inception_v4 {photos[0]} {photos[1]}")
    expect("two photos are answered in their order", [r["file"] for r in results] == photos and
           results[0]["output_sha256"] == results[1]["output_sha256"], results)
    lines = console(f"infer inception_v4 {folder} one").splitlines()
    expect("a folder as well, a line a file", len(lines) == 2 and "garden.png" in lines[0] and "house.png" in lines[1], lines)
    (pathlib.Path(folder) / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    broken = bramble("console", "-c", f"infer inception_v4 {folder} one", check=False)
    expect("one that is broken fails alone", broken.returncode == 1 and "1 of 3 failed" in broken.stdout and
           broken.stdout.count(" ms") >= 2, broken.stdout)

    # Plans made anew.
    before = answer("plan")["plans"]
    old = next(p for p in before if p["method"] == "bramble")
    made = answer("replan inception_v4")
    new = next(p for p in made if p["method"] == "bramble" and p["host"] == "pi1")
    expect("a plan is made anew and says what came of it", new["from_epoch"] == old["epoch"] and new["to_epoch"] > old["epoch"] and
           new["predicted_before_ms"] > 0 and new["predicted_after_ms"] > 0 and "asked for by hand" in new["why"], made)
    expect("which is the one in use", any(p["epoch"] == new["to_epoch"] for p in answer("plan")["plans"]))
    expect("and told", "plans of inception_v4 are made anew, by hand" in events("change"), events("change"))
    expect("with its plan", any(f"gave way to plan {new['to_epoch']}" in text for text in events("plan")), events("plan"))

    # A method for all.
    refused("pin inception_v4 fast", "one, seed, seed-exact, latency, pipeline and bramble")
    refused("pin nothing one", "the shelf has inception_v4")
    pinned = answer("pin inception_v4 one")
    expect("a model is pinned", pinned["change"] == "pin" and pinned["method"] == "one", pinned)
    by_pin = lambda node: json.loads(bramble("infer", "inception_v4", photos[0], "--node", address[node], "--json").stdout)["method"]
    address = {node["name"]: node["address"] for node in answer("nodes")["nodes"]}
    expect("and planned so everywhere", until(lambda: [by_pin(n) for n in ("pi1", "pi3")] == ["one", "one"], 30))
    told = "plans of inception_v4 are made by one alone, by hand"
    expect("which is seen", all(told in console(each) for each in ("nodes", "plan", "why", "why inception_v4")))
    expect("as JSON too", answer("nodes")["pins"] == [{"model": "inception_v4", "method": "one"}] and
           answer("plan")["pins"] == answer("nodes")["pins"], answer("nodes")["pins"])
    console("pin inception_v4 none")
    expect("until it is not", until(lambda: by_pin("pi3") == "bramble", 30) and not answer("nodes")["pins"])

    # Messages as they are handled.
    traced = answer("trace cluster --max 5 --for 20s")
    expect("so many messages and no more", len(traced["messages"]) == 5 and all(
        "cluster" in (m["receiver"], m["sender"]) and m["took_ms"] >= 0 and m["node"] == "pi1" for m in traced["messages"]), traced)
    began = time.monotonic()
    for_a_second = answer("trace pi2 --max 10000 --for 1s")
    expect("a node for a time", 1 <= time.monotonic() - began < 30 and all(m["node"] == "pi2" for m in for_a_second["messages"]))
    text = console("trace pi1 --max 3")
    expect("for people a line each", text.count(" -> ") == 3 and "3 messages" in text, text)
    refused("trace nobody", "there are capacity_meter")
    refused("trace 4711", "There is no request 4711")
    refused("trace cluster --max 0", "--max")
    refused("trace cluster --for soon", "90s, 10m")
    first = subprocess.Popen([BUILD / "bramble", "console", "-c", "trace pi1 --max 10000 --for 60s"],
                             stdout=subprocess.PIPE, text=True)
    expect("it shows what comes at once", " -> " in first.stdout.readline())
    second = bramble("console", "-c", "trace pi1 --max 1 --for 1s", check=False).stdout
    expect("a second trace is told of the first", "traced already" in second, second)
    first.send_signal(signal.SIGINT)
    out, _ = first.communicate(timeout=20)
    expect("Ctrl-C ends it", "messages" in out.splitlines()[-1], out[-300:])
    expect("at the node as well", bramble("console", "-c", "trace pi1 --max 1").returncode == 0)
    # A request that takes seconds, on all nodes.
    console("pace pi1 0.1", "pace pi2 0.1", "pace pi3 0.1")
    asking = subprocess.Popen([BUILD / "bramble", "infer", "inception_v4", photos[0]], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    running = lambda: [r for r in answer("requests") if r["state"] == "runs"]
    expect("a request runs", until(running, 60))
    about = answer(f"trace {running()[0]['id']} --max 20 --for 10s")["messages"]
    expect("what is said about it is traced with its size", any(m["kind"] == "data_frame" and m["bytes"] for m in about), about)
    asking.communicate(timeout=120)
    console("pace pi1 1", "pace pi2 1", "pace pi3 1")

    # Messages by hand.
    offers = answer("send")
    expect("what can be sent is listed", any(o["actor"] == "requester" and o["message"] == "plan" and o["changes"] for o in offers))
    said = answer("send coordinator detail on pi2")["answer"]
    expect("a question is answered by the node that was named", "standing by for pi1" in said, said)
    plans = answer("send branch_executor report")["answer"]
    expect("with names for its fields", plans and plans[0]["model"] == "inception_v4" and plans[0]["epoch"] > 0, plans)
    expect("links are measured by hand", answer("send link_meter probe names=pi2")["answer"] is True)
    refused("send requester plan --yes", "needs the field model")
    refused("send requester plan modle=x --yes", "model (text, needed), method (text)")
    refused("send requester plam", "plan and abort can")
    refused("send nobody detail", "it can to")
    refused("send requester plan model=inception_v4", "add --yes")
    by_hand = answer("send requester plan model=inception_v4 method=one --yes")["answer"]
    expect("with --yes it is sent", by_hand["method"] == "one" and by_hand["nodes"] == ["pi1"], by_hand)
    expect("and told", any('was sent "plan model=inception_v4 method=one"' in text for text in events("change")))

# Actors begun anew.
lives = actor("capacity_meter", "pi2")["restarts"]
refused("restart capacity_meter on pi2", "add --yes")
refused("restart requester --yes", "cancel REQUEST")
refused("restart nobody --yes", "capacity_meter", "can.")
expect("an actor is begun anew", "begun anew" in answer("restart capacity_meter on pi2 --yes")["effect"])
expect("and counted", until(lambda: actor("capacity_meter", "pi2")["restarts"] == lives + 1, 10))
console("restart link_meter on pi2 --yes", "restart planner --yes", "restart model_reader --yes")
expect("the node works on", bramble_json("probe", "pi2")["node"] == "pi2")
expect("it is told", "capacity_meter of pi2 is begun anew, by hand" in events("change"), events("change"))


def type_at_terminal(text, wanted):
    """Types into a console at a terminal; what it shows until `wanted` is there."""
    pid, screen = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "dumb"
        os.execv(BUILD / "bramble", ["bramble", "console"])
    shown, left, deadline = "", list(text), time.monotonic() + 60
    while wanted not in shown and time.monotonic() < deadline:
        if left and left[0][0] in shown:
            os.write(screen, left.pop(0)[1].encode())
        if select.select([screen], [], [], 1)[0]:
            shown += os.read(screen, 65536).decode(errors="replace")
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return shown


# A member that is gone, and one that is to go.
refused("forget pi3", "pi3 is alive", "stop pi3")
refused("forget pi9", "There is no member pi9")
os.kill(node_pids()[2], signal.SIGKILL)
expect("pi3 fails", until(lambda: states()["pi3"] == "failed", 20))
expect("and is forgotten", "is forgotten" in answer("forget pi3")["effect"])
expect("by the node that was asked", until(lambda: "pi3" not in states(), 5), states())
expect("and by the other", until(lambda: "pi3" not in states_by("pi2"), 10), states_by("pi2"))
expect("which is told", until(lambda: any("pi3 is forgotten" in text for text in events("left")), 5), events("left"))
refused("stop pi2", "Is pi2 to end? Nobody can be asked here: add --yes.")
refused("stop pi9 --yes", "There is no node")
shown = type_at_terminal([("bramble@pi1> ", "stop pi2\n"), ("Is pi2 to end?", "no\n")], "Nothing was changed")
expect("at a terminal it is asked", "Nothing was changed" in shown and states()["pi2"] == "alive", shown)
expect("a node ends when it is told to", "pi2 ends" in answer("stop pi2 --yes")["effect"])
expect("having said so", until(lambda: states()["pi2"] == "left", 20), states())
expect("its process as well", until(lambda: not runs(node_pids()[1]), 20))
expect("which is told", any("pi2 has left" in text for text in events("left")), events("left"))
for command in ("replan", "pin", "forget", "stop", "trace", "send", "restart", "infer"):
    expect(f"help {command} has an example", f"Example: {command} " in console(f"help {command}"))
