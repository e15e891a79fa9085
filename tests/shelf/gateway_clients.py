#!/usr/bin/env python3
"""The clients of docs/clients, and what people type, get from a gateway what `bramble infer` gets; and what it gives as files."""
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import zipfile

from gateway_kit import HANG_S, Gateway, folder, import_network
from shelf import REPO, bramble, bramble_json, expect, rerun_on_a_shelf, until

rerun_on_a_shelf("--nodes", "2", "--pace", "4")

here = folder()
photo = here / "house.png"
subprocess.run([REPO / "scripts" / "make-photo", photo], check=True)
labels = here / "labels.txt"
labels.write_text("".join(f"kind {number}\n" for number in range(10)))
import_network("small", here, "small", "--input", "1x3x64x64", "--labels", labels)
import_network("pair", here, "pair", "--input", "1x3x64x64", "1x16:int64")
gateway = Gateway()
expect("it becomes ready", until(lambda: gateway.get("/v2/health/ready").status == 200))
right = bramble_json("infer", "small", photo)
best = right["top"][0]
line = f"{best['p']:.1%} {best['label']}"
clients = REPO / "docs" / "clients"


def typed(*command, **variables):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=HANG_S, check=False,
                          env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **variables})
    print(done.stdout + done.stderr, end="", flush=True)
    return done


# -- photos ------------------------------------------------------------------------------------------------------------------------
told = gateway.post("/v1/classify/small", photo.read_bytes()).json()
expect("a photo is answered with the bits of `bramble infer`", told["output_sha256"] == right["output_sha256"], told)
expect("and its classes", told["top"] == right["top"], told["top"])
expect("as many as are asked for", len(gateway.post("/v1/classify/small?top=2", photo.read_bytes()).json()["top"]) == 2)
form = (b"--edge\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n"
        b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"house.png\"\r\nContent-Type: image/png\r\n\r\n" +
        photo.read_bytes() + b"\r\n--edge--\r\n")
told = gateway.post("/v1/classify/small", form, headers={"Content-Type": "multipart/form-data; boundary=edge"}).json()
expect("so is one in a form", told["output_sha256"] == right["output_sha256"], told)
for what, body in {"text": b"hello", "nothing": b"", "half a photo": photo.read_bytes()[:400]}.items():
    answer = gateway.post("/v1/classify/small", body)
    expect(f"{what} is refused in words", answer.status == 400 and answer.json()["error"].endswith("."), answer)

# -- files -------------------------------------------------------------------------------------------------------------------------
bramble("infer", "small", photo, "--output", here / "out")
answer = gateway.post("/v1/run/small", photo.read_bytes())
expect("an output is the .npy of `bramble infer --output`", answer.body == (here / "out" / "house.npy").read_bytes(), answer)
ids = here / "ids.raw"
ids.write_bytes(struct.pack("16q", *range(8), *range(8)))
bramble("infer", "pair", photo, ids, "--output", here / "out")
metadata = gateway.get("/v2/models/pair").json()
parts = b"".join(b"--edge\r\nContent-Disposition: form-data; name=\"" + each["name"].encode() + b"\"; filename=\"f\"\r\n\r\n" +
                 file.read_bytes() + b"\r\n" for each, file in zip(metadata["inputs"], (photo, ids))) + b"--edge--\r\n"
of_form = {"Content-Type": "multipart/form-data; boundary=edge"}
archive = zipfile.ZipFile(io.BytesIO(gateway.post("/v1/run/pair", parts, headers=of_form).body))
expect("several outputs are an .npz of them", archive.testzip() is None and
       archive.read("output1.npy") == (here / "out" / "house_0.npy").read_bytes() and
       archive.read("output2.npy") == (here / "out" / "house_1.npy").read_bytes(), archive.namelist())
answer = gateway.post("/v1/run/pair?output=output2", parts, headers=of_form)
expect("or one of them", answer.body == (here / "out" / "house_1.npy").read_bytes(), answer)
answer = gateway.post("/v1/run/pair?as=png", parts, headers=of_form)
expect("what is no picture is not given as one", answer.status == 400, answer)
import_network("mapping", here, "grey", "--input", "1x8x32x32")
answer = gateway.post("/v1/run/grey", struct.pack("8192f", *([0.5] * 8192)))
expect("raw elements are taken as well", answer.status == 200 and answer.headers["bramble-nodes"], answer)

# -- clients -----------------------------------------------------------------------------------------------------------------------
done = typed(sys.executable, clients / "classify.py", "--gateway", gateway.address, "small", photo, photo)
expect("classify.py", done.returncode == 0 and done.stdout.count(line) == 2, done)
done = typed(sys.executable, clients / "classify.py", "--gateway", gateway.address, "nothing", photo)
expect("classify.py says what is wrong", done.returncode == 1 and "404" in done.stderr, done)
raw = here / "raw"
raw.write_bytes(struct.pack(f"{3 * 64 * 64}f", *([0.25] * (3 * 64 * 64))))
bramble("infer", "small", raw, "--output", here / "out")
done = typed(sys.executable, clients / "tensors.py", "--gateway", gateway.address, "small", raw, here / "answer")
written = (here / "out" / "raw.npy").read_bytes()
expect("tensors.py", done.returncode == 0 and (here / "answer").read_bytes() == written[-40:], done)
pictures = here / "pictures"
pictures.mkdir()
shutil.copy(photo, pictures / "a.png")
done = typed(sys.executable, clients / "watch.py", "--gateway", gateway.address, "small", pictures, "--most", "1")
expect("watch.py of a folder", done.returncode == 0 and line in done.stdout, done)
if shutil.which("node"):
    done = typed("node", clients / "classify.mjs", gateway.address, "small", photo)
    expect("classify.mjs", done.returncode == 0 and line in done.stdout, done)
    done = typed("node", clients / "classify.mjs", gateway.address, "nothing", photo)
    expect("classify.mjs says what is wrong", done.returncode == 1 and "404" in done.stderr, done)
else:
    print("left out: there is no node, for classify.mjs")
if shutil.which("curl"):
    done = typed("sh", clients / "classify.sh", "small", photo, gateway.address)
    expect("classify.sh", done.returncode == 0 and json.loads(done.stdout)["output_sha256"] == right["output_sha256"], done)
else:
    print("left out: there is no curl, for classify.sh")
gateway.stop()
