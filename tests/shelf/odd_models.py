#!/usr/bin/env python3
"""Models as people write them (parts of tensors written into, token ids, numbers besides, packed for phones ...) answer
in the runtime as in LibTorch, and those that cannot be imported are refused for their own reason."""
import pathlib
import sys
import tempfile

import model_files

failures = 0
with tempfile.TemporaryDirectory() as folder:
    models = model_files.make("tests/tools/make_odd_models.py", folder, folder)
    for name, wanted in models.items():
        run = model_files.check_model(pathlib.Path(folder) / (name + ".pt"), wanted["inputs"])
        reason = wanted.get("refused")
        good = run.returncode == 0 if reason is None else run.returncode == 1 and reason in run.stdout
        if not good:
            print(f"{name}: {'refused or wrong' if reason is None else 'not refused with ' + repr(reason)}")
        failures += not good
print(f"{failures} of {len(models)} failed")
sys.exit(1 if failures else 0)
