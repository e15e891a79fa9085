#!/usr/bin/env python3
"""Asks a Bramble gateway by the Open Inference Protocol with binary tensors: Python's standard library alone.

    tensors.py --gateway http://localhost:8741 small image.raw output.raw

The file has the elements of the model's one input as they lie in memory; the output is written likewise. NumPy's `tobytes()` and
`frombuffer()` make and read them.
"""
import argparse
import http.client
import json
import pathlib
import sys
import urllib.parse


def ask(connection, method, path, body=None, headers=None):
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        sys.exit(f"{answer.status}: {json.loads(content)['error']}")
    return answer, content


def infer(connection, model, elements):
    """The first output's bytes, and what the answer says of itself."""
    _, told = ask(connection, "GET", f"/v2/models/{model}")
    metadata = json.loads(told)
    head = json.dumps({
        "inputs": [{**metadata["inputs"][0], "parameters": {"binary_data_size": len(elements)}}],
        "outputs": [{"name": metadata["outputs"][0]["name"], "parameters": {"binary_data": True}}],
    }).encode()
    answer, content = ask(connection, "POST", f"/v2/models/{model}/infer", head + elements,
                          {"Inference-Header-Content-Length": str(len(head)), "Content-Type": "application/octet-stream"})
    length = int(answer.getheader("Inference-Header-Content-Length"))
    return content[length:], json.loads(content[:length])


def main():
    parser = argparse.ArgumentParser(description="One tensor in, one tensor out")
    parser.add_argument("--gateway", default="http://localhost:8741")
    parser.add_argument("model")
    parser.add_argument("input", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    given = parser.parse_args()
    where = urllib.parse.urlsplit(given.gateway)
    connection = http.client.HTTPConnection(where.hostname, where.port or 80)
    output, told = infer(connection, urllib.parse.quote(given.model), given.input.read_bytes())
    given.output.write_bytes(output)
    print(f"{told['outputs'][0]['shape']} in {told['parameters']['latency_ms']:.1f} ms on {told['parameters']['nodes']}")


if __name__ == "__main__":
    main()
