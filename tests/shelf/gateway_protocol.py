#!/usr/bin/env python3
"""The gateway and the Open Inference Protocol: what the protocol says, section by section, on a shelf of two; and that answers have the
bits that `bramble infer` gets."""
import json
import random
import struct

from gateway_kit import Gateway, folder, import_network
from shelf import bramble, bramble_json, expect, rerun_on_a_shelf, until

rerun_on_a_shelf("--nodes", "2", "--pace", "4")

here = folder()
labels = here / "labels.txt"
labels.write_text("".join(f"kind {number}\n" for number in range(10)))
import_network("small", here, "small", "--input", "1x3x64x64", "--labels", labels)
import_network("pair", here, "pair", "--input", "1x3x64x64", "1x16:int64")
noise = random.Random(7)
IMAGE = [struct.unpack("f", struct.pack("f", noise.random()))[0] for _ in range(3 * 64 * 64)]
IDS = [noise.randrange(10) for _ in range(16)]
image_bytes = struct.pack(f"{len(IMAGE)}f", *IMAGE)
ids_bytes = struct.pack(f"{len(IDS)}q", *IDS)
(here / "image.raw").write_bytes(image_bytes)
(here / "ids.raw").write_bytes(ids_bytes)

gateway = Gateway()
expect("it becomes ready", until(lambda: gateway.get("/v2/health/ready").status == 200), gateway.get("/v2/health/ready"))
x = gateway.get("/v2/models/small").json()["inputs"][0]["name"]
first, second = (each["name"] for each in gateway.get("/v2/models/pair").json()["inputs"])


def states(section, what, condition, detail=""):
    """A statement of the specification."""
    expect(f"[{section}] {what}", condition, detail)


def image_input(**more):
    return {"name": x, "shape": [1, 3, 64, 64], "datatype": "FP32", "data": IMAGE, **more}


def infer(request, model="small", **headers):
    return gateway.post(f"/v2/models/{model}/infer", request, headers=headers)


def binary(tree, *tensors):
    head = json.dumps(tree).encode()
    return head + b"".join(tensors), {"Inference-Header-Content-Length": str(len(head)),
                                      "Content-Type": "application/octet-stream"}


def npy_bytes(name):
    """The elements of the .npy that `bramble infer --output` wrote."""
    content = (here / "out" / f"{name}.npy").read_bytes()
    return content[10 + struct.unpack("<H", content[8:10])[0]:]


# What `bramble infer` gets, for all comparisons below.
bramble("infer", "small", here / "image.raw", "--output", here / "out", "--method", "one")
small_bytes = npy_bytes("image")
bramble("infer", "pair", here / "image.raw", here / "ids.raw", "--output", here / "out", "--method", "one")
maps_bytes, words_bytes = npy_bytes("image_0"), npy_bytes("image_1")
right = struct.unpack("10f", small_bytes)

# -- health and metadata -----------------------------------------------------------------------------------------------------------
live = gateway.get("/v2/health/live")
states("Server Live", "200 and live", live.status == 200 and live.json()["live"] is True, live)
ready = gateway.get("/v2/health/ready")
states("Server Ready", "200 and live", ready.status == 200 and ready.json()["live"] is True, ready)
server = gateway.get("/v2").json()
states("Server Metadata", "name, version and extensions",
       server["name"] == "bramble" and server["version"] and
       {"binary_tensor_data", "classification", "model_repository"} <= set(server["extensions"]), server)
states("Model Ready", "name and ready", gateway.get("/v2/models/small/ready").json() == {"name": "small", "ready": True})
metadata = gateway.get("/v2/models/small").json()
states("Model Metadata", "name, versions, platform, inputs and outputs",
       metadata["name"] == "small" and metadata["platform"] == "bramble" and
       metadata["inputs"] == [{"name": x, "datatype": "FP32", "shape": [1, 3, 64, 64]}] and
       metadata["outputs"] == [{"name": "output", "datatype": "FP32", "shape": [1, 10]}], metadata)
pair = gateway.get("/v2/models/pair").json()
states("Model Metadata", "several inputs and outputs with their types",
       [each["datatype"] for each in pair["inputs"]] == ["FP32", "INT64"] and
       [each["name"] for each in pair["outputs"]] == ["output1", "output2"], pair)
version = metadata["versions"][0]
for path in ("", "/ready"):
    told = gateway.get(f"/v2/models/small/versions/{version}{path}")
    states("Model Metadata", f"the version that is told may be asked for ({path or 'metadata'})", told.status == 200, told)
other = gateway.get("/v2/models/small/versions/000000000000")
states("Model Metadata", "another version is an error", other.status == 404 and "error" in other.json(), other)
missing = gateway.get("/v2/models/nothing")
states("Model Metadata Response JSON Error Object", "an unknown model is an error in words",
       missing.status == 404 and "small" in missing.json()["error"], missing)

