#!/usr/bin/env python3
"""A node gets slower while requests flow. Nobody tells the cluster: the pieces do. The plan gives that node less to do,
`plan --live` says why and what it gained, and every answer is right."""
import tempfile

from shelf import LoopOfRequests, bramble_json, change_shelf, expect, rerun_on_a_shelf

rerun_on_a_shelf("--nodes", "3", "--rate", "940mbit", "--pace", "12")


def live():
    return bramble_json("plan", "inception_v4", "--live")


def is_in(plan, name):
    return next(node["in"] for node in plan["nodes"] if node["name"] == name)


with tempfile.TemporaryDirectory() as folder:
    loop = LoopOfRequests(folder, requests=0)
    for _ in range(3):
        loop.ask()
    before = [plan for plan in live()["plans"] if plan["method"] == "bramble"]
    expect("plan --live shows the plan in use", before and before[0]["runs"] >= 4, before)
    expect(f"{loop.victim} works in it", is_in(before[0], loop.victim))
    change_shelf("pace", loop.victim, 0.3)
    loop.ask_until_planned_again()
    after = live()
    switch = after["switches"][-1]
    print(f"switch: {switch}")
    expect("the switch has its reason", "another plan takes" in switch["why"], switch)
    expect("and what was measured before and after", switch["measured_before_ms"] > 0 < switch["measured_after_ms"])
    plan = next(plan for plan in after["plans"] if plan["method"] == "bramble")
    expect("the plan in use is the new one", plan["epoch"] == switch["to_epoch"] != before[0]["epoch"], plan["epoch"])
    expect("and says why it is", plan["why"] == switch["why"], plan["why"])
