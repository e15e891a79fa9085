#!/usr/bin/env python3
"""scripts/bench without a shelf: which rows, how a dilated shelf's figures come back, tables, page and drawings."""
import json
import pathlib
import re
import tempfile
import tomllib
import xml.etree.ElementTree

from bench_kit import answer, bench
from benchlib import devices, emulation, owner, page, plots, results, rows, stream, svg, table, timeline, watch
from benchlib.progress import Progress
from benchlib.rows import Row
from shelf import REPO, expect

PI4 = emulation.chosen("pi4-pytorch", None)
SVG = "{http://www.w3.org/2000/svg}"


def near(a, b):
    return abs(a - b) < 1e-9 * max(abs(a), abs(b), 1)


def entry(row, factor=1, **more):
    return {**results.complete(results.head(row, PI4, factor), answer(factor), factor), "date": "2026-01-02 03:04",
            "commit": "abc", **more}


def check_rows():
    full, subset = rows.full(), rows.subset()
    expect("no row twice", len(set(full)) == len(full) and len(set(subset)) == len(subset), len(full))
    expect("the subset is part of the whole", set(subset) <= set(full), set(subset) - set(full))
    kinds = {(row.model, row.shelf, row.rate_mbit) for row in full if not row.real}
    expect("every model, shelf and rate", len(kinds) == 6 * 6 * 4, len(kinds))
    expect("fp16 on slow links only", {r.rate_mbit for r in full if r.wire == "fp16"} == {50, 100}, full)
    for shelf, rate, ratio in (("4", 940, 51), ("4", 100, 480), ("1/1/.5/.5", 100, 360)):
        found = rows.mac_per_byte(Row("m", shelf, rate), 6)
        expect(f"{ratio} MAC per byte", round(found) == ratio, found)
    expect("ideal of unequal nodes", rows.ideal(Row("m", "1/.75/.5/.25", 940)) == 2.5, None)
    groups = rows.sessions(full, lambda row: 1)
    expect("a shelf per shelf and rate, eight nodes one for each model", len(groups) == (5 + 6) * 4 + 1, len(groups))
    expect("every row is on one", sum(len(group) for *_, group in groups) == len(full), groups)


def check_dilation():
    def factor(shelf, rate, pace=6, cores=2):
        return rows.dilation(Row("m", shelf, rate), pace, 84, cores)

    expect("four nodes fit", factor("4", 940) == 1, factor("4", 940))
    expect("faster devices do not", factor("8", 940, 30) > factor("8", 940, 15) > 1, factor("8", 940, 30))
    expect("more cores carry more", factor("8", 940, 30, 64) == 1, factor("8", 940, 30, 64))
    expect("a slow network needs less", factor("8", 50, 15) <= factor("8", 940, 15), None)
    expect("no emulation, no dilation", rows.dilation(Row("m", rows.CORES, 1000), 600, 84, 1) == 1, None)
    plain, slowed = entry(Row("m", "8", 940)), entry(Row("m", "8", 940), 4)
    for name, method in plain["methods"].items():
        changed = [key for key, value in method.items() if not near(value, slowed["methods"][name][key])]
        expect(f"{name}: a dilated shelf's figures are those of the shelf", not changed, changed)
    links = slowed["links"]
    expect("rates are multiplied", (links["least_mbit"], links["median_mbit"], links["most_mbit"]) == (900, 920, 940), links)
    expect("round trips are divided", near(links["rtt_ms"], .3 / 4), links)
    expect("the factor is in the file", slowed["dilation"] == 4 and plain["dilation"] == 1, slowed)


def check_entries():
    found = entry(Row("m", "4", 940))
    ours = found["methods"]["bramble"]
    expect("over the seed scheme", near(found["over_seed"], 1400 / 600), found["over_seed"])
    expect("plans replaced on the way", ours["replans"] == 1, ours)
    expect("nodes that work", ours["nodes"] == 1, ours)
    expect("other bits are seen", not ours["identical"] and found["methods"]["seed"]["identical"], found)
    failed = results.complete({"model": "m"}, {"error": "Why."}, 1)
    expect("a failure keeps its reason", failed == {"model": "m", "error": "Why."}, failed)


