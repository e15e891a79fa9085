#!/usr/bin/env python3
"""Models belong to the shelf: imported on one node, a model is run by its name on every other, with its labels; a name
that is given to another model means that one everywhere; two nodes that named two models alike are told so."""
import pathlib
import random
import struct
import subprocess
import tempfile

from faults import Node, on_namespaces
from shelf import BUILD, expect, node_pids, until

on_namespaces("--nodes", "3", "--rate", "300mbit", "--pace", "2")
pi1, pi2, pi3 = (Node(number + 1, pid) for number, pid in enumerate(node_pids()))
folder = pathlib.Path(tempfile.mkdtemp(dir=pi1.home))
network, labels = folder / "net.pt", folder / "labels.txt"
subprocess.run([BUILD / "tests" / "make-network", "small", network], check=True)
labels.write_text("".join(f"kind {number} of cat\n" for number in range(10)))


def typed(node, *arguments):
    """What a person there gets: the exit code and all that was said."""
    done = subprocess.run(node.inside(BUILD / "bramble", *arguments), capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def bring(node, name, side, *arguments):
    """Imports the network for pictures of that side; its identity."""
    return node.ask("model", "import", network, "--input", f"1x3x{side}x{side}", "--name", name, *arguments)["identity"]


def picture(side):
    file = folder / f"{side}.raw"
    noise = random.Random(side)
    file.write_bytes(struct.pack(f"{3 * side * side}f", *(noise.random() for _ in range(3 * side * side))))
    return file


def identity(node, name):
    """Of the model that the node's own list has under that name, and those nodes that have it."""
    rows = [row for row in node.ask("model", "list") if row["name"] == name and row["here"]]
    return (rows[0]["identity"], rows[0]["nodes"]) if len(rows) == 1 else (None, [])


cats = bring(pi2, "cats", 128, "--labels", labels)
expect("pi3 hears of it", until(lambda: typed(pi3, "infer", "cats", picture(128))[0] == 0))
answers = [node.ask("infer", "cats", picture(128)) for node in (pi3, pi1, pi2)]
expect("what pi2 imported is run on every node", all(answer["identity"] == cats for answer in answers), answers)
expect("with its labels", all(answer["top"][0]["label"].startswith("kind ") for answer in answers), answers)
expect("the list shows who has it", until(lambda: identity(pi1, "cats") == (cats, ["pi1", "pi2", "pi3"])),
       typed(pi1, "model", "list"))
print(typed(pi1, "model", "list")[1])

code, said = typed(pi1, "model", "import", network, "--input", "1x3x96x96", "--name", "cats")
expect("another model does not take the name unasked", code == 1 and "--replace" in said, said)
other = bring(pi1, "cats", 96, "--replace")
again = bring(pi1, "cats", 96)
expect("the same file again is the same model", again == other)
for node in (pi1, pi2, pi3):
    def follows():
        code, said = typed(node, "infer", "cats", picture(96), "--json")
        return code == 0 and other in said
    expect(f"{node.name} follows the replacement", until(follows), typed(node, "infer", "cats", picture(96)))
expect("all have it by that name", until(lambda: identity(pi2, "cats") == (other, ["pi1", "pi2", "pi3"])),
       typed(pi2, "model", "list"))

first, second = bring(pi1, "dogs", 64), bring(pi3, "dogs", 80)


def contested(node):
    code, said = typed(node, "infer", "dogs", picture(64))
    return code == 1 and "means 2 models" in said


for node in (pi1, pi2, pi3):
    expect(f"{node.name} runs no model of a contested name", until(lambda: contested(node)))
expect("status says so", until(lambda: len(pi2.ask("status")["conflicts"]) == 1), typed(pi2, "status"))
print(typed(pi2, "status")[1])
code, said = typed(pi3, "model", "use", "dogs", second[:12])
expect("a word settles it", code == 0, said)
for node in (pi1, pi2, pi3):
    def settled():
        code, said = typed(node, "infer", "dogs", picture(80), "--json")
        return code == 0 and second in said
    expect(f"{node.name} follows", until(settled), typed(node, "infer", "dogs", picture(80)))
expect("nothing is contested any more", until(lambda: pi1.ask("status")["conflicts"] == []), typed(pi1, "status"))

code, said = typed(pi1, "infer", "birds", picture(64))
expect("an unknown name is told with the known ones", code == 1 and "cats" in said and "dogs" in said, said)
expect("the one that lost the name is there still", pi1.ask("infer", first[:12], picture(64))["identity"] == first)
