"""How long answers take under load: requests at random times to a shelf, and what comes of them by several schemes."""
from benchlib.rows import RATES

SHARES = [.2, .4, .6, .8, .9, 1, 1.2]  # of the most that these nodes can do: all work spread without loss
SHELVES = {"4": [1] * 4, "1/.75/.5/.25": [1, .75, .5, .25]}
LOAD_RATES = [RATES[0], 100]

# Who needs longer than so many of its quickest answers to end its queue when no more requests come did not keep up.
LEFT_OVER = 4

# What is compared, how its requests are run, and to whom they go.
SCHEMES = [("one node", "one", "first"), ("divided, no turns", "latency", "first"),
           ("whole, in rotation", "one", "round-robin"), ("whole, fewest", "one", "shortest"),
           ("Bramble", "bramble", "first")]
STEPS = [(1, "one client"), (8, "eight clients"), (1, "one client")]  # the drawing over time


def addresses(count):
    return [f"10.77.0.{i + 1}" for i in range(count)]


def offer(task, bench, scheme, per_second):
    what, method, spread = scheme
    hosts = addresses(len(task["speeds"]) if spread != "first" else 1)
    found = bench(task["model"], "--load", f"{per_second:.4f}", "--seconds", task["seconds"], "--methods", method,
                  "--spread", spread, "--node", ",".join(hosts)).follow(lambda line: None)
    drained = max((s["came_ms"] + s["response_ms"] for s in found["samples"]), default=0) - 1000 * task["seconds"]
    least = min((s["response_ms"] for s in found["samples"]), default=0)
    return {"what": what, "beyond": drained > LEFT_OVER * least, "per_s": found["per_second"], "p50_ms": found["p50_ms"], "p95_ms": found["p95_ms"],
            "refused": found["refused"], "answers": len(found["samples"])}


def one_node_ms(task, bench):
    return bench(task["model"], "--methods", "one", "--runs", 3).follow(lambda line: None)["methods"]["one"]["median_ms"]


def measure(task, bench, tell):
    """[{"share", "offered", "schemes": [...]}] of one shelf."""
    most = 1000 / one_node_ms(task, bench) * sum(task["speeds"])
    points = []
    for share in task["shares"]:
        schemes = []
        for scheme in SCHEMES:
            # Queues of what cannot keep up only grow: one point shows it.
            before = next((s for s in points[-1]["schemes"] if s["what"] == scheme[0]), None) if points else None
            if before and before.get("beyond"):
                schemes.append({"what": scheme[0], "beyond": True, "skipped": True})
                continue
            tell(progress=f"{100 * share:.0f} % of {most:.2f} a second: {scheme[0]}")
            schemes.append(offer(task, bench, scheme, share * most))
        points.append({"share": share, "offered": share * most, "schemes": schemes})
    return {"most_per_s": most, "points": points}


def swing(task, bench, tell):
    """One client, eight, one again: when each answer came, how long it took, by which plan."""
    samples, steps, base = [], [], None
    for clients, text in STEPS:
        tell(progress=text)
        running = [bench(task["model"], "--methods", "bramble", "--seconds", task["seconds"]) for _ in range(clients)]
        found = [each.follow(lambda line: None)["methods"]["bramble"]["samples"] for each in running]
        answers = sorted((s["ended_ms"], s["latency_ms"], s["epoch"]) for client in found for s in client)
        base = base if base is not None else answers[0][0] - answers[0][1]
        steps.append({"at": (answers[0][0] - answers[0][1] - base) / 1000, "text": text})
        samples += [{"ended_s": (ended - base) / 1000, "latency_ms": latency, "epoch": epoch}
                    for ended, latency, epoch in answers]
    return {"samples": samples, "events": steps}
