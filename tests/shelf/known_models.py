#!/usr/bin/env python3
"""Well-known models, traced and scripted, answer in the runtime as in LibTorch, and hardly an op of them runs whole."""
import pathlib
import re
import sys
import tempfile

import model_files

# Small ones of every family; scripts/make-models knows more.
NAMES = ["squeezenet1_1", "mobilenet_v3_large", "shufflenet_v2_x1_0", "regnet_y_400mf", "convnext_tiny", "unet",
         "two_cameras"]

failures = 0
with tempfile.TemporaryDirectory() as folder:
    models = model_files.make("scripts/make-models", folder, "--scripted", folder, *NAMES)
    for name in NAMES:
        inputs = models[name]["input"]
        for kind in (".pt", ".script.pt"):
            run = model_files.check_model(pathlib.Path(folder) / (name + kind),
                                          inputs if isinstance(inputs, list) else [inputs])
            good = run.returncode == 0 and re.search(r" 0 atoms, 100.0 %", run.stdout)
            failures += not good
sys.exit(1 if failures else 0)
