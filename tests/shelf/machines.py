"""Machines of a house: network namespaces on switches, with cards, addresses and names of their own, on which nodes are
started as people start them (no --listen). For the tests of addresses, joins and names; the testbed gives every node one
fixed address."""
import atexit
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from shelf import BUILD, SKIPPED, expect, until

BRAMBLE = BUILD / "bramble"


def sh(*command):
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


class House:
    """All of it; taken down when the test ends."""

    def __init__(self):
        if os.geteuid() != 0:
            print("skipped: network namespaces need root")
            sys.exit(SKIPPED)
        self.id = f"brm{os.getpid()}"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"bramble-{self.id}."))
        self.machines = []
        self.switches = f"{self.id}-sw"
        atexit.register(self.take_down)
        sh("ip", "netns", "add", self.switches)
        self.add_switch("br0")

    def add_switch(self, name):
        sh("ip", "-n", self.switches, "link", "add", name, "type", "bridge")
        sh("ip", "-n", self.switches, "link", "set", name, "up")

    def take_down(self):
        for machine in self.machines:
            machine.switch_off()
        for machine in self.machines:
            subprocess.run(["ip", "netns", "del", machine.namespace], check=False)
            shutil.rmtree(f"/etc/netns/{machine.namespace}", ignore_errors=True)
        subprocess.run(["ip", "netns", "del", self.switches], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def shelf(self, count, addresses=("10.90.0.{}/24",)):
        """Machines pi1..piN on one switch, with these addresses and the keys of one cluster."""
        machines = [Machine(self, f"pi{n + 1}") for n in range(count)]
        for number, machine in enumerate(machines, 1):
            machine.plug("eth0", "br0")
            for address in addresses:
                machine.add_address(address.format(number))
        give_keys(machines)
        return machines


def give_keys(machines):
    machines[0].bramble("keys", "init", "--name", machines[0].name)
    for machine in machines[1:]:
        machine.install(machines[0].issue(machine.name))


class Machine:
    def __init__(self, house, name, label=None):
        self.house = house
        self.name = name
        self.label = label or name
        self.namespace = f"{house.id}-{self.label}"
        self.home = house.folder / self.label
        self.home.mkdir()
        self.log = self.home / "node.log"
        self.process = None
        self.helpers = []  # other processes on it
        # A bus of the machine this runs on knows nothing of these networks.
        self.variables = {"BRAMBLE_HOME": self.home, "BRAMBLE_MDNS": "off"}
        house.machines.append(self)
        sh("ip", "netns", "add", self.namespace)
        self.ip("link", "set", "lo", "up")
        # An IPv6 address can be used at once.
        self.run("sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0", check=True)

    # -- its network --

    def ip(self, *arguments):
        sh("ip", "-n", self.namespace, *arguments)

    def plug(self, card, switch):
        port = f"{self.label}{card}"
        sh("ip", "link", "add", f"x{os.getpid()}", "netns", self.namespace, "type", "veth",
           "peer", "name", port, "netns", self.house.switches)
        self.ip("link", "set", f"x{os.getpid()}", "name", card)
        sh("ip", "-n", self.house.switches, "link", "set", port, "master", switch, "up")
        self.ip("link", "set", card, "up")

    def add_address(self, address, card="eth0"):
        self.ip("addr", "add", address, "dev", card, *(["nodad"] if ":" in address else []))

    def remove_address(self, address, card="eth0"):
        self.ip("addr", "del", address, "dev", card)

    def link_local(self, card="eth0"):
        shown = subprocess.run(["ip", "-n", self.namespace, "-j", "addr", "show", "dev", card, "scope", "link"],
                               capture_output=True, text=True, check=True)
        return next(a["local"] for a in json.loads(shown.stdout)[0]["addr_info"] if a["family"] == "inet6")

    def know(self, hosts):
        """What its resolver says: {name: [addresses]}."""
        folder = pathlib.Path("/etc/netns") / self.namespace
        folder.mkdir(parents=True, exist_ok=True)
        lines = ["127.0.0.1 localhost"] + [f"{address} {name}" for name, all_of_it in hosts.items() for address in all_of_it]
        (folder / "hosts").write_text("\n".join(lines) + "\n")

    def drop_incoming(self, port, card="eth0"):
        """As a firewall does that says nothing."""
        sh("tc", "-n", self.namespace, "qdisc", "add", "dev", card, "ingress")
        for protocol, match in (("ip", "ip"), ("ipv6", "ip6")):
            done = subprocess.run(
                ["tc", "-n", self.namespace, "filter", "add", "dev", card, "parent", "ffff:", "protocol", protocol, "u32",
                 "match", match, "dport", str(port), "0xffff", "action", "drop"], capture_output=True, text=True)
            if "action module" in done.stderr:
                print("skipped: this kernel cannot drop packets with tc (no act_gact).")
                sys.exit(77)
            if done.returncode:
                raise RuntimeError(done.stderr)

    # -- what is typed there --

    def inside(self):
        return ["ip", "netns", "exec", self.namespace, "env", *(f"{name}={value}" for name, value in self.variables.items())]

    def run(self, *command, check=False, timeout=60, given=None):
        return subprocess.run([*self.inside(), *map(str, command)],
                              capture_output=True, text=True, check=check, timeout=timeout, input=given)

    def bramble(self, *arguments, given=None):
        done = self.run(BRAMBLE, *arguments, given=given)
        if done.returncode != 0:
            sys.exit(f"{self.label}: bramble {' '.join(map(str, arguments))} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def issue(self, name, *options):
        return self.bramble("keys", "issue", name, *options)

    def install(self, bundle):
        self.bramble("keys", "install", "-", given=bundle)

    def start(self, *arguments):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*self.inside(), BRAMBLE, "node", "--name", self.name,
                 "--threads", "1", "--pace", "6", *map(str, arguments)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process = None

    def switch_off(self):
        self.kill()
        for process in self.helpers:
            if process.poll() is None:
                process.kill()
                process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.process = None

    def said(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    # -- what it sees --

    def status(self):
        """None while nobody answers."""
        done = self.run(BRAMBLE, "status", "--json")
        return json.loads(done.stdout) if done.returncode == 0 else None

    def status_text(self):
        return self.run(BRAMBLE, "status").stdout

    def seen(self, name):
        """The line of `name` in its status; {} when there is none."""
        status = self.status()
        return next((node for node in status["nodes"] if node["name"] == name), {}) if status else {}

    def linked(self, *names):
        """Whether it has measured links for tensors to exactly these."""
        links = self.seen(self.name).get("links", [])
        return sorted(names) == sorted(link["to"] for link in links if link["mbit"] > 0)


def expect_full_mesh(machines, seconds=40):
    for one in machines:
        others = [other.name for other in machines if other is not one]
        expect(f"{one.label} has links for tensors to {', '.join(others)}", until(lambda: one.linked(*others), seconds),
               one.status_text() + one.said()[-2000:])
