#!/usr/bin/env python3
"""Asks a Bramble gateway what is on photos: Python's standard library alone.

    classify.py googlenet cat.jpg dog.jpg
    classify.py --gateway https://pi1.local:8741 --ca keys/ca.crt --token-file token googlenet cat.jpg
"""
import argparse
import http.client
import json
import pathlib
import ssl
import sys
import time
import urllib.parse


def connect(address, ca):
    """One connection for all photos: the next need not wait for another handshake."""
    where = urllib.parse.urlsplit(address)
    if where.scheme == "https":
        return http.client.HTTPSConnection(where.hostname, where.port or 443, context=ssl.create_default_context(cafile=ca))
    return http.client.HTTPConnection(where.hostname, where.port or 80)


def classify(connection, model, photo, headers):
    """The best classes of a photo. A shelf that has too much to do says when to ask again."""
    while True:
        connection.request("POST", f"/v1/classify/{urllib.parse.quote(model)}?top=3", photo, headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        if answer.status in (429, 503) and answer.getheader("Retry-After"):
            time.sleep(int(answer.getheader("Retry-After")))
            continue
        if answer.status != 200:
            sys.exit(f"{answer.status}: {told['error']}")
        return told


def main():
    parser = argparse.ArgumentParser(description="What is on these photos?")
    parser.add_argument("--gateway", default="http://localhost:8741")
    parser.add_argument("--ca", help="certificate of the cluster's authority, for https")
    parser.add_argument("--token-file", type=pathlib.Path)
    parser.add_argument("model")
    parser.add_argument("photos", nargs="+", type=pathlib.Path)
    given = parser.parse_args()
    headers = {"Content-Type": "application/octet-stream"}
    if given.token_file:
        headers["Authorization"] = "Bearer " + given.token_file.read_text().strip()
    connection = connect(given.gateway, given.ca)
    for photo in given.photos:
        told = classify(connection, given.model, photo.read_bytes(), headers)
        best = told["top"][0]
        print(f"{photo}: {best['p']:.1%} {best['label'] or best['index']} in {told['latency_ms']:.0f} ms on {', '.join(told['nodes'])}")


if __name__ == "__main__":
    main()
