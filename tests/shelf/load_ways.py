#!/usr/bin/env python3
"""How the shelf changes between dividing each request and whole ones on different nodes, as its live plan log tells.
burst: eight requests at once after nobody asked anything for a while. swing: one client, then eight, again and again.
Usage: load_ways.py burst|swing"""
import subprocess
import sys

from faults import on_namespaces
from load import PACE, Crowd, LoadedShelf, Requests
from shelf import BUILD, expect, until

case = sys.argv[1]
on_namespaces("--nodes", "4", "--rate", "300mbit", "--pace", PACE)

# s, way_cooldown; the log counts in parts of a second.
COOLDOWN = 1.0
HOST = "pi2"

shelf = LoadedShelf(f"load_{case}")
shelf.saturation(HOST)


def switches():
    """Oldest first, by the log of a node that does not coordinate."""
    ways = shelf[HOST].ask("plan", "--live")["ways"]
    return ways[0]["switches"] if ways else []


def one_by_one(count):
    """Requests that have the shelf to themselves; whether the last was everybody's."""
    for _ in range(count):
        answer = shelf.infer(shelf[HOST])
    # A plan for all may do without somebody; that is the planner's matter.
    return shelf.way(HOST)["kind"] == "divided" and len(answer["nodes"]) > 1


def burst():
    expect("one client has all nodes", until(lambda: one_by_one(1)))
    # As long as it takes until its requests are no load any more (load_forgotten).
    expect("a while without requests is no load", until(lambda: not shelf.load(HOST)["hosts"]), shelf.load(HOST))
    before = switches()
    requests = Requests(shelf)
    for _ in range(8):
        requests.begin(HOST)
    requests.await_all()
    answers = requests.judge()
    expect("all eight are answered", len(answers) == 8)
    after = switches()
    print(f"burst: {[(each['to'], each['why']) for each in after[-3:]]}, teams {[answer['nodes'] for answer in answers]}")
    # None of the eight waits for seven: they are taken in another way, or teams of several work at a time.
    expect("the shelf sees the burst and takes it in the way for that", len(after) > len(before) and
           any("requests are there" in each["why"] for each in after[len(before):]), after)
    told = subprocess.run(shelf[HOST].inside(BUILD / "bramble", "events", "--kind", "plan"), capture_output=True, text=True, check=True).stdout
    expect("which the journal of the shelf tells with its reason", f"{after[-1]['to']} from now on; {after[-1]['why']}" in told, told)
    expect("whole, or in teams", min(len(answer["nodes"]) for answer in answers) < len(shelf.nodes), answers)
    expect("one client has all nodes again", until(lambda: one_by_one(1)))


def swing():
    for _ in range(6):
        crowd = Crowd(shelf, HOST, 8)
        crowd.await_answers(8)
        crowd.stop()
        crowd.judge(shelf.right)
        one_by_one(2)
    found = switches()
    for each in found:
        print(f"{each['seconds_ago']:.2f} s ago: {each['from']} -> {each['to']} ({each['why']})")
    expect("the way follows the load", len(found) >= 2, found)
    expect("each switch has its reason", all("answers come after" in each["why"] for each in found), found)
    expect("each is one", all(each["from"] != each["to"] for each in found), found)
    expect("there is one in a cool-down at most",
           all(a["seconds_ago"] - b["seconds_ago"] >= COOLDOWN - 1e-3 for a, b in zip(found, found[1:])), found)
    expect("nothing is left under way", until(lambda: shelf.at_rest(HOST)), shelf.load(HOST))


{"burst": burst, "swing": swing}[case]()
