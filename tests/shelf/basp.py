"""What CAF 0.17.6 sends on the control plane, written by hand: for peers that say what no node would."""
import hashlib
import struct

LETTERS = " 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
SERVER_HANDSHAKE, CLIENT_HANDSHAKE, DIRECT, ROUTED, MONITOR, DOWN, HEARTBEAT = range(7)
NAMED_RECEIVER = 1
ASYNC = 1 << 60
HEADER_BYTES = 32


def atom(name):
    """Six bits for each letter behind four ones."""
    value = 0xF
    for letter in name:
        value = value << 6 | LETTERS.index(letter)
    return value


def header(operation, payload=0, data=0, source=0, destination=0, flags=0):
    return struct.pack(">BBBBIQQQ", operation, 0, 0, flags, payload, data, source, destination)


def length(number):
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return length(len(value)) + value


def node_id(name, process=7):
    """That of a process of the node `name`: its host follows from the name in its certificate."""
    host = hashlib.sha256(f"bramble node {name}".encode()).digest()[:20]
    return struct.pack(">QI", atom("default"), process) + host


def message(types, values=b"", stages=length(0)):
    return stages + struct.pack(">H", 0) + text("@<>" + "".join(f"+{each}" for each in types)) + values


def direct(payload, destination, number=ASYNC, source=5, flags=0):
    return header(DIRECT, len(payload), number, source, destination, flags) + payload


def client_handshake(name, process=7):
    payload = node_id(name, process)
    return header(CLIENT_HANDSHAKE, len(payload)) + payload


def server_handshake(name, face):
    payload = node_id(name) + length(1) + text("bramble/3") + struct.pack(">Q", face) + length(1) + text("typed_actor<>")
    return header(SERVER_HANDSHAKE, len(payload), 3) + payload


def caf_greeting(source=5):
    """CAF's own first message to a process that it meets."""
    payload = message(["@atom", "@atom", "@str"], struct.pack(">QQ", atom("sys"), atom("get")) + text("info"))
    return direct(payload, atom("SpawnServ"), source=source, flags=NAMED_RECEIVER)


def published_actor(handshake):
    """From the payload of a server's handshake: the number of the actor that it publishes."""
    at = 8 + 4 + 20
    count, at = handshake[at], at + 1
    for _ in range(count):
        at += 1 + handshake[at]
    return struct.unpack(">Q", handshake[at:at + 8])[0]
