#!/usr/bin/env python3
"""200 TLS handshakes that come byte by byte and never end: nobody else notices."""
from siege import Siege

siege = Siege("slow handshakes")
attack = siege.attack("drip", count=200)
siege.told_by(attack)
siege.shelf.traffic.await_answers(8)
siege.end(attack)
siege.finish()
