#!/usr/bin/env python3
"""The faults of scripts/soak: the same for the same seed, and never so many at once that nobody could answer."""
import itertools
import pathlib
import sys

sys.dont_write_bytecode = True
REPO = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO / "scripts"), str(REPO / "tests" / "shelf")]

from shelf import expect  # noqa: E402
from soaklib.schedule import AWAY, KINDS, mortals, schedule  # noqa: E402


def faults(seed, count=4, every=2.0):
    nodes = [f"pi{i + 1}" for i in range(count)]
    return nodes, list(itertools.islice(schedule(seed, nodes, every, 300), 500))


def ends(fault):
    return fault.at + fault.lasts


expect("a seed's faults are always the same", faults(1) == faults(1))
expect("another's are others", faults(1) != faults(2))
for seed, count in itertools.product(range(20), (2, 3, 4, 8)):
    nodes, found = faults(seed, count)
    name = f"seed {seed}, {count} nodes: "
    assert all(b.at - a.at == 2 for a, b in zip(found, found[1:])), name + "one each two seconds"
    assert {fault.kind for fault in found} == set(KINDS), name + "every kind comes"
    assert {fault.node for fault in found} == {*nodes, None}, name + "every node is met"
    assert {fault.node for fault in found if fault.kind == "kill"} == set(mortals(nodes)), name + "who is killed"
    for i, fault in enumerate(found):
        still = [other for other in found[:i] if ends(other) > fault.at]
        assert fault.node is None or fault.node not in [other.node for other in still], name + f"two at once: {fault}"
        away = [other for other in [*still, fault] if other.kind in AWAY]
        assert len(away) <= max(1, count - 2), name + f"too many are away: {away}"
print("ok: 80 schedules hold what they promise")
