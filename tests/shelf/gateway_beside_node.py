#!/usr/bin/env python3
"""`bramble node --gateway`: the gateway begins with its node and ends with it, however that ends; when it crashes it begins anew and the
node goes on."""
import http.client
import os
import pathlib
import signal
import socket
import subprocess

from gateway_kit import HANG_S, folder
from shelf import BUILD, bramble, expect, rerun_on_a_shelf, until

rerun_on_a_shelf("--nodes", "1", "--pace", "4")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def children(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def answers(port):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HANG_S)
        connection.request("GET", "/v2/health/live")
        return connection.getresponse().status == 200
    except OSError:
        return False


# A shelf of one, beside that of the testbed.
home = folder() / "home"
os.environ["BRAMBLE_HOME"] = str(home)
os.environ["BRAMBLE_NAME"] = "alone"
bramble("keys", "init")
control, port = free_port(), free_port()


def start():
    node = subprocess.Popen([BUILD / "bramble", "node", "--listen", f"127.0.0.1:{control}", "--pace", "4", "--gateway-listen",
                             f"127.0.0.1:{port}"], stdout=subprocess.PIPE, text=True)
    expect("the gateway begins with its node", until(lambda: answers(port)))
    return node


node = start()
(first,) = children(node.pid)
os.kill(first, signal.SIGKILL)
expect("a gateway that crashed begins anew", until(lambda: answers(port) and first not in children(node.pid)))
expect("the node goes on", node.poll() is None)
expect("and answers", until(lambda: bramble("status", "--node", f"127.0.0.1:{control}", check=False).returncode == 0))
node.send_signal(signal.SIGTERM)
node.wait(HANG_S)
expect("the gateway ends with its node", until(lambda: not answers(port)))
node = start()
node.kill()
node.wait(HANG_S)
expect("also when that was killed", until(lambda: not answers(port)))
