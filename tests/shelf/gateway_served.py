#!/usr/bin/env python3
"""`scripts/demo --serve`: the gateway beside an emulated node is reached from the machine that emulates it, and Ctrl-C takes all of it down."""
import http.client
import os
import signal
import socket
import subprocess

from shelf import REPO, expect, until

HANG_S = 120


def answers(port, path):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HANG_S)
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None


with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
network = [] if os.geteuid() == 0 else ["--loopback"]
served = subprocess.Popen([REPO / "scripts" / "demo-serve", *network, "--nodes", "2", "--pace", "4"], stdout=subprocess.PIPE, text=True,
                          start_new_session=True, env={**os.environ, "DEMO_MODEL": "m", "DEMO_PHOTO": "cat.jpg", "DEMO_PORT": str(port)})
expect("it says what to type", f"http://127.0.0.1:{port}/v1/classify/m" in served.stdout.readline())
expect("and where the gateway is", served.stdout.readline().strip() == f"gateway at http://127.0.0.1:{port}")
expect("whoever is on this machine reaches it", until(lambda: answers(port, "/v2/health/ready") == 200, HANG_S))
expect("and the page", answers(port, "/") == 200)
os.killpg(served.pid, signal.SIGINT)
served.wait(HANG_S)
expect("it ends when it is told to", until(lambda: answers(port, "/v2") is None))
