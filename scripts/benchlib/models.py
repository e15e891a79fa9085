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
        done = subprocess.run([str(session.REPO / "scripts" / "make-models"), str(folder), name], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise Missing(done.stderr.strip().splitlines()[-1])
    if not file.exists():
        raise Missing(f"there is no {file}.")
    try:
        shape = json.loads(described.read_text(encoding="utf-8"))[name]["input"]
    except (OSError, KeyError, ValueError):
        raise Missing(f"{described} does not say what {name} takes, like {{\"{name}\": {{\"input\": \"1x3x224x224\"}}}}.") from None
    return file, shape if isinstance(shape, list) else [shape]


def have(name, build, home, folder, make):
    """The model in a home; its 10^9 multiply-accumulates."""
    try:
        shown = bramble(build, home, "model", "show", name, "--json")
    except Missing:
        if name == BUILT_IN:
            bramble(build, home, "model", "build", name)
        else:
            file, shapes = file_of(name, folder, make)
            inputs = [word for shape in shapes for word in ("--input", shape)]
            bramble(build, home, "model", "import", file, *inputs, "--name", name)
        shown = bramble(build, home, "model", "show", name, "--json")
    return json.loads(shown)["gmacs"]


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
    task = {"kind": "prepare", "models": names}
    status = None
    for found in session.run(session.testbed_options([1], [None], None, 1, state), task, log):
        if "progress" in found:
            progress(found["progress"])
        else:
            status = found["status"]
    return next(node["gmacs"] for node in status["nodes"] if node["name"] == "pi1")


def forget_measurements(state):
    for folder in pathlib.Path(state).glob("pi*/calibration"):
        shutil.rmtree(folder)
