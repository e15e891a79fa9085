#!/usr/bin/env python3
"""Machines join by a code, without ssh: the second types `bramble join`, the third gets a name that its host name is not; both
start without --join and find the shelf. The port is open only while an invitation is. Then the keys of the third are taken
back: within 2 s nobody has a connection to it, also the second, which was not told by hand, and one that was off meanwhile
hears of it. It does not come in again, and with a new code it does."""
import json
import shutil
import subprocess
import time

from machines import BRAMBLE, House, Machine, expect, expect_full_mesh, until


def open_port(machine):
    return ":7743" in machine.run("ss", "-Hltn").stdout


class Invitation:
    """`bramble invite` on the first machine, in the foreground."""

    def __init__(self, machine, *options):
        self.process = subprocess.Popen(
            [*machine.inside(), BRAMBLE, "invite", "--json", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True)
        self.code = json.loads(self.process.stdout.readline())["code"]

    def ends(self):
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said


house = House()
machines = [Machine(house, f"pi{n}") for n in (1, 2, 3)]
for number, machine in enumerate(machines, 1):
    machine.plug("eth0", "br0")
    machine.add_address(f"10.90.0.{number}/24")
first, second, third = machines
first.bramble("keys", "init", "--name", "pi1")
first.start()

expect("nothing listens on the join port", not open_port(first))
invitation = Invitation(first)
expect("it does while there is an invitation", open_port(first))
expect("the code says where", invitation.code.startswith("10.90.0.1/"), invitation.code)
wrong = invitation.code[:-20] + ("0" if invitation.code[-20] != "0" else "1") + invitation.code[-19:]
refused = second.run(BRAMBLE, "join", wrong)
expect("a slip in the code is seen before anybody is asked", refused.returncode == 2 and "slip" in refused.stderr, refused.stderr)
second.bramble("join", invitation.code, "--name", "pi2")
code, said = invitation.ends()
expect("the invitation is over with its use", code == 0 and "pi2 at 10.90.0.2 has its keys" in said, said)
expect("and the port is closed", not open_port(first))
again = third.run(BRAMBLE, "join", invitation.code)
expect("the code is good for nothing any more", again.returncode == 1 and "bramble invite" in again.stderr, again.stderr)
expect("typed again where it was used it says so", "already" in second.bramble("join", invitation.code))

invitation = Invitation(first, "Pi_3", "--for", "1m")
third.bramble("join", invitation.code)
code, said = invitation.ends()
expect("a name that no node can have becomes one, with a word", code == 0 and "it is called pi-3" in said, said)
third.name = "pi-3"

taken = Invitation(first, "--for", "1m")
refused = third.run("env", f"BRAMBLE_HOME={third.home}-2", BRAMBLE, "join", taken.code, "--name", "pi2")
expect("a name that is taken is refused", refused.returncode == 1 and "pi2 has keys" in refused.stderr, refused.stderr)
taken.process.send_signal(2)
code, said = taken.ends()
expect("Ctrl-C withdraws", code == 1 and "withdrawn" in said, said)

second.start()
third.start()
expect_full_mesh(machines)
listed = json.loads(first.bramble("keys", "list", "--json"))
expect("keys list says who has keys, and by what",
       [(e["node"], e["by"], e["state"]) for e in listed] ==
       [("pi1", "keys init", "valid"), ("pi2", "an invitation", "valid"), ("pi-3", "an invitation", "valid")], listed)

def connections(machine, to):
    """Established TCP connections of both ports, whoever made them."""
    lines = machine.run("ss", "-Htn", "state", "established").stdout.splitlines()
    return [line for line in lines if to in line and (":7741" in line or ":7742" in line)]


expect("there are connections before", connections(first, "10.90.0.3") and connections(second, "10.90.0.3"))
began = time.monotonic()
first.bramble("keys", "revoke", "pi-3")
typed = time.monotonic() - began
gone = until(lambda: not connections(first, "10.90.0.3") and not connections(second, "10.90.0.3"), 20)
took = time.monotonic() - began
expect("nobody has a connection to it any more", gone, connections(second, "10.90.0.3"))
print(f"in force after {took:.2f} s, of which typing took {typed:.2f} s")
expect("it is told why", until(lambda: "revoked" in third.said(), 20), third.said()[-3000:])
for each in (first, second):
    expect(f"{each.name} has the list on its disk", until(lambda: (each.home / "keys" / "revoked.crl").exists(), 20))
    expect(f"{each.name} does not see it alive", until(lambda: each.seen("pi-3").get("state") != "alive", 20), each.status_text())

# One that was off meanwhile: as the second is without the list and without its connections.
second.stop()
(second.home / "keys" / "revoked.crl").unlink()
second.start()
expect("one that comes back hears of it", until(lambda: (second.home / "keys" / "revoked.crl").exists(), 40), second.said())
third.stop()
third.start()
expect("started again it is refused", until(lambda: third.said().count("revoked") > 1, 40), third.said()[-3000:])
expect("and is no member", all(each.seen("pi-3").get("state") != "alive" for each in (first, second)), first.status_text())

third.stop()
shutil.move(third.home / "keys", third.home / "old-keys")
invitation = Invitation(first, "pi-3", "--replace")
third.bramble("join", invitation.code)
expect("with a new code it gets keys again", invitation.ends()[0] == 0)
third.start()
expect_full_mesh(machines)
