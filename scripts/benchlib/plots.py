"""The drawings of docs/results.md, each from the results of a bench; nothing where these do not have what it shows."""
from benchlib import rows
from benchlib.svg import COLOURS, GREY, HEIGHT, BOTTOM, TOP, Chart

BRAMBLE, SEED, SLOW, HALF = COLOURS[0], COLOURS[1], COLOURS[2], COLOURS[3]
PREDICTED, IDEAL = "6,4", "2,3"


def entries_of(found, model):
    return [entry for entry in found["rows"] if entry["model"] == model and "error" not in entry]


def equal(entry):
    return entry["shelf"] in rows.SHELVES and len(set(entry["speeds"])) == 1


def tip(entry, method):
    measured = entry["methods"][method]
    return f"{measured['median_ms']:.0f} ms, predicted {measured['predicted_ms']:.0f} ms, {measured['bytes'] / 1e6:.1f} MB"


def predicted_speedup(entry, method):
    """Of predicted times alone."""
    return entry["methods"]["one"]["predicted_ms"] / entry["methods"][method]["predicted_ms"]


def series(entries, place, method):
    """Measured and predicted speed-ups over `place`, ascending: ([(x, y, tip)], [(x, y)])."""
    entries = sorted(entries, key=place)
    return ([(place(e), e["methods"][method]["speedup"], tip(e, method)) for e in entries],
            [(place(e), predicted_speedup(e, method)) for e in entries])


def emulated(found):
    return f"emulated devices ({found['emulation']})"


def most(curves, ideal):
    return max([ideal] + [point[1] for _, _, measured, predicted in curves for point in measured + predicted])


def draw(chart, curves):
    for name, colour, measured, predicted in curves:
        chart.curve(measured, name, colour)
        if predicted:
            chart.curve(predicted, "predicted", colour, PREDICTED, dots=False, width=1.4)


def over_nodes(found, model):
    def place(entry):
        return entry["nodes"]

    entries = [entry for entry in entries_of(found, model) if equal(entry)]
    fast = [e for e in entries if e["rate_mbit"] == rows.RATES[0] and e["wire"] == "fp32"]
    slow = [e for e in entries if e["rate_mbit"] == 100 and e["wire"] == "fp16"]
    if len(fast) < 3:
        return None
    start = [(1, 1)]
    curves = []
    for name, colour, group, method in ((f"{rows.RATES[0]} Mbit/s", BRAMBLE, fast, "bramble"),
                                        ("100 Mbit/s, fp16", SLOW, slow, "bramble"),
                                        (f"seed scheme, {rows.RATES[0]}", SEED, fast, "seed")):
        if len(group) >= 2:
            measured, predicted = series(group, place, method)
            curves.append((name, colour, start + measured, start + predicted if method == "bramble" else []))
    last = max(entry["nodes"] for entry in fast)
    chart = Chart(f"{model}: speed-up over devices, measured",
                  f"{emulated(found)}, equal; against one of them in the same run", "devices",
                  "speed-up over one device", (1, last), most(curves, last))
    chart.curve([(1, 1), (last, last)], "ideal", GREY, IDEAL, dots=False, width=1.4)
    draw(chart, curves)
    chart.x_axis(sorted({1} | {entry["nodes"] for entry in fast}))
    return chart.finish()


def over_bandwidth(found, model, shelf="4"):
    def place(entry):
        return entry["rate_mbit"]

    entries = [entry for entry in entries_of(found, model) if entry["shelf"] == shelf]
    fp32 = [e for e in entries if e["wire"] == "fp32"]
    fp16 = [e for e in entries if e["wire"] == "fp16"]
    if len(fp32) < 3:
        return None
    curves = []
    for name, colour, group, method in (("Bramble", BRAMBLE, fp32, "bramble"), ("Bramble, fp16", HALF, fp16, "bramble"),
                                        ("seed scheme", SEED, fp32, "seed")):
        if len(group) >= 2:
            measured, predicted = series(group, place, method)
            curves.append((name, colour, measured, predicted if method == "bramble" else []))
    ideal = fp32[0]["ideal_speedup"]
    rates = sorted({entry["rate_mbit"] for entry in fp32})
    chart = Chart(f"{model}: speed-up of {shelf} devices over bandwidth, measured",
                  f"{emulated(found)}; against one of them in the same run", "Mbit/s of each network card",
                  "speed-up over one device", (rates[0], rates[-1]), most(curves, ideal), log=True)
    chart.curve([(rates[0], ideal), (rates[-1], ideal)], "ideal", GREY, IDEAL, dots=False, width=1.4)
    draw(chart, curves)
    chart.x_axis(rates)
    return chart.finish()


