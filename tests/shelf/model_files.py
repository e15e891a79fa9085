"""What the tests of importing share: TorchScript files that a script of python3-torchvision's makes, each put through
build/check-model."""
import json
import os
import pathlib
import subprocess
import sys

SKIPPED = 77
REPO = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BRAMBLE_BUILD_DIR", REPO / "build"))


def make(script, folder, *arguments):
    """Runs a script that writes TorchScript files to a folder, and gives its models.json. Debian's interpreter has
    torchvision or none has; without it the test ends as skipped."""
    known = subprocess.run(["/usr/bin/python3", "-c", "import torchvision"], capture_output=True, check=False)
    if known.returncode != 0:
        print("skipped: there is no python3-torchvision")
        sys.exit(SKIPPED)
    subprocess.run([REPO / script, *arguments], check=True)
    return json.loads((pathlib.Path(folder) / "models.json").read_text(encoding="utf-8"))


def check_model(file, inputs):
    """The finished check-model of a file; what it said is printed."""
    run = subprocess.run([BUILD / "check-model", file, *inputs], capture_output=True, text=True, check=False)
    print(run.stdout + run.stderr, end="")
    return run
