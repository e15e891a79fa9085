#!/usr/bin/env python3
"""GoogLeNet and SqueezeNet with real weights, split over four nodes, give the published classes."""
import json
import sys

from shelf import REFERENCE, SKIPPED, bramble, bramble_json, expect, rerun_on_a_shelf, same_answer

TOLERANCE = 1e-4

if not (REFERENCE / "expected.json").exists():
    print(f"skipped: there is no {REFERENCE}")
    sys.exit(SKIPPED)
rerun_on_a_shelf("--nodes", "4", "--rate", "940mbit", "--pace", "6")

labels = REFERENCE / "imagenet_labels.txt"
for name, model in json.loads((REFERENCE / "expected.json").read_text())["models"].items():
    shape = "x".join(map(str, model["input"]))
    bramble("model", "import", REFERENCE / model["file_fp16"], "--input", shape, "--name", name)
    for photo, wanted in model["photos"].items():
        got = bramble_json("infer", name, REFERENCE / "photos" / photo, "--labels", labels)
        alone = bramble_json("infer", name, REFERENCE / "photos" / photo, "--method", "one")
        want = wanted["top5_fp16weights"]
        place = f"{name}, {photo}"
        expect(f"{place}: classes", [c["index"] for c in got["top"]] == [c["index"] for c in want], got["top"])
        worst = max(abs(a["p"] - b["p"]) for a, b in zip(got["top"], want))
        expect(f"{place}: probabilities", worst <= TOLERANCE, f"they differ by {worst}")
        expect(f"{place}: more than one node", len(got["nodes"]) > 1, got["nodes"])
        expect(f"{place}: as one node says", same_answer(got, alone))