# -- inference, JSON ---------------------------------------------------------------------------------------------------------------
answer = infer({"id": "42", "inputs": [image_input()]})
told = answer.json()
states("Inference Response JSON Object", "200, JSON", answer.status == 200 and answer.headers["content-type"] == "application/json",
       answer)
states("Inference Response JSON Object", "model name, version and the request's id",
       (told["model_name"], told["model_version"], told["id"]) == ("small", version, "42"), told)
output = told["outputs"][0]
states("Response Output", "name, shape, datatype", (output["name"], output["shape"], output["datatype"]) == ("output", [1, 10], "FP32"),
       output)
states("Tensor Data", "floats have the bits of `bramble infer`", struct.pack("10f", *output["data"]) == small_bytes, output)
states("Inference Request JSON Object", "without an id there is none in the answer", "id" not in infer({"inputs": [image_input()]}).json())
states("Inference Request JSON Object", "a version may be asked for",
       gateway.post(f"/v2/models/small/versions/{version}/infer", {"inputs": [image_input()]}).status == 200)
nested = [[[IMAGE[(c * 64 + r) * 64:(c * 64 + r + 1) * 64] for r in range(64)] for c in range(3)]]
states("Tensor Data", "nested lists mean the same as flat ones",
       infer({"inputs": [image_input(data=nested)]}).json()["outputs"][0]["data"] == output["data"])
both = {"inputs": [{"name": second, "shape": [1, 16], "datatype": "INT64", "data": IDS},
                   {"name": first, "shape": [1, 3, 64, 64], "datatype": "FP32", "data": IMAGE}]}
told = infer(both, "pair").json()
states("Request Input", "inputs go by their names, in any order",
       struct.pack("8f", *told["outputs"][1]["data"]) == words_bytes, told["outputs"][1])
states("Response Output", "all outputs, where none is asked for", [each["name"] for each in told["outputs"]] == ["output1", "output2"])
told = infer({**both, "outputs": [{"name": "output2"}]}, "pair").json()
states("Request Output", "only those that are asked for", [each["name"] for each in told["outputs"]] == ["output2"])
one = infer({"parameters": {"method": "one"}, "inputs": [image_input()]}).json()
states("Parameters", "the method is the request's", one["parameters"]["method"] == "one" and one["parameters"]["nodes"] == one["parameters"]["host"],
       one["parameters"])
half = infer({"parameters": {"wire": "fp16"}, "inputs": [image_input()]}).json()
states("Parameters", "the wire is the request's", half["parameters"]["wire"] == "fp16", half["parameters"])

# -- errors ------------------------------------------------------------------------------------------------------------------------
for what, request in {
        "no JSON": "{", "no object": "[]", "no inputs": {}, "an unknown input": {"inputs": [image_input(name="y")]},
        "a wrong shape": {"inputs": [image_input(shape=[3, 64, 64])]}, "too few elements": {"inputs": [image_input(data=[1, 2])]},
        "a wrong datatype": {"inputs": [image_input(datatype="FP64")]}, "an unknown datatype": {"inputs": [image_input(datatype="FLOAT")]},
        "text for numbers": {"inputs": [image_input(data=["a"])]}, "an unknown output": {"inputs": [image_input()], "outputs": [{"name": "z"}]},
        "an unknown parameter": {"inputs": [image_input()], "parameters": {"wyre": "fp16"}},
        "an unknown method": {"inputs": [image_input()], "parameters": {"method": "best"}}}.items():
    answer = infer(request)
    states("Inference Response JSON Error Object", f"{what} is a bad request, in words",
           answer.status == 400 and answer.headers["content-type"] == "application/json" and
           list(answer.json()) == ["error"] and answer.json()["error"].endswith("."), answer)
    print("    ", answer.json()["error"][:150])
states("Inference Response JSON Error Object", "an unknown model is 404", infer({"inputs": []}, "nothing").status == 404)
states("HTTP/REST", "another method is 405", gateway.get("/v2/models/small/infer").status == 405)
states("HTTP/REST", "another path is 404", gateway.get("/v2/nothing").status == 404)
large = gateway.raw(b"POST /v2/models/small/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n")
states("HTTP/REST", "a body beyond all bounds is 413", large.startswith(b"HTTP/1.1 413 "), large[:100])

# -- binary tensor data extension --------------------------------------------------------------------------------------------------
binary_image = {"name": x, "shape": [1, 3, 64, 64], "datatype": "FP32", "parameters": {"binary_data_size": len(image_bytes)}}
body, headers = binary({"inputs": [binary_image], "outputs": [{"name": "output", "parameters": {"binary_data": True}}]}, image_bytes)
answer = infer(body, **headers)
length = int(answer.headers["inference-header-content-length"])
tree = json.loads(answer.body[:length])
states("Binary Tensor Response", "the JSON's length is told, and the tensor follows it",
       answer.headers["content-type"] == "application/octet-stream" and
       tree["outputs"][0]["parameters"]["binary_data_size"] == len(small_bytes) and "data" not in tree["outputs"][0], tree)
