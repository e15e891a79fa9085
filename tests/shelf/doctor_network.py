#!/usr/bin/env python3
"""`bramble doctor` on machines whose network has faults, made one after another: each is named as a problem or warning of the
right check, with what to type, and gone from the list when it is put right."""
import json

from machines import BRAMBLE, House, expect, expect_full_mesh, sh, until
from shelf import BUILD, REPO

house = House()
one, other = machines = house.shelf(2)
# Or the way around each fault would be another family.
for each in machines:
    each.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", check=True)


def doctor(machine, *arguments):
    done = machine.run(BRAMBLE, "doctor", "--json", *arguments)
    expect(f"{machine.name}: doctor answers", done.stdout, done.stderr)
    report = json.loads(done.stdout)
    # What the machine under the test lacks is not the test's.
    expect("its exit code says whether there is a problem", done.returncode == (1 if report["problems"] else 0), done)
    return report


def finding(report, check, level, cause, advice=""):
    return any(c["check"] == check and c["level"] == level and cause in c["says"] and advice in c["advice"] for c in report["checks"])


def expect_finding(what, machine, check, level, cause, advice=""):
    last = {}

    def told():
        last.clear()
        last.update(doctor(machine))
        return finding(last, check, level, cause, advice)
    expect(f"{machine.name}: {what}", until(told, 60), json.dumps(last, indent=1) + machine.said()[-1000:])
    line = next(c for c in last["checks"] if c["check"] == check and c["level"] == level and cause in c["says"])
    print(f"  {line['level']} {line['check']} {line['says']} -> {line['advice']}")


# Before anything runs.
report = doctor(one)
expect("without a node it looks at the machine", not report["runs"] and finding(report, "node", "problem", "does not answer", "launch-node.sh")
       and finding(report, "keys", "ok", "node pi1 of cluster bramble") and any(c["check"] == "memory" for c in report["checks"]), report)
done = one.run(BRAMBLE, "doctor", "--node", "10.90.0.2")
expect("of another machine it says that it does not answer", done.returncode == 1 and "No node to talk to" in done.stderr, done)

one.start()
other.start("--join", "10.90.0.1")
expect_full_mesh(machines)
expect_finding("both ports are open in both directions", one, "route to pi2", "ok", "ports 7741 and 7742 open in both directions, over eth0")
expect_finding("large packets arrive", one, "packets", "ok", "large ones reach pi2")
expect_finding("and another node can be asked", one, "members", "ok", "2 of 2 are ready")
expect("by its name", doctor(one, "pi2")["node"] == "pi2")
expect("with no problem to print", one.run(BRAMBLE, "doctor", "--problems").stdout == "", one.run(BRAMBLE, "doctor", "--problems").stdout)


def rule(machine, verb, there, end, port):
    """A rule of routing stands for a firewall: there is no packet filter on machines that only build. TCP by its number. What
    leaves from a port that is shut is no answer to who knocks there."""
    sh("ip", "-n", machine.namespace, "rule", verb, "to", there, "ipproto", "6", end, str(port), "blackhole")


# A firewall that drops what comes to one port; either side may connect for tensors, and the other does.
rule(other, "add", "10.90.0.1", "sport", 7742)
expect_finding("a port that is shut in one direction", one, "route to pi2", "warning",
               "pi1 does not reach port 7742 of pi2 (Connection timed out), while pi2 reaches pi1: a firewall on pi2",
               "on pi2: sudo ufw allow 7742/tcp")
expect_finding("the other side asks, and hears of it", other, "route to pi1", "warning",
               "pi1 does not reach port 7742 of pi2", "on pi2: sudo ufw allow 7742/tcp")
rule(other, "del", "10.90.0.1", "sport", 7742)
# A node that can be reached, and cannot reach.
for port in (7741, 7742):
    rule(one, "add", "10.90.0.2", "dport", port)
expect_finding("a node that is reached and reaches nobody", one, "isolation", "problem", "pi1 can be reached by pi2, and reaches nobody itself",
               "ufw allow out 7741:7742/tcp")
for port in (7741, 7742):
    rule(one, "del", "10.90.0.2", "dport", port)
expect_finding("open again", one, "route to pi2", "ok", "open in both directions")

# A switch between them that takes smaller packets only, and says nothing.
for machine in machines:
    sh("ip", "-n", house.switches, "link", "set", f"{machine.label}eth0", "mtu", "1400")
expect_finding("large packets vanish", one, "packets", "problem", "packets of 1500 bytes to pi2 vanish on the way, those of 1400 arrive",
               "ip link set eth0 mtu 1400")
done = one.run(BRAMBLE, "doctor", "--problems")
expect("for people too, and only that", done.returncode == 1 and done.stdout.startswith("problem  packets") and done.stdout.count("\n") == 1, done)
for machine in machines:
    machine.ip("link", "set", "eth0", "mtu", "1400")
expect_finding("what is typed helps", one, "packets", "ok", "large ones reach pi2")

# Work that was turned away by hand.
one.bramble("drain", "pi2")
expect_finding("a drained node", one, "changes", "warning", "pi2 is drained", "bramble resume pi2")

# A node that is gone.
other.kill()
expect_finding("a node that is gone", one, "members", "problem", "pi2", "")

# The one script per Pi says it as well, when the node is up.
other.ip("link", "set", "eth0", "down")


def launch(*arguments):
    return other.run("env", f"XDG_BIN_HOME={other.home}/links", f"BRAMBLE_BUILD_DIR={BUILD}", REPO / "scripts" / "launch-node.sh", *arguments,
                     timeout=200)


launched = launch("--background")
stopped = launch("--stop")
expect("launch-node.sh ends with what is a problem", launched.returncode == 0 and
       "problem  cards  no network card is connected -> plug in a cable" in launched.stderr, launched)
expect("and only with that", "ok  " not in launched.stderr and "warning  " not in launched.stderr, launched.stderr)
expect("the node is stopped", stopped.returncode == 0, stopped)
