#!/usr/bin/env python3
"""A certificate of which two thirds are over is renewed by itself while the shelf runs: the node asks whoever has the
authority, nobody is lost meanwhile, the private key stays as it is, and the new one is what it shows from then on."""
import datetime
import json
import subprocess

from machines import House, expect, expect_full_mesh, until


def age(machine, authority, years):
    """Gives the machine a certificate for its key that has so many years behind it, and one before it."""
    keys, work = machine.home / "keys", machine.home / "openssl"
    work.mkdir()
    (work / "index").touch()
    (work / "settings").write_text(f"""
[ca]
default_ca = one
[one]
database = {work}/index
new_certs_dir = {work}
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = node
[any]
commonName = supplied
[req]
distinguished_name = subject
[subject]
[node]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
subjectAltName = DNS:{machine.name}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
""")
    today = datetime.date.today()
    begin, end = (today.replace(year=today.year + shift, day=1) for shift in (-years, 1))

    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    openssl("req", "-new", "-key", keys / "node.key", "-subj", f"/CN={machine.name}", "-config", work / "settings", "-out", work / "csr")
    openssl("ca", "-batch", "-config", work / "settings", "-cert", authority / "ca.crt", "-keyfile", authority / "ca.key",
            "-startdate", f"{begin:%Y%m%d}000000Z", "-enddate", f"{end:%Y%m%d}000000Z", "-notext", "-in", work / "csr",
            "-out", keys / "node.crt")
    listed = (authority / "issued").read_text().splitlines()
    for number, line in enumerate(listed):
        name, _, _, *rest = line.split()
        if name == machine.name:
            listed[number] = " ".join([name, str(begin), str(end), *rest])
    (authority / "issued").write_text("\n".join(listed) + "\n")


def valid_until(machine):
    return json.loads(machine.bramble("keys", "show", "--json"))["expires"]


house = House()
first, second, third = machines = house.shelf(3)
age(second, first.home / "keys", 9)
key = (second.home / "keys" / "node.key").read_bytes()
before = {machine.name: valid_until(machine) for machine in machines}
expect("the second one's ends next year", before["pi2"][:4] == str(datetime.date.today().year + 1), before)
first.start()
for each in (second, third):
    each.start("--join", "10.90.0.1")
expect_full_mesh(machines)
expect("it is renewed by itself", until(lambda: "renewed by pi1" in second.said(), 120), second.said()[-2000:])
expect("for ten years", int(valid_until(second)[:4]) >= datetime.date.today().year + 9, valid_until(second))
expect("its private key is the same", (second.home / "keys" / "node.key").read_bytes() == key)
expect("the others' have time", all(valid_until(each) == before[each.name] for each in (first, third)))
expect("the authority's list has it", any(
    each["node"] == "pi2" and "renewal" in each["by"] for each in json.loads(first.bramble("keys", "list", "--json"))))
expect("nobody was lost meanwhile", not any("lost pi" in each.said() for each in machines))
# Connections from now on are by the new one.
third.stop()
third.start()
expect_full_mesh(machines)
