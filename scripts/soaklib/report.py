"""What came of a soak: for people, and as a file."""
import collections


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def switches(answers):
    """How often a host answered by another plan than the time before."""
    latest, count = {}, 0
    for answer in sorted(answers, key=lambda answer: answer["began"] + answer["waited"]):
        count += latest.get(answer["host"], answer["epoch"]) != answer["epoch"]
        latest[answer["host"]] = answer["epoch"]
    return count


def around(history, entry):
    """The faults of the last seconds before and during a request."""
    return [f"{moment - entry['began']:+.1f} s: {text}" for moment, text in history
            if -8 <= moment - entry["began"] <= entry["waited"]]


def figures(options, clients, mischief, began, ended, before, after, grown):
    """All of it as plain data. `began` and `ended`: of the requests under faults, warm-up and calm ones apart."""
    answers = [answer for answer in clients.answers if began <= answer["began"] < ended]
    waited = [answer["waited"] for answer in answers]
    worst = sorted(answers, key=lambda answer: -answer["waited"])[:10]
    in_detail = lambda entries: [{**{key: entry[key] for key in entry if key != "began"}, "at_s": entry["began"] - began,
                                  "around": around(mischief.history, entry)} for entry in entries]
    return {
        "options": options, "took_s": ended - began,
        "asked": len(clients.answers) + len(clients.wrong) + len(clients.lost), "answered_rightly": len(clients.answers),
        "equal_bits": sum(answer["exact"] for answer in clients.answers),
        "wrong": in_detail(clients.wrong), "lost": in_detail(clients.lost),
        "clients_ended": clients.ended_by_us,
        "phases_of_load": clients.crowd.phases if clients.crowd else 1,
        "under_faults": {
            "answers": len(answers), "per_s": len(answers) / (ended - began),
            "waited_s": {name: percentile(waited, share) for name, share in
                         (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999), ("most", 1))},
            "more_than_one_attempt": sum(answer["attempts"] > 1 for answer in answers),
            "most_attempts": max(answer["attempts"] for answer in answers),
            "answered_by_another_node": sum(answer["host"] != answer["asked"] for answer in answers),
            "switches": switches(answers),
            "nodes_used": dict(collections.Counter(len(answer["nodes"]) for answer in answers)),
            "longest": in_detail(worst)},
        "history": [(moment - began, text) for moment, text in mischief.history], "faults": dict(mischief.done), "kills": dict(mischief.kills), "troubles": mischief.troubles,
        "after_warm_up": before, "at_the_end": after, "grown": grown}


def text(found):
    under = found["under_faults"]
    waited = under["waited_s"]
    lines = [
        f"{found['answered_rightly']} of {found['asked']} requests answered rightly ({found['equal_bits']} with equal bits); "
        f"{len(found['wrong'])} wrong, {len(found['lost'])} lost; {found['clients_ended']} clients were ended in the middle",
        f"{sum(found['faults'].values())} faults, those of the warm-up included: "
        + ", ".join(f"{count} {kind}" for kind, count in sorted(found["faults"].items())),
        f"under them {under['answers']} answers in {found['took_s']:.0f} s, {under['per_s']:.1f} a second; waited {waited['p50']:.2f} s "
        f"in the middle, {waited['p90']:.2f} for nine of ten, {waited['p99']:.2f} for 99 of 100, {waited['most']:.2f} at most",
        f"{under['more_than_one_attempt']} needed more than one attempt (at most {under['most_attempts']}), "
        f"{under['answered_by_another_node']} were answered by another node than asked first; {under['switches']} times a host "
        f"changed its plan; answers by so many nodes: "
        + ", ".join(f"{count} by {nodes}" for nodes, count in sorted(under["nodes_used"].items()))
        + (f"; the load changed {found['phases_of_load'] - 1} times" if found["phases_of_load"] > 1 else ""),
        "at rest after warm-up and at the end (both: all nodes back for good, as many calm requests, then none; a node that was "
        "killed has been through that since its last start):"]
    for name, was in found["after_warm_up"].items():
        now = found["at_the_end"][name]
        lines.append(f"  {name}: {was['memory_mb']:.1f} -> {now['memory_mb']:.1f} MB "
                     f"({now['memory_mb'] / was['memory_mb'] - 1:+.1%}), {was['descriptors']} -> {now['descriptors']} descriptors, "
                     f"{was['threads']} -> {now['threads']} threads, killed {found['kills'].get(name, 0)} times")
    for kind in ("wrong", "lost"):
        lines += [f"{kind}: {entry.get('error', entry)} (asked {entry['asked']}, waited {entry['waited']:.1f} s; "
                  f"{'; '.join(entry['around'])})" for entry in found[kind][:10]]
    return "\n".join([*lines, *found["troubles"], *found["grown"]])
