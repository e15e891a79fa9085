#!/usr/bin/env python3
"""5,000 idle connections to the control port, and as many to the one for tensors, from one host: nobody else notices."""
from siege import COMMANDS, TENSORS, Siege

siege = Siege("idle connections")
for port in (COMMANDS, TENSORS):
    attack = siege.attack("idle", port, count=5000)
    siege.shelf.note(f"port {port}: {siege.told_by(attack)['open']} opened")
    siege.shelf.traffic.await_answers(3)
    siege.end(attack)
siege.finish()
