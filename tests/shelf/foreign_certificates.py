#!/usr/bin/env python3
"""TLS without a certificate, with one of another cluster, and with one that has expired: refused at both ports."""
import os
import pathlib
import subprocess

from shelf import BUILD, expect
from siege import COMMANDS, TENSORS, Siege


def another_cluster(folder):
    subprocess.run([BUILD / "bramble", "keys", "init"], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "BRAMBLE_HOME": str(folder), "BRAMBLE_NAME": "pi3"})
    return folder / "keys"


def expired(folder, authority):
    """A certificate of the cluster for pi3 whose last second is the one in which it was made: that counts as over."""
    folder.mkdir()

    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", folder / "node.key",
            "-out", folder / "request", "-subj", "/CN=pi3")
    openssl("x509", "-req", "-in", folder / "request", "-CA", authority / "ca.crt", "-CAkey", authority / "ca.key",
            "-days", "0", "-out", folder / "node.crt")
    return folder


siege = Siege("foreign certificates")
folder = pathlib.Path(siege.shelf.folder)
wrong = {"of another cluster": another_cluster(folder / "foreign"),
         "that has expired": expired(folder / "expired", siege.shelf["pi1"].home / "keys")}
for port in (COMMANDS, TENSORS):
    expect(f"port {port} refuses who has no certificate", siege.do("refused", port)["refused"])
    for what, keys in wrong.items():
        expect(f"port {port} refuses a certificate {what}", siege.do("refused", port, keys=keys)["refused"])
expect("the control port lets a right one in", not siege.do("refused", keys=siege.keys)["refused"])
siege.finish()
