#!/usr/bin/env python3
"""A node's network card drops to a fiftieth while requests flow. The transfers show it, the plan does without much
traffic to that node, and every answer is right."""
import tempfile

from shelf import LoopOfRequests, bramble_json, change_shelf, expect, needs_namespaces, rerun_on_a_shelf

rerun_on_a_shelf("--nodes", "3", "--rate", "940mbit", "--pace", "12")
needs_namespaces()

with tempfile.TemporaryDirectory() as folder:
    loop = LoopOfRequests(folder, requests=0)
    loop.ask()
    change_shelf("rate", loop.victim, "20mbit")
    loop.ask_until_planned_again()
    print(f"switch: {bramble_json('plan', '--live')['switches'][-1]}")
    links = next(node["links"] for node in bramble_json("status")["nodes"] if node["name"] == loop.victim)
    expect("that node is known to have a slow link", any(link["mbit"] < 100 for link in links), links)
