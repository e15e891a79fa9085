#!/usr/bin/env python3
"""A link carries packets in one direction only: first from the host to a node, then between two nodes that help."""
import subprocess
import time

from faults import Shelf, on_namespaces

on_namespaces("--nodes", "3", "--rate", "940mbit", "--pace", "2")


def swallow(sender, receiver):
    """What `sender` sends to `receiver` goes to a card that nobody has; the other way stays open."""
    subprocess.run(["ip", "-n", sender.namespace, "neigh", "replace", receiver.address, "lladdr", "02:00:00:00:00:99",
                    "dev", "eth0", "nud", "permanent"], check=True)


def mend(sender, receiver):
    subprocess.run(["ip", "-n", sender.namespace, "neigh", "del", receiver.address, "dev", "eth0"], check=True)


shelf = Shelf("one_way_link")
shelf.begin()
swallow(shelf["pi3"], shelf["pi1"])
shelf.note(f"plan right again after {shelf.until_planned(['pi1', 'pi2'], shelf.fault_at):.2f} s")
shelf.traffic.await_answers(3)
mended = time.monotonic()
mend(shelf["pi3"], shelf["pi1"])
shelf.note(f"back in the plan {shelf.until_planned(shelf.nodes, mended):.2f} s after mending")
shelf.until_working("pi3", mended)

swallow(shelf["pi3"], shelf["pi2"])
shelf.await_link("pi2", "pi3", up=False)
shelf.traffic.await_answers(3)
mended = time.monotonic()
mend(shelf["pi3"], shelf["pi2"])
shelf.await_link("pi2", "pi3", up=True)
shelf.note(f"helpers linked {time.monotonic() - mended:.2f} s after mending theirs")
shelf.until_planned(shelf.nodes, mended)
shelf.finish(["pi1", "pi2", "pi3"])
