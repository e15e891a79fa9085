#!/usr/bin/env python3
"""Somebody with the key of pi3 who says that he is pi1: refused, and pi1 stays who it is."""
from shelf import expect
from siege import Siege

siege = Siege("claimed name")
for name in ("pi1", "pi2", "nobody"):
    expect(f"the key of pi3 does not make one {name}", siege.do("claim", keys=siege.keys, name=name)["refused"])
siege.finish()
