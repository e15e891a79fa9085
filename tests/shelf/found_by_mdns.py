#!/usr/bin/env python3
"""Machines of one network find each other by mDNS, with an Avahi daemon each: by IPv4 alone, by IPv6 alone (where there are
link-local addresses only), and by both. One joins by a code without an address, and nodes without --join and without a memory
find their shelf. What leads to containers is not told. A daemon that starts again is told again; a node whose address changed
while another was off is found; without a daemon, or with one that is frozen, a node goes on with --join and says so once."""
import json
import signal
import subprocess
import time

from avahi import Avahi, needs_avahi
from machines import BRAMBLE, House, Machine, expect, expect_full_mesh, until


def shelves(machine, *options):
    return json.loads(machine.bramble("discover", "--json", "--for", "1s", *options))


def nodes_seen(machine):
    """{name: addresses} of its first shelf."""
    found = shelves(machine)
    return {node["name"]: node["addresses"] for node in found[0]["nodes"]} if found else {}


def forget(machine):
    (machine.home / "peers").unlink(missing_ok=True)


def invite(machine, *options):
    process = subprocess.Popen([*machine.inside(), BRAMBLE, "invite", "--json", *options], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    return process, json.loads(process.stdout.readline())["code"]


def joined(process):
    _, said = process.communicate(timeout=60)
    return process.returncode == 0, said


def doctor_on_mdns(machine):
    """(level, sentence)."""
    checks = json.loads(machine.run(BRAMBLE, "doctor", "--json").stdout)["checks"]
    return next((check["level"], check["says"]) for check in checks if check["check"] == "mDNS")


def house_of(families):
    house = House()
    machines = [Machine(house, f"pi{n}") for n in (1, 2, 3)]
    for number, machine in enumerate(machines, 1):
        if families == "IPv4":
            machine.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1", check=True)
        machine.plug("eth0", "br0")
        if families != "IPv6":
            machine.add_address(f"10.90.0.{number}/24")
        # As docker has one on each of them, with the same address.
        machine.ip("link", "add", "docker0", "type", "bridge")
        machine.ip("link", "set", "docker0", "up")
        if families != "IPv6":
            machine.add_address("172.17.0.1/16", "docker0")
    daemons = [Avahi(machine, ipv4=families != "IPv6", ipv6=families != "IPv4") for machine in machines]
    for each in daemons:
        each.start()
    return house, machines, daemons


needs_avahi()
for families in ("IPv4", "IPv6", "both"):
    print(f"-- {families}", flush=True)
    house, machines, daemons = house_of(families)
    first, second, third = machines
    first.bramble("keys", "init", "--name", "pi1")
    first.start()
    expect("a machine without keys sees the shelf", until(lambda: list(nodes_seen(third)) == ["pi1"], 60), first.said())
    seen = shelves(first)[0]
    expect("the node's own machine knows it as its own", seen["own"], seen)
    addresses = seen["nodes"][0]["addresses"]
    expect("nothing that leads to containers is told", addresses and not any("172.17" in a or "docker" in a for a in addresses), addresses)
    if families == "IPv4":
        expect("IPv4 alone", addresses == ["10.90.0.1"], addresses)
    if families == "IPv6":
        expect("link-local addresses have their card", all(a.startswith("fe80") and a.endswith("%eth0") for a in addresses), addresses)

    inviting, code = invite(first, "--short", "--for", "2m")
    expect("a short code has no address", "/" not in code, code)
    said = second.bramble("join", code, "--name", "pi2")
    expect("a machine joins by it", "is pi2 of cluster" in said, said)
    expect("and is noted there", *joined(inviting))
    third.install(first.issue("pi3"))
    forget(second)
    second.start()
    third.start()
    expect_full_mesh(machines)
    if families != "both":
        house.take_down()

print("-- and then", flush=True)
expect("all are seen", until(lambda: sorted(nodes_seen(third)) == ["pi1", "pi2", "pi3"], 40), nodes_seen(third))
expect("the doctor hears of the others", doctor_on_mdns(third) == ("ok", "this node is told of, and hears of pi1 and pi2"), doctor_on_mdns(third))
daemons[0].stop()
expect("with its daemon a node goes out of sight", until(lambda: "pi1" not in nodes_seen(third), 40))
level, sentence = doctor_on_mdns(third)
expect("and the doctor misses it", level == "warning" and "nothing is heard of pi1" in sentence, sentence)
daemons[0].start()
expect("a daemon that starts again is told again", until(lambda: "pi1" in nodes_seen(third), 60), first.said()[-2000:])

third.stop()
expect("a node that stops is taken back", until(lambda: "pi3" not in nodes_seen(first), 40))
first.remove_address("10.90.0.1/24")
first.add_address("10.90.0.21/24")
second.kill()
third.start()
expect("who was off finds it where it is now", until(lambda: third.linked("pi1"), 60), third.status_text() + third.said()[-2000:])

inviting, code = invite(first, "--host", "10.90.0.99", "--for", "2m", "pi4")
fourth = Machine(house, "pi4")
fourth.plug("eth0", "br0")
fourth.add_address("10.90.0.4/24")
daemon = Avahi(fourth)
absent = fourth.run(BRAMBLE, "discover")
expect("without a daemon one is told so", absent.returncode == 1 and "apt install avahi-daemon" in absent.stderr, absent.stderr)
daemon.start()
expect("a code whose address answers no more is followed by mDNS", until(lambda: fourth.run(BRAMBLE, "join", code).returncode == 0, 60))
expect("there too", *joined(inviting))
daemon.stop()
forget(fourth)
fourth.start("--join", "10.90.0.21")
expect("without a daemon --join leads to the shelf", until(lambda: fourth.linked("pi1", "pi3"), 60), fourth.said()[-2000:])
level, sentence = doctor_on_mdns(fourth)
expect("the doctor says so", level == "warning" and sentence.startswith("nobody on this machine speaks it"), sentence)
expect("and a word of it is in the log, once", fourth.said().count("nobody here speaks mDNS") == 1, fourth.said())
daemon.start()
expect("a daemon that comes later is told", until(lambda: "pi4" in nodes_seen(third), 60), fourth.said()[-2000:])
expect("the log says that too, once", fourth.said().count("told of by mDNS as") == 1, fourth.said())

# A daemon that is there and answers nothing, as on a machine whose card is dying.
daemon.daemon.send_signal(signal.SIGSTOP)
began = time.monotonic()
frozen = fourth.run(BRAMBLE, "discover", "--for", "1s")
expect("a frozen daemon is told, and not waited for", frozen.returncode == 1 and "does not answer" in frozen.stderr and
       time.monotonic() - began < 20, frozen.stderr)
fourth.stop()
fourth.start("--join", "10.90.0.21")
expect("a node starts beside a frozen daemon", until(lambda: fourth.linked("pi1", "pi3"), 60), fourth.said()[-2000:])
fourth.stop()
daemon.daemon.send_signal(signal.SIGCONT)

fourth.variables["DBUS_SYSTEM_BUS_ADDRESS"] = "unix:path=/nonexistent"
without = fourth.run(BRAMBLE, "discover")
expect("without a bus one is told so", without.returncode == 1 and "apt install avahi-daemon" in without.stderr, without.stderr)
third.stop()
first.stop()
