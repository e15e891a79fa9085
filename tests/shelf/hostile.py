#!/usr/bin/env python3
"""hostile.py KIND HOST PORT [OPTION...]: does one kind of harm to a port of a node, from where it is started, and prints
one line of JSON about how it went. Ends when it is done, or with its standard input. The tests of the control port run it in a
namespace of its own."""
import argparse
import errno
import json
import random
import resource
import select
import socket
import ssl
import struct
import sys
import time

import basp

# Nobody waits this long for one answer of a port.
PATIENCE_S = 10


def plain(target, wait=True):
    one = socket.socket(target[2], socket.SOCK_STREAM)
    one.setblocking(wait)
    if wait:
        one.settimeout(PATIENCE_S)
        one.connect(target[:2])
    elif one.connect_ex(target[:2]) not in (0, errno.EINPROGRESS):
        one.close()
        return None
    return one


def certified(target, keys):
    """TLS with a node's keys, as far as the other side goes along; None where it does not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if keys:
        context.load_cert_chain(f"{keys}/node.crt", f"{keys}/node.key")
    try:
        return context.wrap_socket(plain(target))
    except OSError:
        return None


def read_all(one, count):
    out = b""
    while len(out) < count:
        more = one.recv(count - len(out))
        if not more:
            raise ConnectionError("closed")
        out += more
    return out


def is_closed(one):
    """Waits for the other side to close the connection."""
    try:
        while one.recv(1 << 16):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


def hold(connections):
    """Until standard input ends: whoever started this decides."""
    print(json.dumps({"open": len(connections)}), flush=True)
    sys.stdin.read()


def idle(target, options):
    """Connections that never say a word."""
    held = []
    for _ in range(options.count):
        one = plain(target, wait=False)
        if one:
            held.append(one)
    hold(held)


def drip(target, options):
    """Handshakes that come byte by byte and never end."""
    held = [one for one in (plain(target, wait=False) for _ in range(options.count)) if one]
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500)
    print(json.dumps({"open": len(held)}), flush=True)
    sent = 0
    while not select.select([sys.stdin], [], [], 0.1)[0]:
        for place, one in enumerate(held):
            try:
                one.send(hello[sent % len(hello):][:1])
            except BlockingIOError:
                pass
            except OSError:
                one.close()
                held[place] = plain(target, wait=False) or one
        sent += 1


def garbage(target, options):
    """So many connections in so many seconds, each with something that is no TLS."""
    chance = random.Random(options.seed)
    began = time.monotonic()
    open_ones = []
    made = 0
    while made < options.count:
        one = plain(target, wait=False)
        if one:
            open_ones.append(one)
        made += 1
        if len(open_ones) >= 64:
            old = open_ones.pop(0)
            try:
                old.send(chance.randbytes(chance.choice([1, 31, 200, 3000])))
            except OSError:
                pass
            old.close()
        ahead = made / options.count * options.seconds - (time.monotonic() - began)
        if ahead > 0:
            time.sleep(ahead)
    print(json.dumps({"made": made, "seconds": round(time.monotonic() - began, 1)}), flush=True)


def refused(target, options):
    """A TLS handshake with the keys that are given, or none: whether the other side ends it."""
    one = certified(target, options.keys)
    try:
        welcome = one.recv(8) if one else b""
    except OSError:
        welcome = b""
    print(json.dumps({"refused": not welcome}), flush=True)


def claim(target, options):
    """A key holder who says that he is somebody else."""
    one = certified(target, options.keys)
    read_all(one, 8)
    one.sendall(basp.client_handshake(options.name))
    print(json.dumps({"refused": is_closed(one)}), flush=True)


def bad_headers(chance):
    """What stands in a header that CAF would believe."""
    kind = chance.randrange(12)
    size = chance.choice([0, 1, 32, 0x7FFFFFFF, 0xFFFFFFFF, chance.randrange(1 << 32)])
    if kind < 7:
        return basp.header(kind, size, chance.getrandbits(64), chance.getrandbits(64), chance.getrandbits(64), chance.getrandbits(8))
    if kind == 7:
        return basp.header(basp.CLIENT_HANDSHAKE)
    if kind == 8:
        return basp.header(basp.SERVER_HANDSHAKE, 0, 3)
    return chance.randbytes(chance.choice([1, 31, 32, 33, 200]))


def bad_messages(chance, face):
    """Well-formed headers, and payloads that would break CAF: it allocates what they announce, and goes as deep as they are."""
    kind = chance.randrange(8)
    if kind == 0:
        return basp.direct(basp.message(["@charbuf"], basp.length(0xFFFFFFFF)), face)
    if kind == 1:
        nested = struct.pack(">H", 0) + basp.text("@<>+@message")
        return basp.direct(basp.length(0) + nested * 30000, face)
    if kind == 2:
        return basp.direct(basp.message(["@exit"], bytes(64)), face)
    if kind == 3:
        return basp.direct(basp.message(["@strmap"], basp.length(1 << 30)), face)
    if kind == 4:
        return basp.direct(basp.message(["bramble::plan"], basp.length(1 << 31)), face)
    if kind == 5:
        return basp.direct(basp.message(["@atom", "@strong_actor_ptr"], struct.pack(">QQ", basp.atom("link"), face)
                                        + basp.node_id("pi1")), face)
    good = bytearray(chance.choice([
        basp.direct(basp.message(["@atom", "bramble::gossip"], struct.pack(">Q", basp.atom("gossip"))
                                 + basp.text(chance.randbytes(60))), face, basp.ASYNC + 1),
        basp.caf_greeting(),
        basp.direct(basp.message(["@error"], b"\x3c" + struct.pack(">Q", basp.atom("system"))
                                 + struct.pack(">H", 0) + basp.text("@<>")), face),
    ]))
    for _ in range(chance.randint(1, 6)):
        good[chance.randrange(len(good))] = chance.randrange(256)
    return bytes(good)


def malformed(target, options):
    """So many malformed messages of a key holder. The first that is looked at ends its connection, so they come many at a
    time; those of the tensor port's kind are headers of random bytes."""
    chance = random.Random(options.seed)
    sent = connections = 0
    while sent < options.count:
        one = certified(target, options.keys)
        if not one:
            time.sleep(0.01)  # more often than the port lets one in
            continue
        connections += 1
        try:
            face = 0
            if options.commands:
                read_all(one, 8)
                if chance.random() < 0.7:
                    one.sendall(basp.client_handshake(options.name, chance.randrange(1, 1 << 32)))
                    head = read_all(one, basp.HEADER_BYTES)
                    face = basp.published_actor(read_all(one, struct.unpack(">I", head[4:8])[0]))
            batch = []
            for _ in range(options.batch):
                batch.append(bad_messages(chance, face) if face else bad_headers(chance))
            sent += len(batch)
            one.sendall(b"".join(batch))
            is_closed(one)
        except OSError:
            pass
        one.close()
    print(json.dumps({"sent": sent, "connections": connections}), flush=True)


KINDS = {each.__name__: each for each in (idle, drip, garbage, refused, claim, malformed)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--batch", type=int, default=500, help="messages on one connection")
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keys", help="folder of a node's keys")
    parser.add_argument("--name", help="whom it says it is")
    parser.add_argument("--commands", action="store_true", help="the port is the one for commands")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    KINDS[options.kind]((options.host, options.port, family), options)


if __name__ == "__main__":
    main()
