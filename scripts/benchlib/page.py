"""docs/results.md and its drawings, from the JSON file of a bench."""
import sys

from benchlib import plots, results, rows, table

PARTS = ("devices", "stream", "load", "timeline")  # beside the rows

PAGE = """# What was measured

All figures are **emulated** unless a row says `2 cores`: the devices are processes on one machine, each in a network
namespace of its own with shaped network cards, and each held piece by piece, its messages paid for, to what
`{emulation}` takes ([devices.md](devices.md)). Speed-up is against one node of the same shelf
in the same run; methods take turns; figures are medians of {runs} runs.

Measured {dates} on {processor}, {cores} cores, {memory:g} GB, Linux {kernel}; one core does {core:.0f} GMAC/s by nature.
{revisions}This page is made by

```
{commands}
```
"""

COLUMNS = f"""
- *shelf*: how many equal nodes, or the speed of each as a factor of the device's. `{rows.CORES}`: two nodes that are not slowed
  down, each on a core of its own; only their network is emulated.
- *Mbit/s*: what each network card passes, both ways. *MAC/B*: multiply-accumulates a node does while its card passes one
  byte; with fewer of them, bandwidth matters less. *wire*: how numbers travel between nodes.
- *slowed*: the factor by which the whole shelf is dilated where this machine could not carry it: computing and network are
  slowed down alike, and times divided by it. Emulated links add no latency of their own; what software adds (about
  {{rtt:.1f}} ms to a round trip) is not slowed down, and so counts for less in a dilated row.
- *one*, *seed*, *Bramble*: latency by the first node alone, the seed scheme (greedy), Bramble. *predicted*: what Bramble's
  plan promised, *of it*: measured over predicted.
- *speed-up*: one node over Bramble, *of*: what no overhead at all would leave. *over seed*: seed scheme over Bramble.
- *MB*: sent between nodes for one request. *bound*: no plan can be predicted to take less; *gap*: how far the plan's
  prediction is above it.
- *busy*: what the nodes used of all cores of this machine in the busiest half second; above {100 * rows.CPU_LIMIT:.0f} %
  (marked `!`) they waited for each other where devices of their own would not. *overrun*: what this machine was too slow for,
  as a share of the emulated time of the node that had most of it. What else ran on this machine took
  {{others:.0f}} % of its cores on average, at most {{others_most:.0f}} % in a row.
"""

AFTERWARDS = """
*after*: the median of the second half until the next change. *fresh start*: the same state measured on nodes that never
knew another. *there after*: when the first request began that was within 5 % of that and stayed there with the next two, and
how many *requests* after the change came before it. *repeated*: requests that a node failed under; their callers saw one
answer, later.
"""


def commands(found):
    parts = ["scripts/bench" + (" --full" if len(found["rows"]) > len(rows.subset()) else "")] if found["rows"] else []
    parts += [f"scripts/bench --{part}" for part in PARTS if part in found]
    return "\n".join(parts + ["scripts/bench --report build/bench/results.json"])


def distinct(found, key):
    parts = found["rows"] + [found[part] for part in PARTS if part in found]
    return sorted({part[key] for part in parts if part.get(key)})


def introduction(found):
    machine = found["machine"]
    days = sorted({date[:10] for date in distinct(found, "date")})
    revisions = distinct(found, "commit")
    runs = sorted({entry["runs"] for entry in found["rows"] if "runs" in entry})
    return PAGE.format(emulation=found["emulation"], runs=" or ".join(map(str, runs)) or "several",
                       dates=" to ".join(dict.fromkeys([days[0], days[-1]])), processor=machine["processor"],
                       cores=machine["cores"], memory=machine["memory_gb"], kernel=machine["kernel"],
                       core=machine["core_gmacs"], commands=commands(found),
                       revisions=f"Revision {', '.join(revisions)}. " if revisions else "")


def picture(folder, name, drawing, text):
    """Writes a drawing; the Markdown that shows it."""
    if drawing is None:
        return ""
    (folder / "images" / f"bench-{name}.svg").write_text(drawing, encoding="utf-8")
    return f"\n![{text}](images/bench-{name}.svg)\n"