def check_figures():
    expect("median of even numbers", rows.median([4, 1, 3, 2]) == 2.5 and rows.median([5, 1, 3]) == 3, None)
    expect("busiest half second", near(watch.busiest([(0, 0, 0), (1, .5, 1), (2, 2.5, 4), (3, 3, 5)], 1, 4), .5), None)
    expect("what others used", near(watch.others([(0, 0, 0), (1, .5, 1), (2, 2.5, 4), (4, 3, 7)], 2), .5), None)
    expect("too short to tell", watch.busiest([(0, 0, 0)], 5, 2) == 0 == watch.others([(0, 0, 0)], 2), None)
    own = watch.used_s([0])
    expect("a process that is gone used nothing", own == 0, own)
    # Two clients with an answer a second; what only one of them was there for does not count.
    expect("requests a second", near(stream.per_second([[0, 1000, 2000, 3000], [1500, 2500, 3500]]), 2), None)

    def sample(at, ms, attempts=1):
        return {"ended_s": at, "latency_ms": ms, "attempts": attempts, "epoch": 1}

    samples = [sample(*each) for each in ((1, 100), (2, 100), (3, 900, 2), (4, 300), (5, 104), (6, 200), (7, 103), (8, 103))]
    expect("settled at the third request", timeline.settled(samples[2:], 100) == 2, timeline.settled(samples[2:], 100))
    lucky = [sample(1, 100), sample(2, 300), sample(3, 300)]
    expect("one fast request is no state", timeline.settled(lucky, 100) is None, None)
    expect("never settled", timeline.settled(samples[2:], 50) is None, None)
    judged = timeline.judge({"samples": samples, "events": [{"at": 2.2, "text": "x", "fresh": "x"}]}, {"x": 100})[0]
    figures = [judged[key] for key in ("before_ms", "worst_ms", "repeated", "settled_requests")]
    expect("an event's figures", figures == [100, 900, 1, 1], judged)
    expect("from the event to the request that is fast again", near(judged["settled_s"], 5 - .104 - 2.2), judged)
    shelves = timeline.fresh_shelves({"nodes": 4, "rate_mbit": 940})
    expect("a fresh start on a slow node", shelves["pace"] == ([1, 1, .5, 1], [940] * 4), shelves)
    expect("a fresh start on a slow link", shelves["rate"] == ([1] * 4, [940, 94, 940, 940]), shelves)
    expect("a fresh start without a node", shelves["kill"] == ([1] * 3, [940] * 3), shelves)
    progress = Progress([10, 10, 20])
    progress.done[0] = 20  # twice what was thought
    expect("time left", near(progress.left_s(), 60), progress.left_s())


def check_devices():
    for device in ("pi3b+", "pi4-pytorch", "pi4-ncnn", "pi5-pytorch"):
        described = emulation.description(device)
        expect(f"{device} can be written again", tomllib.loads(devices.written(described)) == described, described)
        texts = [devices.written(each) for _, each in devices.variants(device)]
        expect(f"the variants of {device} differ", len(set(texts)) == len(texts) == 9, texts)
    low, high = (each["memory"]["gb_per_s"] for _, each in devices.variants("pi4-pytorch")[1:3])
    expect("both ends of what is likely", (low, high) == (3.5, 5.5), (low, high))
    known = (REPO / "scripts" / "modellib" / "shapes.py").read_text(encoding="utf-8")
    for device, times in devices.PUBLISHED.items():
        missing = [name for name in times if device != "source" and f'"{name}"' not in known]
        expect(f"the models published for {device} can be made", not missing, missing)
    expect("a shelf of four", devices.shelf("pi3b+", 4, 100).count('device = "pi3b+"') == 4, None)
    paced = emulation.chosen("pi4-pytorch", 3.0)
    expect("a pace instead", paced.options(2) == ["--pace", "1.5"] and paced.text == "3 GMAC/s", paced)
    expect("a slowed device", PI4.options(4) == ["--device", "pi4-pytorch@0.25"], PI4)


def check_owner(folder):
    kind = {"ops": 10, "macs": 6.5e9, "weight_bytes": 1e6, "ms": 1100}
    none = {"ops": 0, "macs": 0, "weight_bytes": 0, "ms": 0}
    host = {"board": "Raspberry Pi 4", "device": "", "threads": 4, "memory_mb": 3792, "throttled": None}
    one = {"median_ms": 1200, "predicted_ms": 1150, "nodes": 1, "speedup": 1}
    report = {"bramble_report": 1, "model": "m", "nodes": [host], "links": [{"mbit": 900}, {"mbit": 920}],
              "host_kinds": {"dense_3x3": kind, "dense": none, "depthwise": none, "other": {**none, "ops": 5, "ms": 3}},
              "methods": {"one": one, "bramble": {**one, "median_ms": 400, "predicted_ms": 380, "nodes": 4, "speedup": 3}}}
    file = folder / "pi.json"
    file.write_text(json.dumps(report), encoding="utf-8")
    lines = owner.lines(owner.load(file), emulation.description("pi4-pytorch"))
    expect("measured beside described, by kind", lines[0][1:] == ["1100 (5.91 GMAC/s)", "1001", "110 %"], lines)
    expect("links beside the card", lines[2][1:3] == ["910", "940"], lines)
    expect("the whole model", lines[-1] == ["one node, ms", "1200", "1002", "120 %"], lines)
    done = bench("--import", file)
    expect("--import compares", done.returncode == 0 and "Raspberry Pi 4" in done.stdout and "3.00x" in done.stdout, done)
    file.write_text("{}", encoding="utf-8")
    done = bench("--import", file)
    expect("no report", done.returncode == 1 and "is no report" in done.stderr, done)


