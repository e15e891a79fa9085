"""Gets the models into the homes of the shelf's nodes, and this machine measured with each of them, once for all."""
import json
import os
import pathlib
import shutil
import subprocess

from benchlib import session

BUILT_IN = "inception_v4"


class Missing(Exception):
    """A model cannot be had; the text says why."""


def bramble(build, home, *arguments):
    done = subprocess.run([str(build / "bramble"), *map(str, arguments)], capture_output=True, text=True, check=False,
                          env={**os.environ, "BRAMBLE_HOME": str(home)})
    if done.returncode != 0:
        raise Missing(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"bramble {arguments[0]} failed")
    return done.stdout


def file_of(name, folder, make):
    """The TorchScript file of a model and its input's shape; made with seeded weights where that is allowed."""
    file, described = folder / f"{name}.pt", folder / "models.json"
    if make and not file.exists():
        make_models = session.REPO / "scripts" / "make-models"
        done = subprocess.run([str(make_models), str(folder), name], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Missing(done.stderr.strip().splitlines()[-1])
    if not file.exists():
        raise Missing(f"there is no {file}.")
    try:
        shape = json.loads(described.read_text(encoding="utf-8"))[name]["input"]
    except (OSError, KeyError, ValueError):
        example = json.dumps({name: {"input": "1x3x224x224"}})
        raise Missing(f"{described} does not say what {name} takes, like {example}.") from None
    return file, shape if isinstance(shape, list) else [shape]


def have(name, build, home, folder, make):
    """The model in a home; its 10^9 multiply-accumulates. One that is there already will do where this script makes the
    files itself (`make`); of somebody's own files nobody knows whether they are still the same."""
    def shown():
        return json.loads(bramble(build, home, "model", "show", name, "--json"))["gmacs"]

    if make or name == BUILT_IN:
        try:
            return shown()
        except Missing:
            pass  # it is made below
    if name == BUILT_IN:
        bramble(build, home, "model", "build", name)
    else:
        file, shapes = file_of(name, folder, make)
        inputs = [word for shape in shapes for word in ("--input", shape)]
        bramble(build, home, "model", "import", file, *inputs, "--name", name, "--replace")
    return shown()


def share(state, nodes):
    """Every node is this machine: they have pi1's models, by hard links, and its calibrations."""
    first = state / "pi1"
    for number in range(2, nodes + 1):
        home = state / f"pi{number}"
        shutil.rmtree(home / "calibration", ignore_errors=True)
        shutil.copytree(first / "calibration", home / "calibration")
        for folder in ("blobs", "manifests", "names"):
            (home / "models" / folder).mkdir(parents=True, exist_ok=True)
            for file in (first / "models" / folder).iterdir():
                there = home / "models" / folder / file.name
                there.unlink(missing_ok=True)
                os.link(file, there)


def prepare(names, state, log, progress):
    """One unpaced node alone measures this machine with each model, where that is not known yet. What one core does,
    in 10^9 multiply-accumulates a second."""
    told = {}

    def hear(found):
        if "progress" in found:
            progress(found["progress"])
        told.update(found)

    task = {"kind": "prepare", "models": names}
    session.run(session.testbed_options([1], [None], None, 1, state), task, log, hear)
    return next(node["gmacs"] for node in told["status"]["nodes"] if node["name"] == "pi1")


def forget_measurements(state):
    for folder in pathlib.Path(state).glob("pi*/calibration"):
        shutil.rmtree(folder)