def rows_part(found, folder):
    good = [entry for entry in found["rows"] if "error" not in entry]
    out = "\n## Latency\n\n" + table.markdown(table.HEADINGS, [table.cells(entry) for entry in table.ordered(found["rows"])])
    out += "".join("\n" + line + "\n" for line in table.failures(found).splitlines())
    rtt = rows.median([entry["links"]["rtt_ms"] * entry["dilation"] for entry in good]) if good else 0
    others = [100 * entry["others_share"] for entry in good] or [0]
    out += COLUMNS.format(rtt=rtt, others=sum(others) / len(others), others_most=max(others))
    exact = [entry for entry in good if entry["wire"] == "fp32"]
    same = sum(entry["methods"]["bramble"]["identical"] for entry in exact)
    worst = max((entry["methods"]["bramble"]["max_rel_diff"] for entry in good if entry["wire"] == "fp16"), default=None)
    out += f"\nWith fp32 on the wire {same} of {len(exact)} answers are bit for bit those of one node."
    out += "\n" if worst is None else f" With fp16 they differ by at most {worst:.1e} of the largest value.\n"
    for model in dict.fromkeys(entry["model"] for entry in good):
        over = f"Speed-up of {model} over"
        out += picture(folder, f"{model}-nodes", plots.over_nodes(found, model), f"{over} the number of devices")
        out += picture(folder, f"{model}-bandwidth", plots.over_bandwidth(found, model), f"{over} bandwidth")
    return out


def devices(part):
    return (f"{part['model']} on {part['nodes']} equal emulated devices ({part['emulation']}) at "
            f"{part['rate_mbit']:g} Mbit/s")


def stream_part(found):
    stream = found["stream"]
    return (f"\n## A stream of requests\n\n{devices(stream)}. Each client asks for the next answer when it has\n"
            "one; requests a second are counted while all clients are at it.\n\n"
            + table.markdown(table.STREAM_HEADINGS, table.stream_lines(stream), 1))


def load_part(found, folder):
    out = ("\n## Under load\n\nRequests at random times (Poisson, the same for every scheme), whether earlier ones are answered "
           "or not; offered is the\nshare of what the nodes could do if all work were spread without loss. Response is from "
           "arrival to answer. *divided,\nno turns* is the plan for one request alone, without turns; *whole* sends "
           "requests to the nodes from outside.\n")
    for number, part in enumerate(found["load"]["shelves"]):
        out += (f"\n{part['model']}, {part['name']}, emulated devices ({part['emulation']}), {part['seconds']} s for each "
                f"figure; at most {part['most_per_s']:.2f} a second:\n\n"
                + table.markdown(table.LOAD_HEADINGS, table.load_lines(part), 3)
                + picture(folder, f"load-{number + 1}", plots.over_load(part), f"Response time over offered load, {part['name']}"))
    if "swing" in found["load"]:
        out += picture(folder, "load-swing", plots.over_swing(found["load"]["swing"]),
                       "Response times of one client, then eight, then one")
    return out


def devices_part(found):
    told = found["devices"]
    sources = "; ".join(dict.fromkeys(row["source"] for row in told["published"]))
    sensitivity = told["sensitivity"]
    return ("\n## The described devices against the world\n\n"
            "What one node takes as described, and what others published of real Pis; in brackets the multiply-accumulates of\n"
            f"their variant, where it is another. Sources: {sources}.\n\n"
            + table.markdown(table.PUBLISHED_HEADINGS, table.published_lines(told))
            + f"\nHow far the planned speed-up of {sensitivity['model']} on `{sensitivity['device']}` depends on figures that are not certain:\n\n"
            + table.markdown(table.sensitivity_headings(sensitivity), table.sensitivity_lines(sensitivity), 1))


def timeline_part(found, folder):
    timeline = found["timeline"]
    out = (f"\n## When something changes\n\n{devices(timeline)}, one request after the\nother: "
           f"{len(timeline['samples'])} answers (a lost one would have ended the run).\n\n"
           + table.markdown(table.TIMELINE_HEADINGS, table.timeline_lines(timeline), 1) + AFTERWARDS)
    out += "".join(f"\nNot shown: {skipped}\n" for skipped in timeline["skipped"])
    return out + picture(folder, "timeline", plots.over_time(found),
                         "Latency over time while a device halves, a link drops to a tenth and a node dies")


def text(found, folder):
    """The page; its drawings are written into folder/images."""
    out = introduction(found)
    if found["rows"]:
        out += rows_part(found, folder)
    if "devices" in found:
        out += devices_part(found)
    if "stream" in found:
        out += stream_part(found)
    if "load" in found:
        out += load_part(found, folder)
    if "timeline" in found:
        out += timeline_part(found, folder)
    return out


def write(found, folder):
    if not found["rows"] and not any(part in found for part in PARTS):
        sys.exit("bench: there is nothing in the file to report.")
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for old in (folder / "images").glob("bench-*.svg"):
        old.unlink()
    (folder / "results.md").write_text(text(found, folder), encoding="utf-8")
    print(f"bench: {folder / 'results.md'} and its drawings are written.", file=sys.stderr)
