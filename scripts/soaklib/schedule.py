"""Which fault is done to which node when, and how many ask at a time: plain sequences that follow from their seeds alone."""
import collections
import itertools
import random

# node: None for a fault of a client. lasts: seconds until it is taken back; 0 for a change that stays.
Fault = collections.namedtuple("Fault", "at kind node lasts value")

# Longer than the 3 s after which a silent link is given up, so that both sides of that are met.
LASTS = {"kill": (0, 4), "freeze": (0.2, 5), "unplug": (0.2, 6), "drain": (0.5, 5)}
AWAY = ("kill", "freeze", "unplug")
KINDS = (*LASTS, "pace", "rate", "client")
PACES = (0.25, 0.5, 1)
RATE_SHARES = (0.1, 0.3, 1)
# A node that is back is left in peace for so long, or nothing but its coming back would ever be tried.
PEACE_S = 1


def mortals(nodes):
    """Those that may be killed: the first, which coordinates, and every other one. The rest live as long as the soak,
    so that what they leak adds up."""
    return nodes[::2]


def schedule(seed, nodes, every, rate_mbit):
    """Faults without end, one each `every` seconds. Never more are away at once than leave two, or one of two."""
    chance = random.Random(seed)
    busy_until = dict.fromkeys(nodes, 0.0)
    away_until = dict.fromkeys(nodes, 0.0)
    number = 0
    while True:
        number += 1
        at = number * every
        kind, idle = "", []
        while kind != "client" and not idle:
            kind = chance.choice(KINDS)
            idle = [node for node in (mortals(nodes) if kind == "kill" else nodes) if busy_until[node] <= at]
            if kind in AWAY and sum(until > at for until in away_until.values()) >= max(1, len(nodes) - 2):
                idle = []
        if kind == "client":
            yield Fault(at, kind, None, 0, chance.choice(("INT", "KILL")))
            continue
        node = chance.choice(idle)
        lasts = chance.uniform(*LASTS[kind]) if kind in LASTS else 0
        busy_until[node] = at + lasts + PEACE_S
        if kind in AWAY:
            away_until[node] = busy_until[node]
        value = {"pace": chance.choice(PACES), "rate": f"{rate_mbit * chance.choice(RATE_SHARES):g}mbit"}.get(kind)
        yield Fault(at, kind, node, lasts, value)


# lasts: seconds. clients: that ask meanwhile.
Phase = collections.namedtuple("Phase", "lasts clients")


def swing(seed, clients, length):
    """Phases without end, of one client and of several by turns: `length` seconds on average, some shorter than the second
    in which the shelf changes its way of taking requests but once. All clients ask in every other of the busy ones."""
    chance = random.Random(seed)
    for number in itertools.count():
        busy = clients if number % 4 == 1 else chance.randint(min(2, clients), clients)
        yield Phase(chance.uniform(0.1, 1.9) * length, busy if number % 2 else 1)
