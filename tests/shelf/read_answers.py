#!/usr/bin/env python3
"""What networks answer, as people use it: boxes in the photo's pixels, masks, pictures; outputs by name in files of every kind;
what a model means, guessed, said at import and changed afterwards; the same through the gateway."""
import ast
import json
import os
import pathlib
import struct
import subprocess
import tempfile
import zipfile

from gateway_kit import Gateway, import_network
from pictures import Picture, write_png
from shelf import BUILD, bramble, bramble_json, expect, rerun_on_a_shelf, until

rerun_on_a_shelf("--loopback", "--nodes", "2", "--pace", "2")

folder = pathlib.Path(tempfile.mkdtemp(dir=os.environ["BRAMBLE_HOME"]))
RED, GREEN, BLUE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)


def fails(*arguments):
    """The exit code, which is not 0, and the one sentence that was said."""
    done = bramble(*arguments, check=False)
    expect(f"{arguments[0]} {arguments[-1]} fails", done.returncode != 0, done.stdout)
    return done.returncode, done.stderr.strip()


def tensor_of(npy):
    """Shape, NumPy's type and bytes of a .npy file of version 1."""
    size = struct.unpack("<H", npy[8:10])[0]
    header = ast.literal_eval(npy[10:10 + size].decode())
    return header["shape"], header["descr"], npy[10 + size:]


bramble("status", "--wait", "2")

# A photo twice as wide as high: in the network's square of 64 it is halved, with bars of 16 above and below.
street = folder / "street.png"


def things(x, y):
    if 32 <= x < 56 and 16 <= y < 32:
        return RED
    return GREEN if 96 <= x < 112 and 32 <= y < 48 else BLACK


write_png(street, 128, 64, things)
labels = folder / "labels.txt"
labels.write_text("lorry\nfrog\n", encoding="utf-8")
network = folder / "detecting.pt"
subprocess.run([BUILD / "tests" / "make-network", "detecting", network], check=True)
said = bramble("model", "import", network, "--input", "1x3x64x64", "--name", "finder", "--labels", labels).stdout
expect("an import says what it takes the answer for, and how to say otherwise",
       "detect: boxes laid out as by yolov8, of 2 classes" in said and "guessed" in said and "model set finder" in said, said)
shown = bramble_json("model", "show", "finder")
expect("so does the model", shown["task"] == "detect" and shown["task_guessed"] and shown["head"] == "yolov8" and
       shown["photo"]["fit"] == "letterbox" and shown["output_names"] == ["found"], shown)

drawn = folder / "drawn.png"
found = bramble_json("infer", "finder", street, "--output", drawn)
boxes = [(box["label"], box["box"]) for box in found["boxes"]]
expect("boxes are told in the photo's pixels, cut where it ends",
       boxes == [("frog", [80, 16, 128, 64]), ("lorry", [16, 0, 64, 48])] or
       boxes == [("lorry", [16, 0, 64, 48]), ("frog", [80, 16, 128, 64])], found)
expect("the best score is nearly one", 0.9 < found["boxes"][0]["score"] <= 1, found)
expect("outputs are told by name", found["tensors"] == [{"name": "found", "dtype": "float32", "shape": [1, 6, 84]}], found)
picture = Picture(drawn)
expect("they are drawn on the photo, which is its size otherwise", (picture.width, picture.height) == (128, 64))
expect("along their edges", picture.colour(16, 40) == picture.colour(63, 47) != BLACK and picture.colour(20, 44) == BLACK)
expect("for people, too", "lorry  at 16,0 to 64,48" in bramble("infer", "finder", street).stdout)
more = bramble_json("infer", "finder", street, "--threshold", "0.4", "--overlap", "1")["boxes"]
expect("what covers another is told where it may", sum(box["label"] == "lorry" for box in more) > 1, more)
nothing = bramble("infer", "finder", street, "--threshold", "1").stdout
expect("where nothing is found, that is said", "Nothing was found" in nothing and "--threshold" in nothing, nothing)
expect("wrong thresholds are wrong usage", fails("infer", "finder", street, "--threshold", "2")[0] == 2)

# Another photo is another shape, and many are a line each.
write_png(folder / "tall.png", 64, 128, lambda x, y: RED if 16 <= x < 32 and 32 <= y < 56 else BLACK)
lines = bramble("infer", "finder", street, folder / "tall.png").stdout.splitlines()
expect("of many photos each is a line", "1 frog" in lines[0] and "1 lorry" in lines[0] and "1 lorry" in lines[1], lines)
code, why = fails("infer", "finder", street, folder / "tall.png", "--output", drawn)
expect("one file for many answers is wrong usage", code == 2 and "--output DIR" in why, why)

# Every kind of file, of one output and of several.
import_network("segmenting", folder, "fields", "--input", "1x3x64x64", "--task", "segment")
expect("names of outputs come with the model", bramble_json("model", "show", "fields")["output_names"] == ["out", "aux"])
fields = folder / "fields.png"
write_png(fields, 128, 64, lambda x, y: RED if x < 32 else GREEN if y < 32 else BLUE)
code, why = fails("infer", "fields", fields, "--output", folder / "x.npy")
expect("a .npy holds one output, and it is said what does more", code == 1 and f"--output {folder}/x.npz" in why, why)
everything = folder / "x.npz"
told = bramble_json("infer", "fields", fields, "--output", everything)
expect("the file is told", told["outputs"] == [str(everything)], told)
with zipfile.ZipFile(everything) as archive:
    expect("the archive is sound", archive.testzip() is None)
    held = {name: tensor_of(archive.read(name)) for name in archive.namelist()}
