"""The descriptions of devices against the world: what they say of models whose times on real Pis are published; and how far a
speed-up depends on the figures that are least certain. Nothing is run: a described node takes what its description says."""
import copy
import json
import pathlib
import tempfile
import tomllib

from benchlib import emulation, models

PUBLISHED = tomllib.loads((pathlib.Path(__file__).resolve().parent / "published.toml").read_text(encoding="utf-8"))
SHELVES = [(4, 940, "fp32"), (8, 940, "fp32"), (4, 100, "fp16")]


def written(description):
    """TOML again; a description has tables of texts, numbers and lists of numbers, no deeper."""
    loose = [f"{key} = {json.dumps(value)}" for key, value in description.items() if not isinstance(value, dict)]
    tables = [f"[{name}]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in table.items())
              for name, table in description.items() if isinstance(table, dict)]
    return "\n".join(loose + tables) + "\n"


def shelf(device, nodes, rate_mbit):
    each = "".join(f'[[node]]\nname = "pi{i}"\ndevice = "{device}"\nnic_mbit = {rate_mbit}\n' for i in range(1, nodes + 1))
    return 'host = "pi1"\n' + each


def plan(build, home, model, device, nodes=1, rate_mbit=940, wire="fp32"):
    with tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8") as file:
        file.write(shelf(device, nodes, rate_mbit))
        file.flush()
        return json.loads(models.bramble(build, home, "plan", model, "--cluster", file.name, "--wire", wire, "--json"))


def against_published(build, home, gmacs):
    """`gmacs`: of the models that can be had."""
    rows = []
    for device, times in PUBLISHED.items():
        if device == "source":
            continue
        for model, known in times.items():
            if model not in gmacs:
                continue
            ms = plan(build, home, model, device)["predicted_ms"]
            rows.append({"device": device, "model": model, "gmac": gmacs[model], "their_gmac": known.get("gmac"),
                         "published_ms": known["ms"], "described_ms": ms, "error": ms / known["ms"] - 1,
                         "source": PUBLISHED["source"][known["by"]]})
    return rows


def variants(device):
    """(what, description), the first as it is."""
    base = emulation.description(device)

    def changed(change):
        other = copy.deepcopy(base)
        change(other)
        return other

    def times(table, factor, *keys):
        def change(other):
            for key in keys:
                other[table][key] *= factor
        return change

    def multiplying(factor):
        def change(other):
            for kind in ("dense_3x3", "dense", "depthwise"):
                other[kind]["gmacs"] *= factor
        return change

    def memory(gb_per_s):
        return lambda other: other["memory"].update(gb_per_s=gb_per_s)

    def network(factor):
        def change(other):
            times("network", factor, "message_ms", "sent_ms_per_mb", "received_ms_per_mb")(other)
            times("cipher", 1 / factor, *other["cipher"])(other)
        return change

    low, high = base["memory"]["likely_gb_per_s"]
    return [("as described", base), (f"memory {low:g} GB/s", changed(memory(low))),
            (f"memory {high:g} GB/s", changed(memory(high))), ("multiplying 15 % slower", changed(multiplying(.85))),
            ("multiplying 15 % faster", changed(multiplying(1.15))),
            ("fixed time a third", changed(times("op", 1 / 3, "fixed_ms"))),
            ("fixed time threefold", changed(times("op", 3, "fixed_ms"))),
            ("messages cost half", changed(network(.5))), ("messages cost double", changed(network(2)))]


def sensitivity(build, home, model, device):
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "variant.toml"
        for what, description in variants(device):
            file.write_text(written(description), encoding="utf-8")
            one = plan(build, home, model, file)["predicted_ms"]
            speedups = [one / plan(build, home, model, file, *each)["predicted_ms"] for each in SHELVES]
            rows.append({"what": what, "one_ms": one, "speedups": speedups})
    return {"model": model, "device": device, "shelves": SHELVES, "rows": rows}
