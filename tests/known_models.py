#!/usr/bin/env python3
"""Well-known models, traced and scripted, answer in the runtime as in LibTorch, and hardly an op of them runs whole."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SKIPPED = 77
# Small ones of every family; scripts/make-models knows more.
NAMES = ["squeezenet1_1", "mobilenet_v3_large", "shufflenet_v2_x1_0", "regnet_y_400mf", "convnext_tiny", "unet",
         "two_cameras"]

repo = pathlib.Path(__file__).resolve().parent.parent
build = pathlib.Path(os.environ.get("BRAMBLE_BUILD_DIR", repo / "build"))
if subprocess.run(["/usr/bin/python3", "-c", "import torchvision"], capture_output=True, check=False).returncode != 0:
    print("skipped: there is no python3-torchvision")
    sys.exit(SKIPPED)

failures = 0
with tempfile.TemporaryDirectory() as folder:
    subprocess.run([repo / "scripts" / "make-models", "--scripted", folder, *NAMES], check=True)
    models = json.loads((pathlib.Path(folder) / "models.json").read_text(encoding="utf-8"))
    for name in NAMES:
        inputs = models[name]["input"]
        for kind in (".pt", ".script.pt"):
            run = subprocess.run([build / "check-model", pathlib.Path(folder) / (name + kind),
                                  *(inputs if isinstance(inputs, list) else [inputs])],
                                 capture_output=True, text=True, check=False)
            print(run.stdout + run.stderr, end="")
            good = run.returncode == 0 and re.search(r" 0 atoms, 100.0 %", run.stdout)
            failures += not good
sys.exit(1 if failures else 0)
