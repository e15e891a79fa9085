"""Latency over time while a device halves, a link drops to a tenth and a node dies."""
import time

from benchlib import shelf
from benchlib.rows import median

LAST = 3  # requests that a new state is judged by, and that the goal allows for reaching it
NEAR = 1.05

# Seconds from the first request: long enough after each change that the policy's pause between two changes is over.
EVENTS = [{"at": 10, "do": "pace", "node": "pi3", "factor": .5, "text": "pi3 at half its speed", "fresh": "pace"},
          {"at": 30, "do": "pace", "node": "pi3", "factor": 1, "text": "pi3 as before", "fresh": "whole"},
          {"at": 48, "do": "rate", "node": "pi2", "factor": .1, "text": "pi2's link at a tenth", "fresh": "rate"},
          {"at": 70, "do": "rate", "node": "pi2", "factor": 1, "text": "pi2's link as before", "fresh": "whole"},
          {"at": 88, "do": "kill", "node": "pi4", "text": "pi4 killed", "fresh": "kill"}]
LENGTH_S = 106


def apply(event, task):
    if event["do"] == "pace":
        shelf.change("pace", event["node"], f"{event['factor']:g}")
    elif event["do"] == "rate":
        shelf.change("rate", event["node"], f"{task['rate_mbit'] * event['factor']:g}mbit")
    else:
        shelf.change(event["do"], event["node"])


def fresh_shelves(task):
    """What each change amounts to when everything starts on it: {name: (speeds, rate of each node)}."""
    speeds, rates = [1] * task["nodes"], [task["rate_mbit"]] * task["nodes"]
    slower, narrower = list(speeds), list(rates)
    for event in EVENTS:
        if event["do"] == "pace" and event["factor"] < 1:
            slower[shelf.number_of(event["node"]) - 1] *= event["factor"]
        if event["do"] == "rate" and event["factor"] < 1:
            narrower[shelf.number_of(event["node"]) - 1] *= event["factor"]
    return {"whole": (speeds, rates), "pace": (slower, rates), "rate": (speeds, narrower), "kill": (speeds[1:], rates[1:])}


def measure(task, bench, tell):
    """Requests one after the other with the task's events between them: {"samples", "events", "skipped"}."""
    running = bench(task["model"], "--methods", "bramble", "--seconds", task["length_s"])
    running.wait_for_rounds()
    begin, unix = time.monotonic(), time.time()
    events, skipped = [], []
    for event in task["events"]:
        time.sleep(max(0, begin + event["at"] - time.monotonic()))
        tell(progress=event["text"])
        try:
            apply(event, task)
            events.append({**event, "at": time.time() - unix})
        except shelf.Impossible as refusal:
            skipped.append(f"{event['text']}: {refusal}")
    tell(progress="until the end")
    samples = running.follow(lambda line: None)["methods"]["bramble"]["samples"]
    return {"samples": [{"ended_s": sample["ended_ms"] / 1000 - unix, "latency_ms": sample["latency_ms"],
                         "epoch": sample["epoch"], "attempts": sample["attempts"]} for sample in samples],
            "events": events, "skipped": skipped}


def settled(samples, fresh_ms):
    """How many requests after a change the latency is that of a fresh start: the index of the first within 5 % of it for
    which that also holds of the median with the two that follow; nothing if that never happens."""
    latencies = [sample["latency_ms"] for sample in samples]
    for i in range(len(samples) - LAST + 1):
        if max(latencies[i], median(latencies[i:i + LAST])) <= fresh_ms * NEAR:
            return i
    return None


def began_s(sample):
    return sample["ended_s"] - sample["latency_ms"] / 1000


def judge_event(event, samples, end, fresh_ms):
    """What one event did until `end`, in numbers. Those that ran when it came are judged for their latency only."""
    before = [s["latency_ms"] for s in samples if s["ended_s"] <= event["at"]][-2 * LAST:]
    after = [s for s in samples if event["at"] < s["ended_s"] <= end]
    begun = [s for s in after if began_s(s) >= event["at"]]
    requests = settled(begun, fresh_ms) if fresh_ms else None
    return {**event, "before_ms": median(before), "fresh_ms": fresh_ms,
            "worst_ms": max((s["latency_ms"] for s in after), default=None),
            "after_ms": median([s["latency_ms"] for s in after[len(after) // 2:]]) if after else None,
            "repeated": sum(s["attempts"] > 1 for s in after), "settled_requests": requests,
            "settled_s": None if requests is None else began_s(begun[requests]) - event["at"]}


def judge(found, fresh):
    """What each event did until the next. fresh: {name: median ms of a fresh start}."""
    ends = [event["at"] for event in found["events"][1:]] + [float("inf")]
    return [judge_event(event, found["samples"], end, fresh.get(event["fresh"]))
            for event, end in zip(found["events"], ends)]
