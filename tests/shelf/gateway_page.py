#!/usr/bin/env python3
"""The gateway's page in a browser: a shelf of four is seen, a photo is answered, nodes are drained and paced with a token that may,
one is killed and turns red. What is done in the browser is in gateway_page.mjs."""
import json
import os
import shutil
import subprocess
import sys

from gateway_kit import Gateway, folder, import_network
from shelf import BUILD, REPO, SKIPPED, bramble, bramble_json, expect, node_pids, rerun_on_a_shelf, until

PLAYWRIGHT = BUILD / "browser" / "node_modules" / "playwright-core"
LIMIT_S = 300

for program in ("chromium", "node"):
    if not shutil.which(program):
        print(f"skipped: there is no {program}; scripts/setup-browser installs it")
        sys.exit(SKIPPED)
if not PLAYWRIGHT.exists():
    print(f"skipped: there is no playwright-core in {PLAYWRIGHT.parent}; scripts/setup-browser installs it")
    sys.exit(SKIPPED)
rerun_on_a_shelf("--nodes", "4", "--rate", "940mbit", "--pace", "0.5")

here = folder()
photo = here / "house.png"
subprocess.run([REPO / "scripts" / "make-photo", photo], check=True)
# Names are for people, and may be made by anybody: they must not become part of the page.
labels = here / "labels.txt"
labels.write_text("".join(f"<b id=\"marked\">kind {number}</b>\n" for number in range(10)))
import_network("small", here, "small", "--input", "1x3x96x96", "--labels", labels)
right = bramble_json("infer", "small", photo)

gateway = Gateway()
expect("it becomes ready", until(lambda: gateway.get("/v2/health/ready").status == 200))
tokens = {"reads": bramble_json("gateway", "token", "camera")["token"],
          "writes": bramble_json("gateway", "token", "laptop", "--write")["token"]}
best = right["top"][0]
plan = {"playwright": str(PLAYWRIGHT), "chromium": shutil.which("chromium"), "address": gateway.address.replace("127.0.0.1", "localhost"),
        "tokens": tokens, "photo": str(photo), "label": best["label"], "share": f"{100 * best['p']:.1f} %", "victim": "pi3",
        "victim_pid": node_pids()[2], "gateway_pid": gateway.process.pid,
        "gateway": [str(BUILD / "bramble"), "gateway", "--listen", f"0.0.0.0:{gateway.port}"],
        "shots": os.environ.get("BRAMBLE_PAGE_SHOTS", "")}
done = subprocess.run(["node", REPO / "tests" / "shelf" / "gateway_page.mjs"], input=json.dumps(plan), text=True, timeout=LIMIT_S, check=False)
expect("the page does all that", done.returncode == 0, f"gateway_page.mjs ended with {done.returncode}")
state = next(each for each in bramble_json("status")["nodes"] if each["name"] == "pi2")
expect("pi2 is as it was", not state["drained"] and state["pace_factor"] == 1, state)
