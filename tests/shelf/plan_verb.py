#!/usr/bin/env python3
"""`bramble plan` without a cluster: files in, tables, charts and sentences out."""
import json
import pathlib
import subprocess
import tempfile
import xml.etree.ElementTree

from shelf import BUILD, expect

SVG = "{http://www.w3.org/2000/svg}svg"


def profile(depth):
    """A chain of equal convolutions of 100 ms each, and a head that runs whole."""
    nodes = [{"id": 0, "op": "input", "ms": 0, "out_shape": [1, 16, 64, 64], "preds": []}]
    for i in range(1, depth + 1):
        nodes.append({"id": i, "op": "conv2d+relu", "attr": "k3x3 s1,1 p1,1 g1 c16>16", "ms": 100,
                      "out_shape": [1, 16, 64, 64], "weight_bytes": 9280, "preds": [i - 1]})
    nodes.append({"id": depth + 1, "op": "flatten", "ms": 0.1, "out_shape": [1, 65536], "preds": [depth]})
    return {"model": "chain", "nodes": nodes}


def plan(*arguments):
    return subprocess.run([BUILD / "bramble", "plan", "--home", folder, *map(str, arguments)],
                          capture_output=True, text=True, timeout=120)


def refused(what, code, says, *arguments):
    done = plan(*arguments)
    lines = done.stderr.strip().splitlines()
    expect(f"{what} is refused with {code}", done.returncode == code, done)
    expect(f"{what}: the reason is said", says in done.stderr and not done.stdout, done)
    if code == 1:
        expect(f"{what}: in one sentence", len(lines) == 1 and lines[0].endswith("."), lines)


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    model, shelf = folder / "chain.json", folder / "shelf.toml"
    model.write_text(json.dumps(profile(8)))
    shelf.write_text('host = "pi1"\n' + "".join(
        f'[[node]]\nname = "pi{i}"\nprofile = "chain.json"\nscale = {1 / i}\n' for i in (1, 2)))

    done = plan(model, "--cluster", shelf, "--explain", "--svg", folder / "a.svg", "--trace", folder / "a.json")
    expect("a plan on a profile", done.returncode == 0, done)
    expect("the explanation", "row strips" in done.stdout and "critical path" in done.stdout, done.stdout)
    expect("the chart is SVG", xml.etree.ElementTree.parse(folder / "a.svg").getroot().tag == SVG)
    expect("the trace has events", len(json.loads((folder / "a.json").read_text())["traceEvents"]) > 16)
    one = json.loads(plan(model, "--cluster", shelf, "--method", "one", "--json").stdout)
    expect("times are those of the profile", abs(one["predicted_ms"] - 800.1) < 0.01, one)
    same = json.loads(plan("--profile", model, "--cluster", shelf, "--json", "--wire", "fp16").stdout)
    expect("a profile is a model as well", same["model"] == "chain" and same["wire"] == "fp16", same)
    expect("two nodes are quicker", same["speedup"] > 1.3 and same["lower_bound_ms"] <= same["predicted_ms"], same)

    stream = json.loads(plan(model, "--cluster", shelf, "--objective", "throughput", "--json").stdout)
    expect("a stream", stream["requests_per_second"] > 1.4 * stream["one_node_per_second"], stream)
    sweep = plan(model, "--sweep", "nodes=1..3", "rate=10,940", "--svg", folder / "s.svg", "--json")
    points = json.loads(sweep.stdout)["points"]
    expect("a sweep has all points", len(points) == 6 and all(p["speedup"] >= 0.999 for p in points), points)
    expect("a sweep's plot is SVG", xml.etree.ElementTree.parse(folder / "s.svg").getroot().tag == SVG)
    expect("a sweep says how far it is", "planning 6 of 6: 3 nodes at 940 Mbit/s" in sweep.stderr, sweep.stderr)

    refused("nothing to plan", 2, "is required")
    refused("a profile without a shelf", 2, "--cluster", model)
    refused("a chart of a live plan", 2, "--cluster", "chain", "--svg", "x.svg")
    refused("a limit without a stream", 2, "--objective throughput", model, "--cluster", shelf, "--latency-limit", 5)
    refused("a stream by the seed scheme", 2, "--objective throughput", model, "--cluster", shelf, "--objective",
            "throughput", "--method", "seed")
    refused("an explained sweep", 2, "excludes", model, "--sweep", "nodes=2", "--explain")
    refused("an unknown objective", 2, "--objective", model, "--cluster", shelf, "--objective", "beauty")
    refused("too short a limit", 1, "No plan answers within", model, "--cluster", shelf, "--objective", "throughput",
            "--latency-limit", 5)
    refused("a sweep of more nodes than there are", 1, "the shelf has 2", model, "--cluster", shelf, "--sweep", "nodes=3")
    refused("an unknown wire type", 2, "--wire must be fp32", model, "--cluster", shelf, "--wire", "fp8")
    refused("a shelf that is not there", 1, "nowhere.toml", model, "--cluster", folder / "nowhere.toml")
    shelf.write_text('host = "pi1"\n[[node]]\nname = "pi1"\ngmacs = 6\nmemory_mb = 100\n')
    refused("a node without memory", 1, "chain does not fit: pi1 lacks memory", model, "--cluster", shelf)
    shelf.write_text('host = "pi9"\n[[node]]\nname = "pi1"\ngmacs = -6\n')
    refused("a negative rate", 1, "shelf.toml:4: gmacs must be a positive number", model, "--cluster", shelf)
    broken = profile(2)
    broken["nodes"][1]["preds"] = [2]
    model.write_text(json.dumps(broken))
    shelf.write_text('host = "pi1"\n[[node]]\nname = "pi1"\ngmacs = 6\n')
    refused("a circle", 1, "node 1 reads node 2, which is not made before it", model, "--cluster", shelf)
    broken["nodes"][1]["preds"] = [7]
    model.write_text(json.dumps(broken))
    refused("a dangling input", 1, "node 1 reads node 7, which is not there", model, "--cluster", shelf)
    model.write_text(json.dumps(profile(2)))
    node = '[[node]]\nname = "pi1"\ngmacs = 6\n'
    for what, says, text in [
            ("an unknown key", "shelf.toml:2: unknown key foo", 'host = "pi1"\nfoo = 1\n' + node),
            ("a link to nobody", "pi9", 'host = "pi1"\n' + node + '[[link]]\nbetween = ["pi1", "pi9"]\nmbit = 10\n'),
            ("a shelf of no nodes", "there are no nodes", 'host = "pi1"\n'),
            ("a host that is not there", "host names pi7", 'host = "pi7"\n' + node),
            ("no figure", "gmacs must be a positive number", 'host = "pi1"\n' + node.replace("6", "nan")),
            ("an infinite one", "gmacs must be a positive number", 'host = "pi1"\n' + node.replace("6", "inf"))]:
        shelf.write_text(text)
        refused(what, 1, says, model, "--cluster", shelf)
