"""Which rows a bench has: a model, on a shelf, at a rate, with a wire type; and by how much a shelf is slowed down."""
import math
from dataclasses import dataclass

MODELS = ["inception_v4", "inception_v3", "googlenet", "resnet50", "vgg16", "mobilenet_v2"]
RATES = [940, 300, 100, 50]
FP16_RATES = [100, 50]  # where halving the bytes is worth its rounding

# Speeds are factors of the device's, or the pace; the host is the first node, and so the fastest.
SHELVES = {"2": [1] * 2, "3": [1] * 3, "4": [1] * 4, "8": [1] * 8, "1/.75/.5/.25": [1, .75, .5, .25],
           "1/1/.5/.5": [1, 1, .5, .5]}
CORES = "2 cores"  # two unpaced nodes with a core of this machine each: nothing but the network is emulated
CORES_RATE = 1000

# What the nodes may use of this machine's cores, by the estimate below. Above, they wait for each other where devices
# of their own would not.
CPU_LIMIT = 0.6
# The seed scheme sends most: 67 MB for the 12.3 GMAC of Inception-v4 on 4 nodes, which work for a third of the time.
BYTES_PER_MAC = 0.002
SENDING_NODES = 4  # of more, each sends as much: Bramble 12 MB on 4 nodes and 25 on 8
# Of both sides together: kernel, encryption, copying and what wakes up for it.
CPU_MS_PER_MB = 12
# So many nodes may have all models at once: about 3 GB each.
SEVERAL_MODELS = 4
DILATIONS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32]


@dataclass(frozen=True)
class Row:
    model: str
    shelf: str
    rate_mbit: float
    wire: str = "fp32"

    @property
    def real(self):
        return self.shelf == CORES

    @property
    def speeds(self):
        return [1, 1] if self.real else SHELVES[self.shelf]

    @property
    def text(self):
        nodes = self.shelf if self.real or "/" in self.shelf else f"{self.shelf} nodes"
        return f"{self.model}, {nodes}, {self.rate_mbit:g} Mbit/s, {self.wire}"


def wires(rate_mbit):
    return ["fp32", "fp16"] if rate_mbit in FP16_RATES else ["fp32"]


def full():
    """Everything, shelf by shelf and rate by rate, so that rows that share their nodes stand together."""
    rows = [Row(model, shelf, rate, wire) for shelf in SHELVES for rate in RATES for model in MODELS for wire in wires(rate)]
    return rows + [Row("inception_v4", CORES, CORES_RATE)]


def subset():
    """About ten minutes: bandwidth on four nodes, number of nodes, unequal nodes, the other models, and no emulation."""
    first = MODELS[0]
    rows = [Row(first, "4", rate, wire) for rate in RATES for wire in wires(rate)]
    rows += [Row(model, "4", RATES[0]) for model in MODELS[1:]]
    rows += [Row(first, shelf, RATES[0]) for shelf in SHELVES if shelf != "4"]
    rows += [Row(first, "8", 100, "fp16"), Row(first, CORES, CORES_RATE)]
    return rows


def dilation(row, gmacs, natural_gmacs, cores):
    """The factor by which computing and network are both slowed down so that the estimated load stays in the limit.

    gmacs: what an emulated device does, and natural_gmacs what one core of this machine does, in 10^9
    multiply-accumulates a second.
    """
    if row.real:
        return 1
    work = sum(row.speeds) * gmacs  # GMAC/s of the whole shelf
    most_mb = len(row.speeds) * row.rate_mbit / 8  # MB/s that its network cards let through
    sent_mb = min(work * BYTES_PER_MAC * 1000 * max(1, len(row.speeds) / SENDING_NODES), most_mb)
    load = (work / natural_gmacs + sent_mb * CPU_MS_PER_MB / 1000) / cores
    return next((factor for factor in DILATIONS if load / factor <= CPU_LIMIT), DILATIONS[-1])


def mac_per_byte(row, gmacs):
    """Multiply-accumulates that an average node does while its network card passes one byte; nothing where no device
    is emulated."""
    return None if row.real else gmacs * sum(row.speeds) / len(row.speeds) * 1e9 / (row.rate_mbit * 1e6 / 8)


def ideal(row):
    """The speed-up that no overhead at all would leave."""
    return sum(row.speeds) / row.speeds[0]


def seconds(row, gmac, gmacs, natural_gmacs, factor, runs):
    """What a row of `gmac` takes, for the time left: one node, the seed scheme and Bramble in each round, and a warm-up."""
    one = gmac / (natural_gmacs if row.real else gmacs)
    return 3 + factor * (runs + 1) * one * (1.8 + 1.2 / ideal(row))


def sessions(rows, factor_of):
    """Rows that share their nodes: [(rate, factor, rows)], in the order in which they first appear."""
    groups = {}
    for row in rows:
        # The nodes keep what they have had to do with, and all models on many nodes are more than this machine's memory.
        crowd = row.model if len(row.speeds) > SEVERAL_MODELS else None
        groups.setdefault((row.shelf, crowd, row.rate_mbit, factor_of(row)), []).append(row)
    return [(rate, factor, group) for (_, _, rate, factor), group in groups.items()]


def median(values):
    ascending = sorted(values)
    middle = len(ascending) // 2
    return math.nan if not ascending else (ascending[middle] + ascending[-1 - middle]) / 2
