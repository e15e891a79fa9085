"""scripts/check-onnx --networks: whole networks by `bramble model import` and `bramble infer`, compared with ONNX Runtime.

Runs beside the node of a testbed of one. Every network gets the same seeded input by both; what is printed is a Markdown table.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from modellib.onnx_inputs import make_input

TOLERANCE = 1e-4  # of the largest value, as the importer holds its graphs to their originals
LAST_BITS = {"float32": 2**-24, "float16": 2**-11}
# As config/defaults_import.hpp has them: how many times as far off an answer may be as theirs moves by itself, and where that is
# so far that there is nothing to compare with.
OWN_FACTOR, OWN_LIMIT = 8, .05
RUNTIME = "onnxruntime-node@1.30.0"
HEAD = ("network", "ops", "GMAC", "import", "file", "peak memory", "own peak / file", "off by", "ONNX Runtime's own", "verdict")


def say(text):
    print(f"check-onnx: {time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def runtime_in(folder):
    """The folder of onnxruntime-node, fetched if it is not there yet; or why there is none."""
    package = folder / "node_modules" / "onnxruntime-node"
    if not shutil.which("node"):
        return None, "there is no node to run ONNX Runtime with; type: apt-get install nodejs npm"
    if (package / "package.json").exists():
        return package, ""
    if not shutil.which("npm"):
        return None, "there is no npm to fetch ONNX Runtime with; type: apt-get install npm"
    say(f"fetching {RUNTIME} ...")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true}\n')
    # Its install script fetches CUDA libraries that nothing here uses.
    done = subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact", "--fetch-retries=1",
                           RUNTIME], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None, f"npm could not fetch {RUNTIME}; is the network there? Try: npm view {RUNTIME}"
    return package, ""


def measured(command):
    """Exit code, standard error, seconds and peak bytes of that process alone."""
    with tempfile.TemporaryFile() as err:
        since = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - since
        err.seek(0)
        return process.returncode, err.read().decode(errors="replace"), seconds, usage.ru_maxrss * 1024


def field(number, value):
    """Of a protobuf message shorter than 128 bytes."""
    if isinstance(value, int):
        return bytes((number << 3, value))
    value = value.encode() if isinstance(value, str) else value
    return bytes((number << 3 | 2, len(value))) + value


def smallest_network():
    """One Relu: what importing it takes is LibTorch's and not the network's."""
    tensor = field(2, field(1, field(1, 1) + field(2, field(1, field(1, 8)))))
    node = field(1, "x") + field(2, "y") + field(4, "Relu")
    graph = field(1, node) + field(2, "net") + field(11, field(1, "x") + tensor) + field(12, field(1, "y") + tensor)
    return field(1, 7) + field(7, graph) + field(8, field(2, 13))


class Check:
    """One network. What goes wrong on the way is a row as well."""

    def __init__(self, bramble, package, models, name, told, empty):
        self.bramble, self.package, self.name, self.told, self.empty = bramble, package, name, told, empty
        self.file = models / f"{name}.onnx"
        self.cells = {"network": name, "file": f"{self.file.stat().st_size / 1e6:.1f} MB"}

    def run(self):
        with tempfile.TemporaryDirectory(prefix="bramble-networks-") as folder:
            self.cells["verdict"] = self.verdict(pathlib.Path(folder))
        return self.cells

    def verdict(self, folder):
        say(f"{self.name}: importing ...")
        inputs = [word for each in self.told["inputs"] for word in ("--input", each)]
        code, err, seconds, peak = measured([self.bramble, "model", "import", str(self.file), *inputs, "--name", self.name])
        if code != 0:
            last = (err.strip().splitlines() or ["nothing was said"])[-1].removeprefix("bramble: ").removeprefix(f"{self.file}: ")
            return ("refused: " if code == 1 else f"wrong: the import ended with {code}: ") + last
        own = max(0, peak - self.empty)
        self.cells |= {"import": f"{seconds:.1f} s", "peak memory": f"{peak / 1e6:.0f} MB",
                       "own peak / file": f"{own / self.file.stat().st_size:.1f}"}
        shown = json.loads(subprocess.check_output([self.bramble, "model", "show", self.name, "--json"]))
        self.cells |= {"ops": str(shown["op_count"]), "GMAC": f"{shown['gmacs']:.4g}"}
        files = self.make_inputs(folder, shown)
        answers = folder / "answers"
        say(f"{self.name}: asking the node ...")
        given = [word for name, file in files.items() for word in ("--input", f"{name}={file}")]
        # By one node as it is: with nobody to divide with, measuring every op for a plan would only take time.
        done = subprocess.run([self.bramble, "infer", self.name, "--method", "one", *given, "--output", str(answers)],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return f"no answer: {(done.stderr.strip().splitlines() or ['nothing was said'])[-1].removeprefix('bramble: ')}"
        return self.compare(folder, files, sorted(answers.glob("*.npy"), key=number_of))

    def make_inputs(self, folder, shown):
        files = {}
        for i, (name, shape, kind) in enumerate(zip(shown["input_names"], shown["inputs"], shown["input_types"])):
            files[name] = folder / f"input_{i}.npy"
            make_input(files[name], shape, kind, self.told, name)
        return files

    def compare(self, folder, files, answers):
        given = dict(each.split("=", 1) for each in self.told["inputs"])
        bound = {name: [float(x) for x in text.strip("[]").split(",")] for name, text in given.items() if name not in files}
        order = folder / "compare.json"
        say(f"{self.name}: asking ONNX Runtime ...")
        order.write_text(json.dumps({"model": str(self.file), "bound": bound, "outputs": [str(file) for file in answers],
                                     "inputs": {name: str(file) for name, file in files.items()},
                                     "tolerance": TOLERANCE, "last_bits": LAST_BITS[self.told["numbers"]]}))
        done = subprocess.run(["node", str(pathlib.Path(__file__).with_name("onnx_runtime.js")), str(self.package), str(order)],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return f"not compared: ONNX Runtime says {(done.stderr.strip().splitlines() or ['nothing'])[-1]}"
        outputs = json.loads(done.stdout)["outputs"]
        for each in outputs:
            if each.get("why"):
                return f"wrong: output {each['name']}: {each['why']}"
        worst = max(outputs, key=lambda each: each["off"] / allowed(each))
        self.cells["off by"] = f"{worst['off']:.1e}"
        if worst["own"]:
            self.cells["ONNX Runtime's own"] = f"{worst['own']:.1e}"
        if worst["off"] <= TOLERANCE:
            return "passed"
        if worst["own"] > OWN_LIMIT:
            return f"not compared: ONNX Runtime's own answers {worst['name']} move too far"
        return "within rounding" if worst["off"] <= allowed(worst) else f"wrong: output {worst['name']} is off"


def allowed(output):
    return max(TOLERANCE, OWN_FACTOR * output["own"])


def number_of(path):
    return int(path.stem.rsplit("_", 1)[-1]) if "_" in path.stem and path.stem.rsplit("_", 1)[-1].isdigit() else 0


def row(cells):
    return "| " + " | ".join(cells.get(name, "").replace("|", "/") for name in HEAD) + " |"


def check(bramble, package, models, told):
    """Prints the table; the exit code."""
    with tempfile.TemporaryDirectory(prefix="bramble-networks-") as folder:
        relu = pathlib.Path(folder) / "relu.onnx"
        relu.write_bytes(smallest_network())
        code, err, _, empty = measured([bramble, "model", "import", str(relu), "--name", "relu"])
        if code != 0:
            say(f"a network of one Relu could not be imported: {err.strip()}")
            return 1
    print(row(dict(zip(HEAD, HEAD))))
    print("|---|" + "---:|" * (len(HEAD) - 2) + "---|", flush=True)
    verdicts = []
    for name, each in told.items():
        cells = Check(bramble, package, models, name, each, empty).run()
        print(row(cells), flush=True)
        verdicts.append(cells["verdict"].split(":")[0])
    print()
    print(", ".join(f"{verdicts.count(kind)} {kind}" for kind in ("passed", "within rounding", "refused", "wrong", "no answer", "not compared")) +
          f" of {len(verdicts)} networks.")
    return 1 if {"wrong", "no answer"} & set(verdicts) or not {"passed", "within rounding"} & set(verdicts) else 0
