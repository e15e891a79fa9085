#!/usr/bin/env python3
"""Who gets how much of a shelf that has too much to do.
greedy_client: one client with many requests under way beside a client that asks one at a time, at the same node and at
another. two_models: two models at once, and one model with two wire types. refused: more than a node takes.
Usage: load_shares.py greedy_client|two_models|refused"""
import json
import pathlib
import random
import struct
import sys

from faults import on_namespaces
from load import BUSY, PACE, SIDE, Crowd, LoadedShelf, Requests
from shelf import bramble, expect, until

case = sys.argv[1]
if case == "refused":
    on_namespaces("--nodes", "1", "--pace", "0.3")
else:
    on_namespaces("--nodes", "3", "--rate", "300mbit", "--pace", PACE)

shelf = LoadedShelf(f"load_{case}")


def under_way(host):
    return sum(each["running"] + each["queued"] for each in shelf.load()["hosts"] if each["host"] == host)


def greedy_client():
    """By order alone: between two answers of the modest client come few of the greedy one, not as many as it asked."""
    many, rounds = 64, 6
    greedy = Crowd(shelf, "pi2", many)
    greedy.await_answers(8)
    expect(f"{many} requests of one client are under way", until(lambda: under_way("pi2") >= many - 8), shelf.load())
    for host in ("pi2", "pi3"):
        modest = Requests(shelf)
        between = []
        for _ in range(rounds):
            before = len(greedy.answers)
            expect("the modest client is answered", modest.ask(shelf[host]).code == 0, modest.ended)
            between.append(len(greedy.answers) - before)
        modest.judge()
        print(f"answers to the greedy client meanwhile, beside a modest one at {host}: {between}", flush=True)
        expect(f"the modest client at {host} is served between", sum(between) < rounds * many / 3, between)
        expect("and the greedy one goes on", sum(between) > 0, between)
    greedy.stop()
    greedy.judge(shelf.right)


def another_model(side):
    """The same network for larger pictures, and one of those."""
    bramble("model", "import", f"{shelf.folder}/net.pt", "--input", f"1x3x{side}x{side}", "--name", "larger")
    noise = random.Random(2)
    photo = pathlib.Path(shelf.folder) / "larger.raw"
    photo.write_bytes(struct.pack(f"{3 * side * side}f", *(noise.random() for _ in range(3 * side * side))))
    return photo


def share(one, other, weights, names):
    """Both crowds wait all the time: neither gets less than a third of the nodes' time, by what its requests are."""
    fewest = 24
    until_both = lambda: min(len(one.answers), len(other.answers)) >= fewest // 4 and \
        len(one.answers) + len(other.answers) >= fewest
    expect("both are answered", until(until_both, 120), (len(one.answers), len(other.answers)))
    work = [len(crowd.answers) * weight for crowd, weight in zip((one, other), weights)]
    print(f"answers to {names[0]} and {names[1]}: {len(one.answers)}, {len(other.answers)}", flush=True)
    for crowd in (one, other):
        crowd.stop()
    expect("each gets its share", min(work) * 3 >= sum(work), work)


def two_models():
    photo = another_model(SIDE * 3 // 2)
    right = shelf["pi1"].ask("infer", "larger", photo, "--method", "one")
    for node in shelf.nodes.values():
        node.ask("infer", "larger", photo)
    crowds = [Crowd(shelf, "pi1", 12), Crowd(shelf, "pi2", 12, model="larger", photo=photo)]
    share(*crowds, [1, 2.25], ["the one model", "the larger one"])
    crowds[0].judge(shelf.right)
    crowds[1].judge(right)
    rounded = Crowd(shelf, "pi1", 12, "--wire", "fp16")
    exact = Crowd(shelf, "pi1", 12)
    share(exact, rounded, [1, 1], ["fp32", "fp16"])
    exact.judge(shelf.right)
    expect("each has its own wire", {answer["wire"] for answer in rounded.answers} == {"fp16"} and
           {answer["wire"] for answer in exact.answers} == {"fp32"})
    expect("each is a stream of its own", {way["wire"] for way in shelf.load()["ways"]} == {"fp32", "fp16"}, shelf.load())


def refused():
    """A queue of more than a minute: who comes then is told so at once, by an exit code of its own."""
    crowd = Crowd(shelf, "pi1", 64)
    expect("the queue is full", until(lambda: any(each["refused"] for each in shelf.load()["hosts"])), shelf.load())
    more = Requests(shelf)
    # Between an answer of the crowd and its next question there is room for one more.
    expect("one more is refused as busy", until(lambda: more.ask(shelf["pi1"]).code == BUSY, 120), more.ended)
    last = more.ended[-1]
    told = json.loads(last.said)
    expect("in words and figures, and told when to come again",
           "is busy" in last.complaint and told["busy"] and told["retry_after_ms"] > 0, last)
    crowd.stop()
    expect("whose client went away has nothing under way", until(shelf.at_rest), shelf.load())
    expect("and the node answers again", shelf.infer(shelf["pi1"])["output_sha256"] == shelf.right["output_sha256"])


{"greedy_client": greedy_client, "two_models": two_models, "refused": refused}[case]()
