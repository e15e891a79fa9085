#!/usr/bin/env python3
"""The faults of scripts/soak: the same for the same seed, and never so many at once that nobody could answer. And its load,
where that swings: between one client and all, around the second in which a shelf changes its way but once."""
import itertools
import pathlib
import sys

sys.dont_write_bytecode = True
REPO = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO / "scripts"), str(REPO / "tests" / "shelf")]

from shelf import expect  # noqa: E402
from soaklib.clients import Crowd  # noqa: E402
from soaklib.schedule import AWAY, KINDS, Phase, mortals, schedule, swing  # noqa: E402


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


def phases(seed, clients, length=2.0):
    return list(itertools.islice(swing(seed, clients, length), 400))


expect("a seed's load is always the same", phases(1, 6) == phases(1, 6))
expect("another's is another", phases(1, 6) != phases(2, 6))
for seed, clients in itertools.product(range(20), (2, 3, 8)):
    found = phases(seed, clients)
    name = f"seed {seed}, {clients} clients: "
    assert all(phase.clients == 1 for phase in found[::2]), name + "every other phase has one client"
    assert all(2 <= phase.clients <= clients for phase in found[1::2]), name + "those between have several"
    assert {phase.clients for phase in found} == set(range(1, clients + 1)), name + "every number comes"
    assert all(phase.clients == clients for phase in found[1::4]), name + "all ask in every other busy one"
    lasts = [phase.lasts for phase in found]
    assert min(lasts) < 1 < 3 < max(lasts), name + "shorter and longer than a cool-down"
    assert 1.7 < sum(lasts) / len(lasts) < 2.3, name + "as long as asked for"
print("ok: 60 loads swing")
crowd = Crowd(iter([Phase(0, 3), Phase(0, 5), Phase(3600, 1)]))
expect("phases that are over are passed by", (crowd.now(), crowd.now(), crowd.phases) == (1, 1, 3))
