#!/usr/bin/env python3
"""A node gets slower while requests flow. Nobody tells the cluster: the pieces do. The plan gives that node less to do,
`plan --live` says why and what it gained, and every answer is right."""
import tempfile

from shelf import LoopOfRequests, bramble_json, change_shelf, expect, rerun_on_a_shelf, same_answer

rerun_on_a_shelf("--nodes", "3", "--rate", "940mbit", "--pace", "12")


def live():
    return bramble_json("plan", "inception_v4", "--live")


def is_in(plan, name):
    return next(node["in"] for node in plan["nodes"] if node["name"] == name)


def in_use():
    return next(plan for plan in live()["plans"] if plan["method"] == "bramble")


def settled(loop):
    """The plan in use, once it has answered a few; a busy machine may see another one first."""
    for _ in range(20):
        if in_use()["runs"] >= 4:
            break
        loop.ask()
    return in_use()


def naming(victim, since):
    """The switch that names the victim's speed; others of this machine may be seen to change, too."""
    return next((switch for switch in live()["switches"] if switch["to_epoch"] > since and
                 f"{victim} computes at" in switch["why"]), None)


with tempfile.TemporaryDirectory() as folder:
    loop = LoopOfRequests(folder, requests=0)
    before = settled(loop)
    expect("plan --live shows the plan in use", before["runs"] >= 4, before)
    expect(f"{loop.victim} works in it", is_in(before, loop.victim), before)
    change_shelf("pace", loop.victim, 0.3)
    answers = [loop.ask()]
    while len(answers) < 60 and not naming(loop.victim, before["epoch"]):
        answers.append(loop.ask())
    answers += [loop.ask() for _ in range(3)]
    expect("all answers are right", all(same_answer(answer, loop.right) for answer in answers))
    switch = naming(loop.victim, before["epoch"])
    print(f"switch: {switch}")
    expect("a switch names its cause", switch, live()["switches"])
    expect("and what was measured before and after", switch["measured_before_ms"] > 0 < switch["measured_after_ms"])
    after = live()
    plan = next(plan for plan in after["plans"] if plan["method"] == "bramble")
    expect("the plan in use is a new one", plan["epoch"] == after["switches"][-1]["to_epoch"] != before["epoch"], plan)
    expect("and says why it is", plan["why"] == after["switches"][-1]["why"], plan["why"])
