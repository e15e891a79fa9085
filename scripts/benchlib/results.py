"""The JSON file of a bench: what is in it, and how a row comes from what `bramble bench --json` printed.

{"version", "machine": {"processor","cores","memory_gb","kernel","core_gmacs"}, "emulation", "rows": [...],
 "timeline": {...}, "stream": {...}, "load": {...}}. Times in ms, rates in Mbit/s, bytes in bytes; of a dilated shelf all are already
those of the shelf it stands for: measured times divided by "dilation", measured rates multiplied by it.
"""
import datetime
import json
import os
import pathlib
import platform
import subprocess

from benchlib import rows as row_rules
from benchlib.rows import Row

VERSION = 2
TIMES = ["median_ms", "p10_ms", "p90_ms", "predicted_ms", "lower_bound_ms"]
AS_THEY_ARE = ["measured_over_predicted", "speedup", "bytes", "max_rel_diff"]


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        names = [line.split(":", 1)[1].strip() for line in info if line.startswith(("model name", "Model"))]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"processor": names[0] if names else platform.machine(), "cores": len(os.sched_getaffinity(0)),
            "memory_gb": round(memory / 1e9, 1), "kernel": platform.release()}


def revision(folder):
    """The commit that is measured, with a + where files were changed since; empty without git."""
    found = subprocess.run(["git", "-C", str(folder), "describe", "--always", "--dirty=+", "--match", ""],
                           capture_output=True, text=True, check=False)
    return found.stdout.strip()


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M")


def load(path):
    found = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    if found.get("version") != VERSION:
        raise ValueError(f"{path} has version {found.get('version')} of the form, not {VERSION}")
    return found


def save(path, results):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def row_of(entry):
    return Row(entry["model"], entry["shelf"], entry["rate_mbit"], entry["wire"])


def head(row, emulation, factor):
    """What is known of a row before it is measured."""
    entry = {"model": row.model, "shelf": row.shelf, "nodes": len(row.speeds), "speeds": row.speeds,
             "emulation": None if row.real else emulation.text, "rate_mbit": row.rate_mbit, "wire": row.wire, "dilation": factor,
             "mac_per_byte": row_rules.mac_per_byte(row, emulation.gmacs), "ideal_speedup": row_rules.ideal(row)}
    return entry


def method_of(measured, factor, reference):
    """One method of `bramble bench --json`, in the time of the shelf it stands for."""
    out = {key: measured[key] / factor for key in TIMES}
    out.update({key: measured[key] for key in AS_THEY_ARE})
    plan = measured["plan"]
    out["gap"] = plan["gap"]
    out["plan_ms"] = plan["plan_ms"]  # thought by this machine as it is
    out["nodes"] = sum(node["in"] for node in plan["nodes"])
    out["identical"] = measured["output_sha256"] == reference["output_sha256"]
    out["replans"] = len({sample["epoch"] for sample in measured["samples"]}) - 1
    return out


def links_of(status, factor):
    """What the links were measured as, in the end: the shaped rate is in the row itself."""
    links = [link for node in status["nodes"] for link in node["links"] if link["mbit"] > 0]
    rates = [link["mbit"] * factor for link in links]
    return {"least_mbit": min(rates, default=0), "median_mbit": row_rules.median(rates) if rates else 0,
            "most_mbit": max(rates, default=0),
            "rtt_ms": row_rules.median([link["rtt_ms"] / factor for link in links]) if links else 0}


def overrun_of(status):
    """By how much of its time the node that is emulated worst was too slow, since it was started."""
    return max((node.get("overrun", 0) for node in status["nodes"]), default=0)


def complete(entry, found, factor):
    """A row from its head and what the shelf answered: {"bench","status","cpu_share","others_share"} or {"error"}."""
    if "error" in found:
        return {**entry, "error": found["error"]}
    bench = found["bench"]
    reference = next(iter(bench["methods"].values())) if "one" not in bench["methods"] else bench["methods"]["one"]
    methods = {name: method_of(each, factor, reference) for name, each in bench["methods"].items()}
    entry = {**entry, "runs": bench["runs"], "macs": bench["macs"], "cpu_share": found["cpu_share"],
             "others_share": found["others_share"], "overrun": overrun_of(found["status"]), "links": links_of(found["status"], factor), "methods": methods}
    if "seed" in methods and "bramble" in methods:
        entry["over_seed"] = methods["seed"]["median_ms"] / methods["bramble"]["median_ms"]
    return entry
