"""A stream of requests: how many a second a shelf answers, against one of its nodes."""
import threading

from benchlib import shelf
from benchlib.rows import median


def per_second(clients):
    """Requests a second of all clients together, while all of them were at it: [[moment of each answer in ms]]."""
    begin = max(answers[0] for answers in clients)
    end = min(answers[-1] for answers in clients)
    total = 0
    for answers in clients:
        inside = [moment for moment in answers if begin <= moment <= end]
        if len(inside) < 2:
            raise ValueError("a client had less than two answers while all were asking; let it run longer")
        total += (len(inside) - 1) / (inside[-1] - inside[0]) * 1000
    return total


def ask_together(task, bench, hosts, method):
    """Clients beside `hosts` ask for as long as the task says, each for the next answer when it has one."""
    clients = [bench(task["model"], "--methods", method, "--seconds", task["seconds"], beside=shelf.beside(host))
               for host in hosts]
    found, refusals = [None] * len(clients), []

    def follow(i):
        try:
            found[i] = clients[i].follow(lambda line: None)["methods"][method]["samples"]
        except shelf.Impossible as refusal:
            refusals.append(refusal)

    threads = [threading.Thread(target=follow, args=(i,)) for i in range(len(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refusals:
        raise refusals[0]
    return {"clients": len(hosts), "hosts": len(set(hosts)), "method": method,
            "per_s": per_second([[sample["ended_ms"] for sample in samples] for samples in found]),
            "median_ms": median([sample["latency_ms"] for samples in found for sample in samples]),
            "answers": sum(map(len, found)), "repeated": sum(s["attempts"] > 1 for samples in found for s in samples)}


def measure(task, bench, tell):
    """One node alone; then as many clients as nodes: each asks its own node, or all ask the first."""
    nodes = [f"pi{i + 1}" for i in range(task["nodes"])]
    ways = [("one node", nodes[:1], "one"), ("one request at a time, divided", nodes[:1], "bramble"),
            ("each node its own requests, whole", nodes, "one"), ("each node its own requests, divided", nodes, "bramble"),
            ("all requests at one node, divided", nodes[:1] * len(nodes), "bramble")]
    found = []
    for what, hosts, method in ways:
        tell(progress=what)
        found.append({"what": what, **ask_together(task, bench, hosts, method)})
    for way in found:
        way["of_one"] = way["per_s"] / found[0]["per_s"]
    return found