expect("and has each output by its name", {name: (shape, kind) for name, (shape, kind, _) in held.items()} ==
       {"out.npy": ((1, 4, 64, 64), "<f4"), "aux.npy": ((1, 4, 8, 8), "<f4")}, held.keys())
as_text = folder / "x.json"
bramble("infer", "fields", fields, "--output", as_text)
listed = {each["name"]: each for each in json.loads(as_text.read_text())["outputs"]}
flat = [number for plane in listed["aux"]["data"][0] for row in plane for number in row]
expect("JSON has the same bits", struct.pack(f"<{len(flat)}f", *flat) == held["aux.npy"][2])
bramble("infer", "finder", street, "--output", folder / "one.npy")
expect("a .npy has the one there is", tensor_of((folder / "one.npy").read_bytes())[0] == (1, 6, 84))
bramble("infer", "fields", fields, "--output", folder / "all")
expect("a folder has one for each", sorted(each.name for each in (folder / "all").iterdir()) == ["fields_0.npy", "fields_1.npy"])
bramble("model", "import", folder / "segmenting.pt", "--input", "1x3x160x160", "--name", "large", "--task", "segment")
code, why = fails("infer", "large", fields, "--output", as_text)
expect("what is too much for JSON is refused, and the old file is there still", "type --output" in why and
       json.loads(as_text.read_text())["model"] == "fields", why)
code, why = fails("infer", "fields", fields, "--output", fields)
expect("nothing is written over the input", "overwrite the input" in why and Picture(fields).colour(0, 0) == RED, why)
code, why = fails("infer", "fields", fields, "--output", "/dev/full/x.npz")
expect("a place that is none is a sentence", code == 1 and why.endswith(".") and "\n" not in why, why)

# The mask.
mask_file, over = folder / "mask.png", folder / "over.png"
told = bramble_json("infer", "fields", fields, "--output", mask_file, "--overlay", over)
shares = {each["index"]: each["share"] for each in told["classes"]}
expect("each class has its share of the photo, without the bars", shares == {1: 0.25, 2: 0.375, 3: 0.375}, told["classes"])
mask = Picture(mask_file)
expect("a mask is the photo's size and has a number for each pixel", (mask.width, mask.height, mask.kind) == (128, 64, 3))
wrong = [(x, y) for y in range(64) for x in range(128) if mask.number(x, y) != (1 if x < 32 else 2 if y < 32 else 3)]
expect("which is its class", not wrong, wrong[:5])
overlaid = Picture(over)
expect("an overlay is the photo with the classes' colours on it",
       overlaid.colour(5, 5) == tuple((a + b + 1) // 2 for a, b in zip(RED, mask.palette[1])), overlaid.colour(5, 5))
code, why = fails("infer", "fields", fields, "--overlay", folder / "over.jpg")
expect("an overlay is a PNG", "over.png" in why, why)
said = bramble("infer", "fields", fields).stdout
expect("shares are told to people", "37.50 %  class 2" in said, said)

# Another picture.
import_network("enlarging", folder, "larger", "--input", "1x3x32x32", "--mean", "0.5", "--std", "0.5")
expect("a picture larger than the photo is unmistakable", bramble_json("model", "show", "larger")["task"] == "image")
larger = folder / "larger.png"
told = bramble_json("infer", "larger", fields, "--output", larger)
expect("its picture has the photo's proportions", told["picture"] == {"width": 64, "height": 32}, told)
picture = Picture(larger)
expect("and its colours", (picture.colour(2, 2), picture.colour(60, 2), picture.colour(60, 30)) == (RED, GREEN, BLUE))

# What a model means is changed without its file.
code, why = fails("model", "set", "finder")
expect("a change needs something to change", code == 2 and "--task" in why, why)
code, why = fails("model", "set", "finder", "--task", "segment")
expect("what the shapes cannot be is refused", code == 1 and "found 1x6x84" in why, why)
code, why = fails("model", "set", "finder", "--task", "sing")
expect("an unknown word is wrong usage, and the words are said", code == 2 and "classify" in why, why)
before = bramble_json("model", "show", "finder")
bramble("model", "set", "finder", "--colour", "bgr")
after = bramble_json("model", "show", "finder")
expect("another meaning is another model of the same weights", after["identity"] != before["identity"] and
       after["photo"]["colour"] == "bgr" and after["labels"] == before["labels"], after)


def swapped():
    """Blue comes first now: what was red is seen as blue, and of that there is nothing to be found."""
    return [box["label"] for box in bramble_json("infer", "finder", street)["boxes"]] == ["frog"]


expect("the shelf follows", until(swapped))
bramble("model", "set", "finder", "--colour", "rgb", "--task", "none")
told = bramble("infer", "finder", street).stdout
expect("a model of no task answers with tensors", "found  1x6x84  float32" in told, told)
bramble("model", "set", "finder", "--task", "guess")
bramble("model", "set", "fields", "--task", "none")
code, why = fails("infer", "fields", fields, "--output", folder / "no.png")
expect("which are no picture, and it is said what to do", "model set fields --task" in why, why)
bramble("model", "set", "fields", "--task", "segment")

# Through the gateway.
gateway = Gateway()
answer = gateway.post("/v1/classify/finder", street.read_bytes())
expect("the gateway tells boxes", answer.status == 200 and {box["label"] for box in answer.json()["boxes"]} == {"lorry", "frog"},
       answer)
card = gateway.get("/v2/models/fields").json()
expect("and names of outputs", [each["name"] for each in card["outputs"]] == ["out", "aux"], card)
answer = gateway.post("/v1/run/fields?output=aux", fields.read_bytes())
expect("by which they are asked for", tensor_of(answer.body) == held["aux.npy"], answer)
gateway.stop()
