"""The rows of a bench, the stream and the timeline as tables: for a terminal, or as Markdown."""
from benchlib import results, rows

HEADINGS = ["model", "shelf", "Mbit/s", "MAC/B", "wire", "slowed", "one ms", "seed ms", "Bramble ms", "predicted",
            "of it", "speed-up", "of", "over seed", "MB", "bound ms", "gap", "busy", "overrun"]
LEFT = 2  # columns of words


def ms(value):
    return f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def percent(value):
    return f"{100 * value:.0f} %"


def cells(entry):
    row = results.row_of(entry)
    bytes_per = entry["mac_per_byte"]
    start = [row.model, row.shelf, f"{row.rate_mbit:g}", f"{bytes_per:.0f}" if bytes_per else "-", row.wire,
             f"{entry['dilation']}x"]
    if "error" in entry:
        return start + ["failed"] + ["-"] * (len(HEADINGS) - len(start) - 1)
    one, seed, ours = (entry["methods"][name] for name in ("one", "seed", "bramble"))
    crowded = "!" if entry["cpu_share"] > rows.CPU_LIMIT else ""
    return start + [ms(one["median_ms"]), ms(seed["median_ms"]), ms(ours["median_ms"]), ms(ours["predicted_ms"]),
                    percent(ours["measured_over_predicted"]), f"{ours['speedup']:.2f}x", f"{entry['ideal_speedup']:g}x",
                    f"{entry['over_seed']:.2f}x", f"{ours['bytes'] / 1e6:.1f}", ms(ours["lower_bound_ms"]),
                    percent(ours["gap"]), percent(entry["cpu_share"]) + crowded, f"{100 * entry['overrun']:.1f} %"]


def ordered(entries):
    """As the full bench goes through them."""
    shelves, places = [*rows.SHELVES, rows.CORES], {row: i for i, row in enumerate(rows.full())}
    return sorted(entries, key=lambda entry: places.get(results.row_of(entry), len(shelves) * len(places)))


def plain(headings, lines, left=LEFT):
    widths = [max(map(len, column)) for column in zip(headings, *lines)]

    def padded(line):
        return [cell.ljust(width) if i < left else cell.rjust(width) for i, (cell, width) in enumerate(zip(line, widths))]

    return "".join("  ".join(padded(line)).rstrip() + "\n" for line in (headings, *lines))


def markdown(headings, lines, left=LEFT):
    rule = ["---"] * left + ["---:"] * (len(headings) - left)
    return "".join("| " + " | ".join(line) + " |\n" for line in (headings, rule, *lines))


STREAM_HEADINGS = ["stream", "clients", "requests/s", "of one node", "latency ms"]


def stream_lines(stream):
    return [[way["what"], str(way["clients"]), f"{way['per_s']:.2f}", f"{way['of_one']:.2f}x", ms(way["median_ms"])]
            for way in stream["ways"]]


LOAD_HEADINGS = ["offered", "a second", "scheme", "answers/s", "p50 ms", "p95 ms", "refused"]


def load_lines(part):
    lines = []
    for point in part["points"]:
        for scheme in point["schemes"]:
            start = [percent(point["share"]), f"{point['offered']:.2f}", scheme["what"]]
            if scheme.get("skipped"):
                lines.append(start + ["cannot keep up", "-", "-", "-"])
            else:
                grows = " (grows)" if scheme["beyond"] else ""
                lines.append(start + [f"{scheme['per_s']:.2f}", ms(scheme["p50_ms"]) + grows, ms(scheme["p95_ms"]),
                                      str(scheme["refused"])])
    return lines


TIMELINE_HEADINGS = ["change", "at s", "before ms", "worst ms", "after ms", "fresh start ms", "there after", "requests",
                     "repeated"]


def timeline_lines(timeline):
    def maybe(value, form):
        return "-" if value is None else form(value)

    return [[event["text"], f"{event['at']:.0f}", ms(event["before_ms"]), maybe(event["worst_ms"], ms),
             maybe(event["after_ms"], ms), maybe(event["fresh_ms"], ms), maybe(event["settled_s"], lambda s: f"{s:.1f} s"),
             maybe(event["settled_requests"], str), str(event["repeated"])] for event in timeline["judged"]]


PUBLISHED_HEADINGS = ["device", "model", "GMAC", "published ms", "described ms", "error"]


def published_lines(devices):
    return [[row["device"], row["model"], f"{row['gmac']:.2f}" + (f" ({row['their_gmac']:g})" if row["their_gmac"] else ""),
             ms(row["published_ms"]), ms(row["described_ms"]), f"{100 * row['error']:+.0f} %"] for row in devices["published"]]


def sensitivity_headings(found):
    return ["if", "one ms"] + [f"{nodes} nodes, {rate:g} Mbit/s, {wire}" for nodes, rate, wire in found["shelves"]]


def sensitivity_lines(found):
    return [[row["what"], ms(row["one_ms"]), *(f"{speedup:.2f}x" for speedup in row["speedups"])] for row in found["rows"]]


def failures(found):
    return "".join(f"failed: {results.row_of(entry).text}: {entry['error']}\n"
                   for entry in found["rows"] if "error" in entry)


def text(found, part="rows"):
    """The rows, the stream or the timeline, for a terminal."""
    if part == "stream":
        return plain(STREAM_HEADINGS, stream_lines(found["stream"]), 1)
    if part == "load":
        return "\n".join(f"{each['name']}, {each['seconds']} s each\n" + plain(LOAD_HEADINGS, load_lines(each), 3)
                         for each in found["load"]["shelves"])
    if part == "timeline":
        skipped = "".join(f"not shown: {reason}\n" for reason in found["timeline"]["skipped"])
        return plain(TIMELINE_HEADINGS, timeline_lines(found["timeline"]), 1) + skipped
    if part == "devices":
        devices = found["devices"]
        return (plain(PUBLISHED_HEADINGS, published_lines(devices)) + "\n"
                + f"Planned speed-up of {devices['sensitivity']['model']} on {devices['sensitivity']['device']}:\n"
                + plain(sensitivity_headings(devices["sensitivity"]), sensitivity_lines(devices["sensitivity"]), 1))
    return plain(HEADINGS, [cells(entry) for entry in ordered(found["rows"])]) + failures(found)
