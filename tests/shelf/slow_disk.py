#!/usr/bin/env python3
"""A node has fifty models on a disk so slow that looking through them takes many seconds: nobody takes it for dead, it
answers at once what peers and clients ask, works on requests and hosts them, and sees models come and go."""
import hashlib
import os
import pathlib
import shutil
import signal

from faults import MODEL, Shelf, on_namespaces
from shelf import BUILD, expect, same_answer, until

on_namespaces("--nodes", "3", "--rate", "940mbit", "--pace", "2")

MODELS = 50
# Some 17 files are looked at for each model: 8 s for all of them.
DELAY_MS = "10"


def put(path, content):
    """As any process writes to a store: whole or not at all."""
    staged = path.parent.parent / "staging" / path.name
    staged.parent.mkdir(exist_ok=True)
    staged.write_bytes(content)
    staged.rename(path)


def add_namesake(models, name):
    """The model once more, under a name of as many letters: another identity, the same weights."""
    identity = (models / "names" / MODEL).read_text()
    manifest = (models / "manifests" / identity).read_bytes()
    assert len(name) == len(MODEL) and MODEL.encode() in manifest
    manifest = manifest.replace(MODEL.encode(), name.encode())
    identity = hashlib.sha256(manifest).hexdigest()
    put(models / "manifests" / identity, manifest)
    put(models / "names" / name, identity.encode())


def report_of(node, name):
    return next(each for each in node.ask("status")["nodes"] if each["name"] == name)


shelf = Shelf("slow_disk", asked=("pi1", "pi2"))
slow = shelf["pi3"]
os.kill(slow.pid, signal.SIGKILL)
models = slow.home / "models"
shutil.copytree(shelf["pi1"].home / "models", models, dirs_exist_ok=True)
for number in range(1, MODELS):
    add_namesake(models, f"model{number:02}")
expect("pi3 is seen to be gone", until(lambda: shelf.states()["pi3"] == "failed"))
said_before = {node.name: (node.home / "node.log").stat().st_size for node in shelf.nodes.values()}
slow.start(LD_PRELOAD=BUILD / "tests" / "libslow_folder.so", SLOW_FOLDER=models, SLOW_FOLDER_MS=DELAY_MS)
expect("pi3 is a member again", until(lambda: shelf.states()["pi3"] == "alive"))
expect("the disk is slow", "libslow_folder.so" in pathlib.Path(f"/proc/{slow.pid}/maps").read_text())

shelf.begin()
expect(f"pi3 tells of {MODELS} models", until(lambda: len(report_of(slow, "pi3")["models"]) == MODELS))
expect("and pi1 knows", until(lambda: len(report_of(shelf["pi1"], "pi3")["models"]) == MODELS))
# Another process adds a model: from now on all of them are looked at again.
add_namesake(models, "another")
shelf.traffic.await_answers(4)
expect("pi3 has the same answer as a host", same_answer(shelf.infer(slow), shelf.right))
expect("it finds a model that has just come", slow.ask("plan", "another")["model"] == "another")
expect("and tells of it", until(lambda: "another" in report_of(slow, "pi3")["models"]))
(models / "names" / "model01").unlink()
expect("it tells of none that went", until(lambda: "model01" not in report_of(slow, "pi3")["models"]))
shelf.finish(["pi1", "pi2", "pi3"])
for node in shelf.nodes.values():
    states = shelf.states(node)
    expect(f"{node.name} holds nobody for failed", set(states.values()) == {"alive"}, states)
    with open(node.home / "node.log", "rb") as log:
        log.seek(said_before[node.name])
        said = log.read().decode()
    expect(f"{node.name} lost no peer", "lost pi" not in said and "does not answer" not in said, said[-2000:])
