#!/usr/bin/env python3
"""A node's network card drops to a fifteenth and comes back. Plans do without the node meanwhile, so nothing large crosses
its links: probes show that they are quick again, with requests and without, and `bramble probe` at once."""
import tempfile
import time

from shelf import LoopOfRequests, bramble, bramble_json, change_shelf, expect, needs_namespaces, rerun_on_a_shelf, until

rerun_on_a_shelf("--nodes", "3", "--rate", "300mbit", "--pace", "12")
needs_namespaces()

FAST, SLOW = 200, 50  # Mbit/s, between the two rates


def rates(name):
    """Of all links from and to the node."""
    return [link["mbit"] for node in bramble_json("status")["nodes"] for link in node["links"]
            if name in (node["name"], link["to"])]


def is_fast(name):
    return all(mbit > FAST for mbit in rates(name))


def is_slow(name):
    return all(mbit < SLOW for mbit in rates(name))


def await_and_note(what, condition):
    began = time.monotonic()
    expect(what, until(condition), rates(loop.victim))
    print(f"after {time.monotonic() - began:.1f} s", flush=True)


with tempfile.TemporaryDirectory() as folder:
    loop = LoopOfRequests(folder, requests=0)
    await_and_note("the node's links are fast", lambda: is_fast(loop.victim))

    change_shelf("rate", loop.victim, "20mbit")
    await_and_note("plans do without it", lambda: loop.victim not in loop.ask()["nodes"])
    await_and_note("its links are known to be slow", lambda: loop.ask() and is_slow(loop.victim))
    reasons = [switch["why"] for switch in bramble_json("plan", "--live")["switches"]]
    expect("a link is given as reason", any("Mbit/s" in why and loop.victim in why for why in reasons), reasons)
    change_shelf("rate", loop.victim, "300mbit")
    await_and_note("under requests its links are known to be fast again", lambda: loop.ask() and is_fast(loop.victim))
    await_and_note("and it works again", lambda: loop.victim in loop.ask()["nodes"])

    change_shelf("rate", loop.victim, "20mbit")
    report = bramble_json("probe", loop.victim)
    expect("a probe by hand finds slow links", all(link["after_mbit"] < SLOW for link in report["links"]), report)
    expect("of both directions", len(report["links"]) == 4, report)
    change_shelf("rate", loop.victim, "300mbit")
    await_and_note("at rest its links are known to be fast again", lambda: is_fast(loop.victim))
    text = bramble("probe", loop.victim).stdout
    expect("people read it as well", f"{loop.victim} -> pi1" in text, text)
    unknown = bramble("probe", "pi9", check=False)
    expect("a node that is none is told", unknown.returncode == 1 and "no node" in unknown.stderr, unknown.stderr)
