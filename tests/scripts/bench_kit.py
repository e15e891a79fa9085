"""What the tests of scripts/bench share: a canned answer of a shelf, and the script itself."""
import pathlib
import subprocess
import sys

REPO = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO / "scripts"), str(REPO / "tests" / "shelf")]  # for benchlib, for shelf


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


def bench(*arguments, **more):
    return subprocess.run([REPO / "scripts" / "bench", *map(str, arguments)], capture_output=True, text=True, timeout=100,
                          check=False, **more)
