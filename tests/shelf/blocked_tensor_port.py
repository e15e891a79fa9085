#!/usr/bin/env python3
"""A firewall between host and coordinator lets control through and no tensors, and the model is on the host alone."""
import os
import signal
import subprocess
import tempfile

from faults import Node, on_namespaces
from shelf import BUILD, expect, node_pids, until

on_namespaces("--nodes", "2", "--rate", "940mbit", "--pace", "2")

TENSOR_PORT = 7742
coordinator, host = (Node(i + 1, pid) for i, pid in enumerate(node_pids()))
# No packet filter here: a rule of routing drops what goes to the other's tensor port. TCP by its number, since
# /etc/protocols may not be there.
for here, there in ((coordinator, host), (host, coordinator)):
    subprocess.run(["ip", "-n", here.namespace, "rule", "add", "to", there.address, "ipproto", "6",
                    "dport", str(TENSOR_PORT), "blackhole"], check=True)
# The links that were there before the firewall go with the process.
os.kill(coordinator.pid, signal.SIGKILL)
coordinator.start()


def is_back():
    status = host.ask("status")
    states = {node["name"]: node["state"] for node in status["nodes"]}
    return status["coordinator"] == "pi1" and states["pi1"] == "alive"


expect("pi1 is back and coordinates", until(is_back))
folder = tempfile.mkdtemp(dir=host.home)
network, photo = f"{folder}/net.pt", f"{folder}/photo.raw"
subprocess.run([BUILD / "tests" / "make-network", "small", network], check=True)
subprocess.run(host.inside(BUILD / "bramble", "model", "import", network, "--input", "1x3x128x128", "--name", "only-here"),
               check=True, stdout=subprocess.DEVNULL)
with open(photo, "wb") as file:
    file.write(bytes(4 * 3 * 128 * 128))
answers = {}
for method in ("bramble", "one", "seed"):
    answers[method] = host.ask("infer", "only-here", photo, "--method", method)
    print(f"--method {method}: {answers[method]['nodes']} after {answers[method]['attempts']} attempts")
    expect(f"the host answers alone, --method {method}", answers[method]["nodes"] == ["pi2"], answers[method])
expect("with one answer", len({answer["output_sha256"] for answer in answers.values()}) == 1)
# Where the coordinator is left out of the plan, the plan says why.
verdict = next(node for node in host.ask("plan", "only-here")["nodes"] if node["name"] == "pi1")
expect("the plan says what pi1 lacks", "pi2" in verdict["reason"] and "left out" in verdict["reason"], verdict)
