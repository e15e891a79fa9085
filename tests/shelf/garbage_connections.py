#!/usr/bin/env python3
"""30,000 connections in 15 s, each with something that is no TLS: clients and members get through."""
from siege import Siege

siege = Siege("garbage connections")
done = siege.do("garbage", count=30_000, seconds=15)
siege.shelf.note(f"{done['made']} in {done['seconds']} s")
siege.finish()
