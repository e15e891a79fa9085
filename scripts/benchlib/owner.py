"""The report of somebody's real devices (bramble bench --report) beside a description."""
import json
import pathlib
import sys

from benchlib import emulation
from benchlib.rows import median
from benchlib.table import ms, plain

HEADINGS = ["", "measured", "described", "measured of it"]


def load(path):
    try:
        report = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        if report["bramble_report"] != 1:
            sys.exit(f"bench: {path} is a report of another version than this program knows.")
        return report
    except (OSError, ValueError, KeyError, TypeError) as reason:
        sys.exit(f"bench: {path} is no report of bramble bench --report ({type(reason).__name__}: {reason}).")


def described_ms(description, kind, known):
    """Of all ops of one kind: by their sums, so tiles and maps that no cache holds are left out."""
    multiplying = known["macs"] / (description[kind]["gmacs"] * 1e6) if kind in description else 0
    moving = known["weight_bytes"] / (description["memory"]["gb_per_s"] * 1e6)
    return max(multiplying, moving) + known["ops"] * description["op"]["fixed_ms"]


def lines(report, description):
    """Rows of a table; the last is the whole model."""
    out, whole = [], [0, 0]
    for kind, known in report["host_kinds"].items():
        if not known["ops"]:
            continue
        should = described_ms(description, kind, known)
        whole = [whole[0] + known["ms"], whole[1] + should]
        rate = f" ({known['macs'] / known['ms'] / 1e6:.2f} GMAC/s)" if known["macs"] and known["ms"] else ""
        out.append([f"{known['ops']} ops {kind}, ms", ms(known["ms"]) + rate, ms(should), share(known["ms"], should)])
    if "one" in report["methods"]:
        whole[0] = report["methods"]["one"]["median_ms"]
    rates = [link["mbit"] for link in report["links"]]
    if rates:
        card = description["network"]["nic_mbit"]
        out.append([f"{len(rates)} links, Mbit/s", f"{median(rates):.0f}", f"{card:g}", share(median(rates), card)])
    return out + [["one node, ms", ms(whole[0]), ms(whole[1]), share(*whole)]]


def share(measured, described):
    return f"{100 * measured / described:.0f} %" if described else "-"


def text(report, device):
    description = emulation.description(device)
    host = report["nodes"][0]
    kind = host["board"] or "a machine that does not tell its kind"
    if host["device"]:
        kind += f", emulating {host['device']}"
    throttled = "; it was throttled" if host["throttled"] else ""
    out = (f"{report['model']} on {kind}, {host['threads']} threads, {host['memory_mb']} MB{throttled}; "
           f"beside the description {device} ({description.get('name', 'without a name')})\n")
    out += plain(HEADINGS, lines(report, description), 1)
    for name, method in report["methods"].items():
        if name != "one" and method["speedup"]:
            out += (f"{name}: {method['nodes']} nodes, {ms(method['median_ms'])} ms, {method['speedup']:.2f}x one node, "
                    f"{100 * method['median_ms'] / method['predicted_ms']:.0f} % of predicted\n")
    return out