states("Binary Tensor Response", "it has the bits of `bramble infer`", answer.body[length:] == small_bytes)
body, headers = binary({"inputs": [binary_image]}, image_bytes)
states("Binary Tensor Request", "outputs are JSON unless asked for otherwise",
       struct.pack("10f", *infer(body, **headers).json()["outputs"][0]["data"]) == small_bytes)
body, headers = binary({"parameters": {"binary_data_output": True},
                        "inputs": [{"name": second, "shape": [1, 16], "datatype": "INT64", "parameters": {"binary_data_size": len(ids_bytes)}},
                                   {**binary_image, "name": first}]}, ids_bytes, image_bytes)
answer = infer(body, "pair", **headers)
length = int(answer.headers["inference-header-content-length"])
states("Binary Tensor Response", "several tensors stand in the order of the JSON, all of them binary when that is asked for",
       answer.body[length:] == maps_bytes + words_bytes, len(answer.body))
body, headers = binary({"parameters": {"binary_data_output": True}, "inputs": [binary_image],
                        "outputs": [{"name": "output", "parameters": {"binary_data": False}}]}, image_bytes)
states("Binary Tensor Request", "an output's own word counts", "data" in infer(body, **headers).json()["outputs"][0])
answer = infer(image_bytes, **{"Inference-Header-Content-Length": "0"})
states("Raw Binary Request", "a body that is one tensor", struct.pack("10f", *answer.json()["outputs"][0]["data"]) == small_bytes, answer)
for what, tail in {"too short": image_bytes[:-1], "too long": image_bytes + b"x"}.items():
    body, headers = binary({"inputs": [binary_image]}, tail)
    answer = infer(body, **headers)
    states("Binary Tensor Request", f"a body that is {what} is a bad request", answer.status == 400, answer)

# -- classification extension ------------------------------------------------------------------------------------------------------
answer = infer({"inputs": [image_input()], "outputs": [{"name": "output", "parameters": {"classification": 3}}]}).json()["outputs"][0]
order = sorted(range(10), key=lambda index: (-right[index], index))[:3]
states("Classification Extension", "the highest values, with index and label, as BYTES of [batch, count]",
       answer["datatype"] == "BYTES" and answer["shape"] == [1, 3] and
       [text.split(":")[1:] for text in answer["data"]] == [[str(index), f"kind {index}"] for index in order], answer)
states("Classification Extension", "values are those of the output",
       [struct.pack("f", float(text.split(":")[0])) for text in answer["data"]] == [struct.pack("f", right[index]) for index in order])

# -- model repository extension ----------------------------------------------------------------------------------------------------
index = gateway.post("/v2/repository/index").json()
states("Model Repository: Index", "name, version, state and reason of each",
       [(each["name"], each["state"], each["reason"]) for each in index] == [("pair", "READY", ""), ("small", "READY", "")] and
       index[1]["version"] == version, index)
refused = gateway.post("/v2/repository/models/small/unload")
states("Model Repository", "nobody changes the shelf without a token", refused.status == 401, refused)
token = bramble_json("gateway", "token", "test", "--write")["token"]
gateway.token = token
states("Model Repository: Unload", "200", gateway.post("/v2/repository/models/small/unload").status == 200)
states("Model Ready", "an unloaded model is not", gateway.get("/v2/models/small/ready").status == 400)
states("Model Repository: Unload", "it answers nothing any more", infer({"inputs": [image_input()]}).status == 400)
index = gateway.post("/v2/repository/index", {"ready": True}).json()
states("Model Repository: Index", "only those that are ready, where that is asked", [each["name"] for each in index] == ["pair"], index)
answer = gateway.post("/v2/repository/models/small/load")
states("Model Repository: Load", "200", answer.status == 200, answer)
states("Model Repository: Load", "it answers again", infer({"inputs": [image_input()]}).status == 200)
states("Model Repository: Load", "an unknown model is an error", gateway.post("/v2/repository/models/nothing/load").status == 404)
states("Model Repository: Load", "parameters that nobody heeds are an error",
       gateway.post("/v2/repository/models/small/load", {"parameters": {"config": "{}"}}).status == 400)

# -- one connection for all of it --------------------------------------------------------------------------------------------------
kept = gateway.connect()
states("HTTP/1.1", "a connection is kept for many requests",
       all(gateway.ask("GET", "/v2", kept=kept).status == 200 and kept.sock is not None for _ in range(50)))
gateway.stop()
