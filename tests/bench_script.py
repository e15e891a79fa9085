#!/usr/bin/env python3
"""scripts/bench without a shelf: which rows, how a dilated shelf's figures come back, tables, page and drawings."""
import json
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

REPO = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPO / "scripts"))

from benchlib import page, plots, results, rows, stream, svg, table, timeline, watch  # noqa: E402
from benchlib.progress import Progress  # noqa: E402
from benchlib.rows import Row  # noqa: E402
from shelf import expect  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}svg"


def near(a, b):
    return abs(a - b) < 1e-9 * max(abs(a), abs(b), 1)


def measured(median_ms, predicted_ms, sha, factor):
    """A method as `bramble bench --json` prints it of a shelf that is slowed down by `factor`."""
    return {"median_ms": median_ms * factor, "p10_ms": median_ms * factor * .9, "p90_ms": median_ms * factor * 1.1,
            "predicted_ms": predicted_ms * factor, "measured_over_predicted": median_ms / predicted_ms,
            "lower_bound_ms": predicted_ms * factor * .8, "speedup": 2000 / median_ms, "bytes": 14_000_000,
            "output_sha256": sha, "max_rel_diff": 0, "samples": [{"epoch": 1}, {"epoch": 1}, {"epoch": 3}],
            "plan": {"gap": .25, "plan_ms": 40, "nodes": [{"in": True}, {"in": False}]}}


def answer(factor=1):
    """What a shelf that is slowed down by `factor` answers."""
    links = [{"to": "pi2", "mbit": rate / factor, "rtt_ms": .3} for rate in (900, 940, 0)]
    return {"status": {"nodes": [{"links": links}]}, "cpu_share": .3, "others_share": .05,
            "bench": {"macs": 12e9, "runs": 3,
                      "methods": {"one": measured(2000, 2000, "a", factor), "seed": measured(1400, 1000, "a", factor),
                                  "bramble": measured(600, 500, "b", factor)}}}


def entry(row, factor=1, **more):
    return {**results.complete(results.head(row, 6, factor), answer(factor), factor), "date": "2026-01-02 03:04", "commit": "abc", **more}


def check_rows():
    full, subset = rows.full(), rows.subset()
    expect("no row twice", len(set(full)) == len(full) and len(set(subset)) == len(subset), len(full))
    expect("the subset is part of the whole", set(subset) <= set(full), set(subset) - set(full))
    expect("every model, shelf and rate", len({(r.model, r.shelf, r.rate_mbit) for r in full if not r.real}) == 6 * 6 * 4, len(full))
    expect("fp16 on slow links only", {r.rate_mbit for r in full if r.wire == "fp16"} == {50, 100}, full)
    expect("51 MAC per byte", round(rows.mac_per_byte(Row("m", "4", 940), 6)) == 51, rows.mac_per_byte(Row("m", "4", 940), 6))
    expect("480 MAC per byte", round(rows.mac_per_byte(Row("m", "4", 100), 6)) == 480, rows.mac_per_byte(Row("m", "4", 100), 6))
    expect("half as fast on average, half the MAC per byte", near(rows.mac_per_byte(Row("m", "1/1/.5/.5", 100), 6), 360), None)
    expect("ideal of unequal nodes", rows.ideal(Row("m", "1/.75/.5/.25", 940)) == 2.5, None)
    groups = rows.sessions(full, lambda row: 1)
    expect("one shelf per shelf and rate", len(groups) == 6 * 4 + 1 and sum(len(g) for *_, g in groups) == len(full), len(groups))


def check_dilation():
    def factor(shelf, rate, pace=6, cores=2):
        return rows.dilation(Row("m", shelf, rate), pace, 84, cores)

    expect("four nodes fit", factor("4", 940) == 1, factor("4", 940))
    expect("faster devices do not", factor("8", 940, 30) > factor("8", 940, 15) > 1, (factor("8", 940, 30), factor("8", 940, 15)))
    expect("more cores carry more", factor("8", 940, 30, 64) == 1, factor("8", 940, 30, 64))
    expect("a slow network needs less", factor("8", 50, 15) <= factor("8", 940, 15), None)
    expect("no emulation, no dilation", rows.dilation(Row("m", rows.CORES, 1000), 600, 84, 1) == 1, None)
    plain, slowed = entry(Row("m", "8", 940)), entry(Row("m", "8", 940), 4)
    for name, method in plain["methods"].items():
        changed = [key for key, value in method.items() if not near(value, slowed["methods"][name][key])]
        expect(f"{name}: a dilated shelf's figures are those of the shelf", not changed, changed)
    expect("rates are multiplied", slowed["links"]["median_mbit"] == 920 and slowed["links"]["least_mbit"] == 900, slowed["links"])
    expect("round trips are divided", near(slowed["links"]["rtt_ms"], .3 / 4), slowed["links"])
    expect("the factor is in the file", slowed["dilation"] == 4 and plain["dilation"] == 1, slowed)


