#!/usr/bin/env python3
"""Who may ask a gateway: nobody without a token beyond loopback, nobody who only reads changes anything, no page of another origin, no
slow client keeps others waiting; and TLS with the certificate of the cluster's authority."""
import json
import os
import socket
import ssl

from gateway_kit import HANG_S, Gateway
from shelf import bramble, bramble_json, expect, rerun_on_a_shelf, until

rerun_on_a_shelf("--nodes", "2", "--pace", "4")


def state_of(gateway, node):
    return next(each for each in gateway.get("/v1/shelf").json()["nodes"] if each["name"] == node)


# -- tokens ------------------------------------------------------------------------------------------------------------------------
done = bramble("gateway", "--listen", "0.0.0.0:0", check=False)
expect("without a token no other machine is let in", done.returncode == 1 and "bramble gateway token" in done.stderr, done)
reads = bramble("gateway", "token", "camera").stdout.strip()
writes = bramble_json("gateway", "token", "laptop", "--write")["token"]
kept = open(os.path.join(os.environ["BRAMBLE_HOME"], "gateway-tokens"), encoding="utf-8").read()
expect("tokens are kept as hashes", reads not in kept and writes not in kept and reads[8:] not in kept)
expect("they are listed without themselves", [(each["name"], each["access"]) for each in bramble_json("gateway", "token", "--list")] ==
       [("camera", "read"), ("laptop", "write")])
done = bramble("gateway", "token", "camera", check=False)
expect("a name is given once", done.returncode == 1 and "--forget camera" in done.stderr, done)

far = Gateway(listen="0.0.0.0:0")
for path in ("/v2/models/x", "/v1/shelf", "/v1/events", "/metrics"):
    answer = far.get(path)
    expect(f"{path} wants a token", answer.status == 401 and "token" in answer.json()["error"] and
           answer.headers["www-authenticate"].startswith("Bearer"), answer)
expect("whether it is alive is nobody's secret", far.get("/v2/health/live").status == 200)
expect("nor is the page", far.get("/").status == 200)
for wrong in (reads[:-1], reads + "0", "bramble-" + "0" * 64, "", writes.upper()):
    answer = far.get("/v1/shelf", headers={"Authorization": f"Bearer {wrong}"})
    expect("a wrong token is none", answer.status == 401, answer)
far.token = reads
expect("a token lets in", until(lambda: far.get("/v1/shelf").status == 200 and len(far.get("/v1/shelf").json()["nodes"]) == 2))
answer = far.post("/v1/nodes/pi2/drain")
expect("one that reads changes nothing", answer.status == 403 and "--write" in answer.json()["error"], answer)
expect("indeed", state_of(far, "pi2")["drained"] is False)
far.token = writes
answer = far.post("/v1/nodes/pi2/drain")
expect("one that writes does", answer.status == 200 and answer.json()["effect"], answer)
expect("the node is drained", until(lambda: state_of(far, "pi2")["drained"] is True))
expect("and taken back", far.post("/v1/nodes/pi2/resume").status == 200 and until(lambda: state_of(far, "pi2")["drained"] is False))
expect("a pace is set", far.post("/v1/nodes/pi2/pace", {"share": 0.5}).status == 200 and
       until(lambda: state_of(far, "pi2")["pace_factor"] == 0.5))
far.post("/v1/nodes/pi2/pace", {"share": 1})
for body in ({}, {"share": 0}, {"share": 2}, {"share": "1"}, "{", "[]"):
    answer = far.post("/v1/nodes/pi2/pace", body)
    expect("a share that is none is refused", answer.status == 400, answer)
expect("an unknown node is 404", far.post("/v1/nodes/pi9/drain").status == 404)
bramble("gateway", "token", "--forget", "laptop")
expect("a token that was taken back counts no more, at once", far.post("/v1/nodes/pi2/drain").status == 401)

# -- pages of others ---------------------------------------------------------------------------------------------------------------
near = Gateway()
for host in ("evil.example", "evil.example:8741"):
    answer = near.get("/v1/shelf", headers={"Host": host})
    expect("a name that was made to mean this machine is refused", answer.status == 403, answer)
