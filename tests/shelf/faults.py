"""Faults done to a shelf of the testbed while requests flow: who asks, what each answer was, and what is left behind."""
import json
import os
import pathlib
import random
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

from shelf import BUILD, SKIPPED, bramble, expect, node_pids, rerun_on_a_shelf, same_answer, until

MODEL = "network"
# What a survivor may hold more than before: kernels of one more plan, the allocator's slack.
MEMORY_SHARE, MEMORY_MB = 0.15, 24
# Connections being dialled or closed just now.
DESCRIPTORS = 4
# A node gives back what requests needed 2 s after the last (rest_after): seen mid-traffic it is some of that, too.
GIVEN_BACK_S = 10
# Nobody waits this long: beyond it a request or a plan counts as lost.
HANG_S = 60


def on_namespaces(*options):
    """Starts this script again beside pi1 of a testbed with network cards of its own; skips it where that is impossible."""
    if "BRAMBLE_TESTBED_PIDS" not in os.environ and os.geteuid() != 0:
        print("skipped: network namespaces need root")
        sys.exit(SKIPPED)
    rerun_on_a_shelf(*options)


class Place:
    """Somewhere on the shelf's network where commands are typed."""

    def inside(self, *command, **variables):
        """`command` as it is typed here."""
        settings = {"BRAMBLE_HOME": self.home, "BRAMBLE_NODE": self.address, "BRAMBLE_NAME": self.name, **variables}
        return ["ip", "netns", "exec", self.namespace, "env",
                *(f"{key}={value}" for key, value in settings.items()), *map(str, command)]

    def ask(self, *arguments):
        """The JSON a client here gets; raises RuntimeError with what it said otherwise."""
        done = subprocess.run(self.inside(BUILD / "bramble", *arguments, "--json"), capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{self.name}: bramble {arguments[0]} ended with {done.returncode}: {done.stderr.strip()}")
        return json.loads(done.stdout)


class Laptop(Place):
    """A computer that is no node, on a port of its own of the shelf's switch, and asks `node` with that one's keys."""

    def __init__(self, node, rate):
        self.name = node.name
        self.home = node.home
        self.address = node.address
        shelf = node.namespace.rsplit("-", 1)[0]
        # The testbed takes down what bears its name.
        self.namespace = f"{shelf}-laptop"
        for command in (f"netns add {self.namespace}",
                        f"link add eth0 netns {self.namespace} type veth peer name laptop netns {node.switch}",
                        f"-n {self.namespace} addr add 10.77.0.200/24 dev eth0",
                        f"-n {self.namespace} link set eth0 up",
                        f"-n {node.switch} link set laptop master br0 up"):
            subprocess.run(["ip", *command.split()], check=True)
        for namespace, card in ((self.namespace, "eth0"), (node.switch, "laptop")):
            subprocess.run(["tc", "-n", namespace, "qdisc", "replace", "dev", card, "root", "tbf", "rate", rate,
                            "burst", "20kb", "latency", "50ms"], check=True)


class Node(Place):
    def __init__(self, number, pid):
        self.name = f"pi{number}"
        self.number = number
        self.pid = pid
        self.home = pathlib.Path(os.environ["BRAMBLE_HOME"]).parent / self.name
        names = os.environ["BRAMBLE_TESTBED_NAMESPACES"].split()
        self.namespace = names[number - 1]
        self.switch = names[0].rsplit("-", 1)[0] + "-sw"
        self.port = f"port{number}"
        self.address = f"10.77.0.{number}"
        self.command = [part.decode() for part in
                        pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") if part]

    def link(self, state):
        """Pulls the cable (`down`) or puts it back (`up`)."""
        subprocess.run(["ip", "-n", self.namespace, "link", "set", "eth0", state], check=True)

    def start(self, **variables):
        """Starts the node again as it was started, with these `variables`, and without waiting for anything."""
        with open(self.home / "node.log", "ab") as log:
            self.process = subprocess.Popen(self.inside(*self.command, **variables), stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)
        self.pid = self.process.pid

    def memory_mb(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))


class Traffic:
    """Clients that ask nodes of the shelf again and again, one beside each of `hosts`."""

    def __init__(self, shelf, hosts):
        self.shelf = shelf
        self.answers = []
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._ask, args=(host,), daemon=True) for host in hosts]
        for each in self._threads:
            each.start()

    def _ask(self, host):
        while not self._stop.is_set():
            entry = {"host": host.name, "began": time.monotonic()}
            try:
                entry.update(self.shelf.infer(host))
            except RuntimeError as e:
                entry["error"] = str(e)
            entry["waited"] = time.monotonic() - entry["began"]
            with self._changed:
                self.answers.append(entry)
                self._changed.notify_all()

    def await_answers(self, count):
        """Until every client got so many answers to requests it began after this call."""
        now = time.monotonic()

        def enough():
            fresh = [entry["host"] for entry in self.answers if entry["began"] >= now]
            return all(fresh.count(host) >= count for host in self.hosts())
        with self._changed:
            expect(f"{count} more requests are answered", self._changed.wait_for(enough, HANG_S * count))

    def hosts(self):
        return {host.name for host in self.shelf.asked}

    def stop(self):
        self._stop.set()
        for each in self._threads:
            each.join(HANG_S)
            expect("no client hangs", not each.is_alive())