def check_entries():
    found = entry(Row("m", "4", 940))
    ours = found["methods"]["bramble"]
    expect("over the seed scheme", near(found["over_seed"], 1400 / 600), found["over_seed"])
    expect("plans replaced on the way", ours["replans"] == 1, ours)
    expect("nodes that work", ours["nodes"] == 1, ours)
    expect("other bits are seen", not ours["identical"] and found["methods"]["seed"]["identical"], found)
    expect("a failure keeps its reason", results.complete({"model": "m"}, {"error": "Why."}, 1) == {"model": "m", "error": "Why."}, None)


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

    samples = [sample(1, 100), sample(2, 100), sample(3, 900, 2), sample(4, 300), sample(5, 104), sample(6, 200), sample(7, 103), sample(8, 103)]
    expect("settled at the third request", timeline.settled(samples[2:], 100) == 2, timeline.settled(samples[2:], 100))
    expect("one fast request is no state", timeline.settled([sample(1, 100), sample(2, 300), sample(3, 300)], 100) is None, None)
    expect("never settled", timeline.settled(samples[2:], 50) is None, None)
    judged = timeline.judge({"samples": samples, "events": [{"at": 2.2, "text": "x", "fresh": "x"}]}, {"x": 100})[0]
    expect("an event's figures", (judged["before_ms"], judged["worst_ms"], judged["repeated"], judged["settled_requests"]) == (100, 900, 1, 1), judged)
    expect("from the event to the request that is fast again", near(judged["settled_s"], 5 - .104 - 2.2), judged)
    shelves = timeline.fresh_shelves({"nodes": 4, "rate_mbit": 940})
    expect("fresh starts", shelves["pace"] == ([1, 1, .5, 1], [940] * 4) and shelves["rate"] == ([1] * 4, [940, 94, 940, 940])
           and shelves["kill"] == ([1] * 3, [940] * 3), shelves)
    progress = Progress([10, 10, 20])
    progress.done[0] = 20  # twice what was thought
    expect("time left", near(progress.left_s(), 60), progress.left_s())


def canned():
    """A file as a bench leaves it, a failed row included."""
    wanted = [Row("inception_v4", shelf, rate, wire) for shelf in ("2", "4", "8") for rate in rows.RATES for wire in rows.wires(rate)]
    found = {"version": results.VERSION, "pace_gmacs": 6, "machine": {**results.machine(), "core_gmacs": 84},
             "rows": [entry(row, 2 if row.shelf == "8" else 1) for row in wanted]}
    found["rows"] += [{**results.head(Row("vgg16", "4", 940), 6, 1), "date": "2026-01-02 03:05", "commit": "abc", "error": "No <memory> & no disk."},
                      entry(Row("inception_v4", rows.CORES, rows.CORES_RATE), cpu_share=.9)]
    stamp = {"model": "inception_v4", "nodes": 4, "rate_mbit": 940, "pace_gmacs": 6, "date": "2026-01-03 03:04", "commit": "abd"}
    events = [{"at": 10.2, "text": "pi3 at half its speed", "fresh": "pace"}, {"at": 30, "text": "pi4 killed", "fresh": "kill"}]
    told = {"samples": [{"ended_s": .6 * i, "latency_ms": 600 + i, "attempts": 1, "epoch": 1} for i in range(80)], "events": events, "skipped": []}
    fresh = {"pace": 640}
    found["timeline"] = {**stamp, **told, "fresh_ms": fresh, "judged": timeline.judge(told, fresh)}
    found["stream"] = {**stamp, "ways": [{"what": "one node", "clients": 1, "hosts": 1, "method": "one", "per_s": .5, "median_ms": 2000,
                                          "answers": 9, "repeated": 0, "of_one": 1}]}
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
    for word in ("emulated", results.machine()["processor"], "2026-01-02 to 2026-01-03", "abc, abd", "84 GMAC/s", "| 51 |", "| 2x |",
                 "No <memory> & no disk.", "90 %!", "3.33x", "pi4 killed"):
        expect(f"the page says {word}", word in text, text)
    drawings = sorted((folder / "images").glob("*.svg"))
    names = [drawing.name for drawing in drawings]
    expect("three drawings", names == ["bench-inception_v4-bandwidth.svg", "bench-inception_v4-nodes.svg", "bench-timeline.svg"], names)
    for drawing in drawings:
        root = xml.etree.ElementTree.parse(drawing).getroot()
        points = [float(number) for line in root.iter("{http://www.w3.org/2000/svg}polyline") for number in line.get("points").replace(",", " ").split()]
        expect(f"{drawing.name} is a drawing with curves inside it", root.tag == SVG and points and min(points) >= 0
               and max(points) <= svg.WIDTH, points)
        expect(f"{drawing.name} is shown", f"images/{drawing.name}" in text, text)
    expect("stream and timeline for a terminal", "one node" in table.text(found, "stream") and "pi4 killed" in table.text(found, "timeline"), None)
    plain = table.text(found)
    expect("the table for a terminal has the failure's reason", "failed: vgg16, 4 nodes, 940 Mbit/s, fp32: No <memory>" in plain, plain)
    expect("too few rows draw nothing", plots.over_nodes({**found, "rows": found["rows"][:2]}, "inception_v4") is None, None)


def check_command():
    def bench(*arguments):
        return subprocess.run([REPO / "scripts" / "bench", *arguments], capture_output=True, text=True, timeout=60, check=False)

    done = bench("--list", "--only", "8,100")
    expect("--list names rows", done.returncode == 0 and done.stdout == "inception_v4, 8 nodes, 100 Mbit/s, fp16\n", done)
    done = bench("--only", "nonsense")
    expect("rows that are none", done.returncode == 1 and "no row has all of nonsense" in done.stderr, done)
    expect("no runs", bench("--runs", "0").returncode == 2, None)


check_rows()
check_dilation()
check_entries()
check_figures()
with tempfile.TemporaryDirectory() as name:
    check_page(canned(), pathlib.Path(name))
check_command()