answer = near.post("/v2/repository/index", "{}", headers={"Origin": "http://evil.example", "Content-Type": "text/plain"})
expect("a page of another origin is refused", answer.status == 403, answer)
answer = near.ask("OPTIONS", "/v1/shelf", headers={"Origin": "http://evil.example"})
expect("nor told that it may ask", answer.status == 405 and not any(name.startswith("access-control") for name in answer.headers), answer)
answer = near.post("/v2/repository/index", "{}", headers={"Origin": f"http://127.0.0.1:{near.port}"})
expect("its own page is let in", answer.status == 200, answer)
page = near.get("/")
policy = page.headers["content-security-policy"]
expect("the page runs its own scripts alone, in no frame", page.headers["content-type"] == "text/html; charset=utf-8" and
       "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy and
       page.headers["x-frame-options"] == "DENY" and page.headers["x-content-type-options"] == "nosniff", page.headers)

# -- slow and many clients ---------------------------------------------------------------------------------------------------------
silent = [socket.create_connection(("127.0.0.1", near.port), HANG_S) for _ in range(40)]
for each in silent[:20]:
    each.sendall(b"POST /v2/models/x/infer HTTP/1.1\r\nContent-Length: 1000\r\n")
expect("forty who say nothing, or half of something, keep nobody waiting", near.get("/v2").status == 200)
for _ in range(60):
    silent.append(socket.create_connection(("127.0.0.1", near.port), HANG_S))
expect("more of one address than there may be are turned away", b"503" in near.raw(b"GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n"))
for each in silent:
    each.close()
expect("when they are gone others are let in", until(lambda: near.raw(
    b"GET /v2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 200")))
deep = near.post("/v2/repository/index", '{"a":' + "[" * 100_000)
expect("JSON that nests a hundred thousand deep is refused", deep.status == 400, deep)
head = near.raw(b"GET /v2 HTTP/1.1\r\n" + b"X: y\r\n" * 100_000)
expect("a head without end is refused", head.startswith(b"HTTP/1.1 431"), head[:80])

# -- following the shelf -----------------------------------------------------------------------------------------------------------
with socket.create_connection(("127.0.0.1", near.port), HANG_S) as follower:
    follower.sendall(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    said = b""
    while said.count(b"event: shelf") < 3:
        said += follower.recv(65536)
states = [json.loads(line[6:]) for line in said.split(b"\n") if line.startswith(b"data: ")][:2]
expect("the shelf is followed live", states[1]["at_ms"] > states[0]["at_ms"] and len(states[1]["nodes"]) == 2, said[:300])
near.stop()

# -- TLS ---------------------------------------------------------------------------------------------------------------------------
tls = Gateway("--tls", listen="0.0.0.0:0")
tls.token = reads
tls.host = "127.0.0.1"
authority = tls.tls
authority.check_hostname = False  # the certificate is pi1's, and this is 127.0.0.1
expect("the cluster's authority vouches for it", until(lambda: tls.get("/v1/shelf").status == 200))
with socket.create_connection(("127.0.0.1", tls.port), HANG_S) as plain, authority.wrap_socket(plain, server_hostname="pi1") as wrapped:
    names = [value for pair in wrapped.getpeercert()["subject"] for key, value in pair if key == "commonName"]
    expect("it is pi1's certificate, by TLS 1.3", names == ["pi1"] and wrapped.version() == "TLSv1.3", (names, wrapped.version()))
try:
    with socket.create_connection(("127.0.0.1", tls.port), HANG_S) as plain, \
            ssl.create_default_context().wrap_socket(plain, server_hostname="pi1"):
        expect("whoever does not know the authority does not trust it", False)
except ssl.SSLCertVerificationError as e:
    expect("whoever does not know the authority does not trust it", True, e)
plain_text = tls.raw(b"GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n")
expect("HTTP without TLS is not answered", b"HTTP" not in plain_text, plain_text)
quiet = socket.create_connection(("127.0.0.1", tls.port), HANG_S)
expect("who does not go on with the handshake keeps nobody waiting", tls.get("/v2").status == 200)
large = b"x" * 3_000_000
answer = tls.post("/v1/classify/nothing", large)
expect("large bodies come through TLS", answer.status == 404, answer)
quiet.close()
tls.stop()
far.stop()
done = bramble("gateway", "--listen", "127.0.0.1:0", "--tls-cert", os.path.join(os.environ["BRAMBLE_HOME"], "keys", "node.crt"),
               "--tls-key", os.path.join(os.environ["BRAMBLE_HOME"], "keys", "ca.key"), check=False)
expect("a key of another certificate is told", done.returncode == 1 and "not the key" in done.stderr, done)