def moved(chart, event, level):
    """A change: a line across the chart, its name above."""
    x = chart.x(event["at"])
    chart.drawing.line(x, TOP - 4, x, HEIGHT - BOTTOM, "#555", 1, "3,3")
    chart.drawing.text(x + 4, TOP + 8 + 16 * level, event["text"], 11, colour="#555")


def over_time(found):
    if "timeline" not in found:
        return None
    timeline = found["timeline"]
    points = [(s["ended_s"], s["latency_ms"], f"{s['latency_ms']:.0f} ms, plan {s['epoch']}") for s in timeline["samples"]]
    end = points[-1][0]
    chart = Chart(f"{timeline['model']}: latency over time, measured",
                  f"{timeline['nodes']} emulated devices ({timeline['emulation']}) at "
                  f"{timeline['rate_mbit']:g} Mbit/s; one request after the other", "seconds",
                  "latency in ms", (0, end), 1.15 * max(point[1] for point in points))
    chart.curve(points, "a request", BRAMBLE, width=1.2)
    chart.legend("fresh start", SEED, PREDICTED, dot=False, width=1.8)
    judged = timeline["judged"]
    for i, event in enumerate(judged):
        moved(chart, event, i % 2)
    states = [(0, timeline["fresh_ms"].get("whole"))] + [(event["at"], event["fresh_ms"]) for event in judged]
    for (since, fresh), until in zip(states, [since for since, _ in states[1:]] + [end]):
        if fresh:
            chart.drawing.line(chart.x(since), chart.y(fresh), chart.x(until), chart.y(fresh), SEED, 1.8, PREDICTED)
    step = 10 if end <= 200 else 50
    chart.x_axis(range(0, int(end) + 1, step))
    return chart.finish()


def over_load(part):
    """Median response over the offered load; a scheme that cannot keep up ends where it does not."""
    names = [scheme["what"] for scheme in part["points"][0]["schemes"]]
    curves = {name: [] for name in names}
    for point in part["points"]:
        for scheme in point["schemes"]:
            if not scheme["beyond"]:
                curves[scheme["what"]].append((100 * point["share"], scheme["p50_ms"],
                                               f"{scheme['p50_ms']:.0f} ms, p95 {scheme['p95_ms']:.0f} ms"))
    most = max((y for points in curves.values() for _, y, _ in points), default=0)
    if not most:
        return None
    shares = [100 * point["share"] for point in part["points"]]
    chart = Chart(f"{part['model']}: response over load, measured",
                  f"{part['name']}, emulated devices ({part['emulation']}); median of {part['seconds']} s", "% of the most",
                  "response in ms", (shares[0], shares[-1]), most)
    for colour, name in zip([GREY, SEED, SLOW, HALF, BRAMBLE], names):
        chart.curve(curves[name], name, colour)
    chart.x_axis([round(share) for share in shares])
    return chart.finish()


def over_swing(part):
    points = [(s["ended_s"], s["latency_ms"], f"{s['latency_ms']:.0f} ms, plan {s['epoch']}") for s in part["samples"]]
    end = points[-1][0]
    chart = Chart(f"{part['model']}: a load that swings, measured",
                  f"{part['nodes']} emulated devices ({part['emulation']}) at {part['rate_mbit']:g} Mbit/s", "seconds",
                  "latency in ms, without waiting for its turn", (0, end), 1.15 * max(point[1] for point in points))
    for epoch, colour in zip(sorted({s["epoch"] for s in part["samples"]}), [BRAMBLE, SEED, SLOW, HALF] * 8):
        for sample, point in zip(part["samples"], points):
            if sample["epoch"] == epoch:
                chart.drawing.circle(chart.x(point[0]), chart.y(point[1]), 3.0, colour, point[2])
    for i, event in enumerate(part["events"]):
        moved(chart, event, i % 2)
    chart.x_axis(range(0, int(end) + 1, 10 if end <= 200 else 50))
    return chart.finish()
