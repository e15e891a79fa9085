"""A shelf whose ports are harmed by somebody on its network, while members ask it things."""
import json
import statistics
import subprocess
import sys
import time

from faults import Laptop, Shelf, on_namespaces
from shelf import REPO, expect, same_answer, until

COMMANDS, TENSORS = 7741, 7742
# Within so long a node has to be as it was before.
RECOVERY_S = 10


class Siege:
    """Requests flow at two nodes, one of them the victim. The attacker has a computer and a card of its own."""

    def __init__(self, name, victim="pi2"):
        on_namespaces("--nodes", "3", "--rate", "300mbit", "--pace", "6")
        self.shelf = Shelf(name, asked=("pi1", victim))
        self.victim = self.shelf[victim]
        self.attacker = Laptop(self.shelf["pi3"], "300mbit")
        self.keys = self.shelf["pi3"].home / "keys"
        self.shelf.begin(undisturbed=6)

    def attack(self, kind, port=COMMANDS, **options):
        """Starts hostile.py on the attacker's computer; see there."""
        flags = []
        for key, value in options.items():
            flags += [f"--{key}"] if value is True else [f"--{key}", str(value)]
        return subprocess.Popen(
            ["ip", "netns", "exec", self.attacker.namespace, sys.executable, str(REPO / "tests" / "shelf" / "hostile.py"), kind,
             self.victim.address, str(port), *flags],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def told_by(self, attack):
        """The line of JSON that an attack prints; waits for it."""
        line = attack.stdout.readline()
        expect("the attack goes on as it should", line)
        return json.loads(line)

    def do(self, kind, port=COMMANDS, **options):
        """An attack that ends by itself."""
        attack = self.attack(kind, port, **options)
        told = self.told_by(attack)
        self.end(attack)
        return told

    def end(self, attack):
        attack.stdin.close()
        expect("the attack is over", attack.wait() == 0)

    def is_recovered(self):
        self.shelf.states()  # a look takes as long as a request
        now = self.shelf.figures_of_nodes()
        return set(now) == set(self.shelf.before) and not self.shelf.grown(now)

    def finish(self):
        """No node is gone or holds more than before, every request was answered, rightly."""
        ended = time.monotonic()
        self.shelf.traffic.await_answers(2)
        recovered = until(self.is_recovered, RECOVERY_S)
        self.shelf.traffic.stop()
        after = self.shelf.figures_of_nodes()
        answers = self.shelf.traffic.answers
        lost = [entry["error"] for entry in answers if "error" in entry]
        right = [entry for entry in answers if "error" not in entry and same_answer(entry, self.shelf.right)]
        calm = [entry["waited"] for entry in answers if entry["began"] + entry["waited"] < self.shelf.fault_at]
        besieged = [entry["waited"] for entry in answers if self.shelf.fault_at <= entry["began"] < ended]
        held = ", ".join(f"{name} {self.shelf.before[name][0]:.0f}->{after[name][0]:.0f} MB "
                         f"{self.shelf.before[name][1]}->{after[name][1]} fd" for name in after)
        # A short attack may be over before the next request begins.
        meanwhile = (f"{statistics.median(besieged) * 1e3:.0f} ms meanwhile ({len(besieged)}), longest {max(besieged) * 1e3:.0f} ms"
                     if besieged else "none begun meanwhile")
        print(f"{self.shelf.name}: {len(right)} of {len(answers)} answered rightly; p50 {statistics.median(calm) * 1e3:.0f} ms "
              f"before, {meanwhile}; {'; '.join([*self.shelf.figures, held])}", flush=True)
        expect("every request is answered", not lost, lost)
        expect("rightly", len(right) == len(answers))
        expect("no node is gone", set(after) == set(self.shelf.before), after)
        expect(f"memory and descriptors are what they were within {RECOVERY_S} s", recovered, held)
        expect("all see all", until(lambda: set(self.shelf.states().values()) == {"alive"}), self.shelf.states())
