#!/usr/bin/env python3
"""Clients ask a gateway over connections that they keep, while the node it talks to is killed and comes back, and then the next one: no
answer is wrong, and none is lost but where the shelf says that it is busy. Requests whose clients go away are dropped."""
import os
import random
import re
import signal
import socket
import struct
import subprocess
import threading
import time

from faults import HANG_S, Node, on_namespaces
from gateway_kit import Gateway, folder, import_network
from shelf import BUILD, bramble, bramble_json, expect, node_pids, until

CLIENTS = 4
ROUNDS = 6

on_namespaces("--nodes", "4", "--rate", "940mbit", "--pace", "8")
nodes = {f"pi{i + 1}": Node(i + 1, pid) for i, pid in enumerate(node_pids())}
here = folder()
import_network("small", here, "network", "--input", "1x3x96x96")
noise = random.Random(3)
photo = struct.pack(f"{3 * 96 * 96}f", *(noise.random() for _ in range(3 * 96 * 96)))
(here / "photo.raw").write_bytes(photo)
right = bramble_json("infer", "network", here / "photo.raw")["output_sha256"]
bramble_json("infer", "network", here / "photo.raw", "--node", "10.77.0.2")
bramble_json("infer", "network", here / "photo.raw", "--node", "10.77.0.3")

# pi4 is never typed: the gateway learns of it as a member.
gateway = Gateway(nodes=["10.77.0.2", "10.77.0.3"])
expect("it becomes ready", until(lambda: gateway.get("/v2/health/ready").status == 200))


class Clients:
    def __init__(self):
        self.answers, self.busy, self.wrong = [], 0, []
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(CLIENTS)]
        for each in self._threads:
            each.start()

    def _ask(self):
        kept = gateway.connect()
        while not self._stop.is_set():
            began = time.monotonic()
            answer = gateway.ask("POST", "/v1/classify/network", photo, kept=kept)
            waited = time.monotonic() - began
            told = answer.json()
            with self._changed:
                if answer.status == 503 and "retry-after" in answer.headers:
                    self.busy += 1
                elif answer.status != 200 or told["output_sha256"] != right:
                    self.wrong.append((answer.status, told.get("error", told.get("output_sha256"))))
                else:
                    self.answers.append((began, waited, told["host"]))
                self._changed.notify_all()
            if answer.status == 503:
                time.sleep(int(answer.headers["retry-after"]))  # as it was told

    def await_answers(self, count, host=None):
        """So many requests that began after this call, of that host."""
        now = time.monotonic()

        def enough():
            return self.wrong or sum(began >= now and host in (None, by) for began, _, by in self.answers) >= count
        with self._changed:
            expect(f"{count} more requests are answered" + (f" by {host}" if host else ""),
                   self._changed.wait_for(enough, HANG_S), self.wrong[:3])

    def stop(self):
        self._stop.set()
        for each in self._threads:
            each.join(HANG_S)
            expect("no client hangs", not each.is_alive())


clients = Clients()
clients.await_answers(8)
first = clients.answers[0][2]
expect("the first that was typed is asked", first == "pi2", first)
for number in range(ROUNDS):
    host = clients.answers[-1][2]
    print(f"{host} is killed", flush=True)
    os.kill(nodes[host].pid, signal.SIGKILL)
    clients.await_answers(8)
    expect(f"{host} answers nothing any more", clients.answers[-1][2] != host, clients.answers[-1])
    nodes[host].start()
    bramble("status", "--node", nodes[host].address, "--wait", "4")
clients.stop()
longest = max(waited for _, waited, _ in clients.answers)
print(f"{len(clients.answers)} of {len(clients.answers) + len(clients.wrong)} answered rightly, {clients.busy} times told to try again, "
      f"longest wait {longest:.2f} s, {ROUNDS} nodes killed", flush=True)
expect("no answer was wrong or lost", not clients.wrong, clients.wrong[:5])
expect("hosts changed", len({by for _, _, by in clients.answers}) > 1)

# -- clients that go away ----------------------------------------------------------------------------------------------------------
# So slow that the request goes on for long after its client.
for name in nodes:
    bramble("pace", name, "0.02", "--node", nodes[name].address)



def pieces():
    """That all nodes have made in this life of theirs; None while one computes longer than the console waits."""
    made = 0
    for node in nodes.values():
        said = subprocess.run(node.inside(BUILD / "bramble", "console", "-c", "actors"), capture_output=True, text=True, check=False).stdout
        found = re.search(r"branch_executor .*?(\d+) requests running, (\d+) pieces", said)
        if not found or found.group(1) != "0":
            return None
        made += int(found.group(2))
    return made


def pieces_at_rest():
    expect("all nodes are at rest", until(lambda: pieces() is not None))
    return pieces()


expect("a slow request is answered", gateway.post("/v1/classify/network", photo).status == 200)
before = pieces_at_rest()
expect("and another one", gateway.post("/v1/classify/network", photo).status == 200)
whole = pieces_at_rest() - before
before = pieces_at_rest()
gone = []
for _ in range(3):
    one = socket.create_connection(("127.0.0.1", gateway.port), HANG_S)
    one.sendall(b"POST /v1/classify/network HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(photo) + photo)
    gone.append(one)
expect("they wait for the shelf", until(lambda: "bramble_gateway_inferences_in_progress 3\n" in gateway.get("/metrics").body.decode()))
for one in gone:
    one.close()
expect("when their clients have gone, nobody waits any more",
       until(lambda: "bramble_gateway_inferences_in_progress 0\n" in gateway.get("/metrics").body.decode()))
made = pieces_at_rest() - before
print(f"a request is {whole} pieces, of three that were dropped {made} were made", flush=True)
expect("nor computes for them", made < 3 * whole, (made, whole))
text = gateway.get("/metrics").body.decode()
expect("they are counted as such", "bramble_gateway_abandoned_requests_total 3\n" in text)
gateway.stop()