class Shelf:
    """The nodes beside which the script runs, all with the model and planned for; requests flow at `asked`."""

    def __init__(self, name, asked=("pi1",), model="small", options=(), side=None):
        self.name = name
        self.model = model
        self.channels, usual_side = {"small": (3, 128), "wide": (3, 256), "mapping": (8, 512)}[model]
        self.side = side or usual_side
        self.options = options
        self.nodes = {f"pi{i + 1}": Node(i + 1, pid) for i, pid in enumerate(node_pids())}
        self.asked = [self.nodes[host] for host in asked]
        self.folder = tempfile.mkdtemp(dir=self.nodes["pi1"].home)
        self.figures = []
        self._bring_model()

    def __getitem__(self, name):
        return self.nodes[name]

    def _bring_model(self):
        network = f"{self.folder}/net.pt"
        channels, side = self.channels, self.side
        subprocess.run([BUILD / "tests" / "make-network", self.model, network], check=True)
        bramble("model", "import", network, "--input", f"1x{channels}x{side}x{side}", "--name", MODEL,
                "--replace")
        noise = random.Random(1)
        self.photo = f"{self.folder}/photo.raw"
        count = channels * side * side
        pathlib.Path(self.photo).write_bytes(struct.pack(f"{count}f", *(noise.random() for _ in range(count))))

    def begin(self, undisturbed=4):
        """Every node gets the model; then requests flow, a few of them undisturbed."""
        self.right = self.infer(self["pi1"])
        for host in self.asked:
            if host.name != "pi1":
                self.infer(host)
        self.traffic = Traffic(self, self.asked)
        self.traffic.await_answers(undisturbed)
        self.before = self.figures_of_nodes()
        self.fault_at = time.monotonic()

    def infer(self, host, *arguments):
        return host.ask("infer", MODEL, self.photo, *self.options, *arguments)

    def figures_of_nodes(self):
        return {name: (node.memory_mb(), node.descriptors()) for name, node in self.nodes.items()
                if os.path.exists(f"/proc/{node.pid}")}

    def left_out(self, host):
        """The nodes that the plan of `host` was made without, and why."""
        try:
            reasons = {node["name"]: node["reason"] for node in host.ask("plan", MODEL)["nodes"]}
        except RuntimeError as refusal:
            return dict.fromkeys(self.nodes, str(refusal))
        return {name: reasons.get(name, "not in the plan") for name in self.nodes
                if reasons.get(name, "left out").startswith("left out")}

    def planned(self, host):
        """The nodes the plan of `host` was made for, whether it gives them work or not."""
        return self.nodes.keys() - self.left_out(host).keys()

    def until_planned(self, names, since, host=None):
        """Seconds since `since` until the plan is for exactly these nodes."""
        wanted = set(names)
        planned = set()
        while time.monotonic() - since < HANG_S:
            planned = self.planned(host or self.asked[0])
            if planned == wanted:
                return time.monotonic() - since
        sys.exit(f"FAILED: the plan is never for {sorted(wanted)}; it is for {sorted(planned)}.")

    def until_working(self, name, since):
        """Seconds since `since` until a request was answered that `name` worked on."""
        while time.monotonic() - since < HANG_S:
            for entry in self.traffic.answers:
                if name in entry.get("nodes", ()) and entry["began"] > since:
                    return entry["began"] + entry["waited"] - since
        sys.exit(f"FAILED: {name} never works again.")

    def states(self, host=None):
        return {node["name"]: node["state"] for node in (host or self.asked[0]).ask("status")["nodes"]}

    def await_link(self, one, other, up):
        """Until `one` says that its link to `other` is up, or is not."""
        def linked():
            report = next(node for node in self[one].ask("status")["nodes"] if node["name"] == one)
            return other in [link["to"] for link in report["links"]]
        expect(f"the link from {one} to {other} is {'up' if up else 'down'}", until(lambda: linked() == up))

    def note(self, text):
        self.figures.append(text)

    def finish(self, survivors, more=2):
        """Ends the traffic and judges: every request answered, rightly; survivors hold what they held before."""
        self.traffic.await_answers(more)
        self.traffic.stop()
        answers = self.traffic.answers
        lost = [entry["error"] for entry in answers if "error" in entry]
        right = [entry for entry in answers if "error" not in entry and same_answer(entry, self.right)]
        exact = sum(entry["output_sha256"] == self.right["output_sha256"] for entry in right)
        normal = statistics.median(entry["waited"] for entry in answers if entry["began"] + entry["waited"] < self.fault_at)
        longest = max(entry["waited"] for entry in answers if entry["began"] + entry["waited"] >= self.fault_at)
        until(lambda: not self.grown(survivors), GIVEN_BACK_S)
        after = self.figures_of_nodes()
        held = ", ".join(f"{name} {self.before[name][0]:.0f}->{after[name][0]:.0f} MB {self.before[name][1]}->{after[name][1]} fd"
                         for name in survivors)
        print(f"{self.name}: {len(right)} of {len(answers)} answered rightly ({exact} with equal bits); "
              f"longest wait {longest:.2f} s, normally {normal:.2f} s; {'; '.join([*self.figures, held])}", flush=True)
        expect("every request is answered", not lost, lost)
        expect("rightly", len(right) == len(answers))
        grown = self.grown(survivors)
        expect(f"survivors hold no more than before, +{MEMORY_SHARE:.0%} +{MEMORY_MB} MB and +{DESCRIPTORS} descriptors",
               not grown, grown)

    def grown(self, survivors):
        """Those who hold clearly more than before: memory in MB and descriptors, then and now."""
        after = self.figures_of_nodes()
        return {name: (self.before[name], after[name]) for name in survivors
                if after[name][0] > self.before[name][0] * (1 + MEMORY_SHARE) + MEMORY_MB
                or after[name][1] > self.before[name][1] + DESCRIPTORS}
