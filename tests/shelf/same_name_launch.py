#!/usr/bin/env python3
"""A second machine whose name another one of the cluster has already, as two fresh Pis both called raspberrypi: it gets no
keys, and scripts/launch-node.sh says what to type. With --replace it gets them. ssh is a stand-in that runs the command
here, in the home of the first machine."""
import os
import pathlib
import subprocess
import tempfile

from shelf import BUILD, REPO, expect

folder = pathlib.Path(tempfile.mkdtemp(prefix="bramble-same-name."))
first, second = folder / "first", folder / "second"
tools = folder / "bin"
tools.mkdir()
(tools / "ssh").write_text(f'#!/bin/sh\nshift\nBRAMBLE_HOME={first} exec sh -c "$*"\n')
(tools / "ssh").chmod(0o755)
# What would run for ever: the keys are the matter here.
(tools / "bramble").write_text(f'#!/bin/sh\n[ "$1" != node ] || exit 0\nexec {BUILD}/bramble "$@"\n')
(tools / "bramble").chmod(0o755)


def launch(*options):
    return subprocess.run([REPO / "scripts" / "launch-node.sh", "--join", "raspberrypi", *options], capture_output=True, text=True,
                          env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "BRAMBLE_HOME": str(second)})


def home(path):
    return {"env": {**os.environ, "BRAMBLE_HOME": str(path)}}


subprocess.run([BUILD / "bramble", "keys", "init", "--name", "raspberrypi"], check=True, stdout=subprocess.DEVNULL, **home(first))
refused = launch("--name", "raspberrypi")
expect("a machine with the first one's name is refused", refused.returncode == 1, refused.stderr)
expect("and told both ways out", "--name raspberrypi-2" in refused.stderr and "--replace" in refused.stderr, refused.stderr)
expect("nothing was installed", not (second / "keys" / "node.key").exists())
other = launch("--name", "raspberrypi-2")
expect("with a name of its own it gets keys", other.returncode == 0, other.stderr)
(second / "keys").rename(folder / "taken-away")
again = launch("--name", "raspberrypi-2")
expect("a third machine does not get that name", again.returncode == 1 and "--replace" in again.stderr, again.stderr)
replaced = launch("--name", "raspberrypi-2", "--replace")
expect("with --replace it does", replaced.returncode == 0 and (second / "keys" / "node.key").exists(), replaced.stderr)
