#!/usr/bin/env python3
"""Ten thousand requests by wrk over sixteen connections that are kept, while a node is killed every five seconds and started again: none is
wrong, and none is lost but where the shelf says that it is busy."""
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import time

from faults import HANG_S, Node, on_namespaces
from gateway_kit import Gateway, folder, import_network
from shelf import SKIPPED, bramble, expect, node_pids, until

WANTED = 10_000
EVERY_S = 5
KILLS = 6

if not shutil.which("wrk"):
    print("skipped: there is no wrk")
    sys.exit(SKIPPED)
on_namespaces("--nodes", "4", "--rate", "940mbit", "--pace", "12")
nodes = {f"pi{i + 1}": Node(i + 1, pid) for i, pid in enumerate(node_pids())}
here = folder()
import_network("small", here, "tiny", "--input", "1x3x8x8")
photo = struct.pack("192f", *([0.25] * 192))
(here / "photo").write_bytes(photo)
for node in nodes.values():
    bramble("infer", "tiny", here / "photo", "--node", node.address, "--output", here / "out")
gateway = Gateway(nodes=[node.address for node in nodes.values()])
expect("it becomes ready", until(lambda: gateway.get("/v2/health/ready").status == 200))
right = gateway.post("/v1/run/tiny", photo)
expect("the answer is that of `bramble infer`", right.body == (here / "out" / "photo.npy").read_bytes(), right)
(here / "right").write_bytes(right.body)
(here / "wrk.lua").write_text(f"""
local function content(name) local file = io.open("{here}/" .. name, "rb"); local all = file:read("*a"); file:close(); return all end
wrk.method, wrk.body = "POST", content("photo")
local right = content("right")
local threads = {{}}
function setup(thread) table.insert(threads, thread) end
function init() good, busy, wrong, said = 0, 0, 0, "" end
function response(status, headers, body)
  if status == 200 and body == right then good = good + 1
  elseif status == 503 and headers["Retry-After"] then busy = busy + 1
  else wrong = wrong + 1; said = status .. " " .. body:sub(1, 200) end
end
function done()
  local all = {{good = 0, busy = 0, wrong = 0}}
  for _, thread in ipairs(threads) do
    for key in pairs(all) do all[key] = all[key] + thread:get(key) end
    if thread:get("said") ~= "" then io.write("said: ", thread:get("said"), "\\n") end
  end
  io.write(string.format("good %d busy %d wrong %d\\n", all.good, all.busy, all.wrong))
end
""")


def ask(seconds):
    return subprocess.Popen(["wrk", "-t1", "-c16", f"-d{seconds}s", "--timeout", str(HANG_S), "-s", here / "wrk.lua",
                             f"{gateway.address}/v1/run/tiny"], stdout=subprocess.PIPE, text=True)


good = busy = killed = 0
while good < WANTED or killed < KILLS:
    asking = ask(3 * EVERY_S)
    while asking.poll() is None:
        try:
            asking.wait(EVERY_S)
            break
        except subprocess.TimeoutExpired:
            host = f"pi{killed % 4 + 1}"
            os.kill(nodes[host].pid, signal.SIGKILL)
            killed += 1
            time.sleep(1)  # it is gone for so long
            nodes[host].start()
    said = asking.stdout.read()
    print(said, flush=True)
    counts = re.search(r"good (\d+) busy (\d+) wrong (\d+)", said)
    errors = re.search(r"Socket errors: .*", said)
    expect("no answer is wrong", counts and counts.group(3) == "0", said)
    expect("no connection breaks", not errors, errors and errors.group(0))
    good, busy = good + int(counts.group(1)), busy + int(counts.group(2))
print(f"{good} answered rightly, {busy} times told to try again, {killed} nodes killed", flush=True)
expect(f"{WANTED} are answered", good >= WANTED, good)
gateway.stop()
