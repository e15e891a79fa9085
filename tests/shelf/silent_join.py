#!/usr/bin/env python3
"""A join that fails says so, at once and then seldom, with the cause and what to try; and `status` says whom the node cannot
join, why, and for how long. Nobody there, a wrong port, an unknown name, the port for tensors, ports of other programs, keys of
another cluster; and the node's own address."""
import subprocess

from machines import House, Machine, expect, expect_full_mesh, give_keys, until

OTHER_PROGRAMS = """
import socket
talks, mute, kept = socket.create_server(("10.90.0.1", 2222)), socket.create_server(("10.90.0.1", 2323)), []
while True:
    kept.append(talks.accept()[0])
    kept[-1].sendall(b"SSH-2.0-OpenSSH_9.2\\r\\n")
"""

house = House()
one, other = house.shelf(2)
foreign = Machine(house, "pi2", label="px")
foreign.plug("eth0", "br0")
foreign.add_address("10.90.0.3/24")
foreign.bramble("keys", "init", "--name", "pi2")
one.helpers.append(subprocess.Popen([*one.inside(), "python3", "-c", OTHER_PROGRAMS]))
one.start()
expect("pi1 answers", until(one.status), one.said())

for machine, join, causes in (
        (other, "10.90.0.77", ("No route to host", "timed out")),
        (other, "10.90.0.1:7799", ("Connection refused",)),
        (other, "pi9.home.arpa", ("nobody here knows this name",)),
        (other, "10.90.0.1:2222", ("another program answers there",)),
        (other, "10.90.0.1:2323", ("says nothing",)),
        (other, "10.90.0.1:7742", ("port for tensors", "the one for tensors")),
        (foreign, "10.90.0.1", ("another cluster",))):
    machine.start("--join", join)
    expect(f"joining {join}: the log says that it cannot, and why", until(lambda: any(
        "cannot join" in line and join.split(":")[0] in line and any(cause in line for cause in causes)
        for line in machine.said().splitlines()), 20), machine.said())

    def shown():
        status = machine.status()
        return status and [m for m in status["missing"] if m["kind"] == "not joined" and any(c in m["why"] for c in causes) and
                           m["for_s"] > 2]
    expect("status says it too, and for how long", until(shown, 20), machine.status_text())
    expect("for people too", "cannot join" in machine.status_text(), machine.status_text())
    # Some fifteen attempts were made by now.
    lines = [line for line in machine.said().splitlines() if "cannot join" in line]
    expect("and not a line for each attempt", len(lines) <= 2, lines)
    machine.kill()
    machine.log.unlink()

other.start("--join", "10.90.0.2", "--join", "localhost")
for own in ("10.90.0.2", "localhost"):
    expect(f"joining {own}: the log says that this is the node itself",
           until(lambda own=own: f"cannot join {own}:7741: that is this node itself" in other.said(), 20), other.said())
expect("which is no trouble to be shown for ever", other.status()["missing"] == [], other.status_text())
other.kill()
other.log.unlink()


def strangers():
    return [line for line in one.said().splitlines() if "control:" in line and "10.90.0.3" in line]


expect("the one that was asked says once that somebody with foreign keys came", until(strangers, 10) and len(strangers()) == 1,
       one.said())

# The one that comes up late is found, and nothing is said of it any more.
one.kill()
other.start("--join", "10.90.0.1")
expect("who waits says so", until(lambda: "cannot join" in other.said(), 20), other.said())
one.start()
expect_full_mesh([one, other])
expect("status is quiet", other.status()["missing"] == [], other.status_text())
