#!/usr/bin/env python3
"""100,000 malformed messages of somebody with a valid key, at either port: the node drops his connections and goes on."""
from siege import COMMANDS, TENSORS, Siege

siege = Siege("malformed frames")
# At the port for tensors a connection takes the place of the one that pi3 has, so there are few.
for port, options in ((COMMANDS, {"commands": True}), (TENSORS, {"batch": 10_000})):
    done = siege.do("malformed", port, count=100_000, keys=siege.keys, name="pi3", **options)
    siege.shelf.note(f"port {port}: {done['sent']} on {done['connections']} connections")
siege.finish()