def canned():
    """A file as a bench leaves it, a failed row included."""
    wanted = [Row("inception_v4", shelf, rate, wire)
              for shelf in ("2", "4", "8") for rate in rows.RATES for wire in rows.wires(rate)]
    found = {"version": results.VERSION, "emulation": "pi4-pytorch", "machine": {**results.machine(), "core_gmacs": 84},
             "rows": [entry(row, 2 if row.shelf == "8" else 1) for row in wanted]}
    failed = results.complete(results.head(Row("vgg16", "4", 940), PI4, 1), {"error": "No <memory> & no disk."}, 1)
    found["rows"] += [{**failed, "date": "2026-01-02 03:05", "commit": "abc"},
                      entry(Row("inception_v4", rows.CORES, rows.CORES_RATE), cpu_share=.9)]
    stamp = {"model": "inception_v4", "nodes": 4, "rate_mbit": 940, "emulation": "pi4-pytorch", "date": "2026-01-03 03:04",
             "commit": "abd"}
    told = {"samples": [{"ended_s": .6 * i, "latency_ms": 600 + i, "attempts": 1, "epoch": 1} for i in range(80)],
            "events": [{"at": 10.2, "text": "pi3 at half its speed", "fresh": "pace"},
                       {"at": 30, "text": "pi4 killed", "fresh": "kill"}], "skipped": []}
    fresh = {"pace": 640}
    found["timeline"] = {**stamp, **told, "fresh_ms": fresh, "judged": timeline.judge(told, fresh)}
    found["devices"] = {
        "date": "2026-01-03 03:05", "commit": "abd",
        "published": [{"device": "pi4-ncnn", "model": "resnet50", "gmac": 4.09, "their_gmac": 3.86, "published_ms": 262.8,
                       "described_ms": 345, "error": .31, "source": "somebody"}],
        "sensitivity": {"model": "inception_v4", "device": "pi4-pytorch", "shelves": [[4, 940, "fp32"]],
                        "rows": [{"what": "memory 3.5 GB/s", "one_ms": 1946, "speedups": [3.4]}]}}
    way = {"what": "one node", "clients": 1, "hosts": 1, "method": "one", "per_s": .5, "median_ms": 2000, "answers": 9,
           "repeated": 0, "of_one": 1}
    found["stream"] = {**stamp, "ways": [way]}
    return found


def check_page(found, folder):
    file = folder / "canned.json"
    results.save(file, found)
    expect("a file comes back as it was", results.load(file) == json.loads(json.dumps(found)), file)
    page.write(results.load(file), folder)
    text = (folder / "results.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [line.count("|") for line in lines if "inception_v4" in line or "vgg16" in line]
    expect("all rows are in the table", len(cells) == len(found["rows"]) and set(cells) == {len(table.HEADINGS) + 1}, cells)
    for word in ("emulated", "`pi4-pytorch`", results.machine()["processor"], "2026-01-02 to 2026-01-03", "abc, abd", "84 GMAC/s",
                 "| 55 |", "| 2x |", "No <memory> & no disk.", "90 %!", "3.33x", "pi4 killed",
                 "Sources: somebody.", "| pi4-ncnn | resnet50 | 4.09 (3.86) | 263 | 345 | +31 % |", "| 3.40x |"):
        expect(f"the page says {word}", word in text, text)
    drawings = sorted((folder / "images").glob("*.svg"))
    names = [drawing.stem for drawing in drawings]
    expect("three drawings", names == ["bench-inception_v4-bandwidth", "bench-inception_v4-nodes", "bench-timeline"], names)
    for drawing in drawings:
        root = xml.etree.ElementTree.parse(drawing).getroot()
        points = [float(number) for line in root.iter(SVG + "polyline") for number in re.split("[, ]", line.get("points"))]
        expect(f"{drawing.name} is a drawing with curves inside it", root.tag == SVG + "svg" and points and min(points) >= 0
               and max(points) <= svg.WIDTH, points)
        expect(f"{drawing.name} is shown", f"images/{drawing.name}" in text, text)
    for part, word in (("stream", "one node"), ("devices", "memory 3.5 GB/s"), ("timeline", "pi4 killed"),
                       ("rows", "failed: vgg16, 4 nodes, 940 Mbit/s, fp32: No <memory> & no disk.\n")):
        plain = table.text(found, part)
        expect(f"the {part} for a terminal", word in plain, plain)
    expect("too few rows draw nothing", plots.over_nodes({**found, "rows": found["rows"][:2]}, "inception_v4") is None, None)


def check_command():
    done = bench("--list", "--only", "8,100")
    expect("--list names rows", done.returncode == 0 and done.stdout == "inception_v4, 8 nodes, 100 Mbit/s, fp16\n", done)
    done = bench("--only", "nonsense")
    expect("rows that are none", done.returncode == 1 and "no row has all of nonsense" in done.stderr, done)
    expect("no runs", bench("--runs", "0").returncode == 2, None)


check_rows()
check_dilation()
check_entries()
check_figures()
check_devices()
with tempfile.TemporaryDirectory() as name:
    check_page(canned(), pathlib.Path(name))
    check_owner(pathlib.Path(name))
check_command()
