#!/usr/bin/env python3
"""Has a Bramble gateway look at each picture of a source: a folder, in which pictures appear, or an MJPEG stream, as cameras and
`rpicam-vid` send it. Python's standard library alone.

    watch.py googlenet /home/pi/camera
    watch.py googlenet http://camera.local:8080/video
    watch.py googlenet camera.mjpeg --most 100
"""
import argparse
import os
import pathlib
import sys
import time
import urllib.request

from classify import classify, connect

PICTURES = {".jpg", ".jpeg", ".png"}


def from_folder(folder, pause=0.5):
    """Pictures that are there, and those that come. One that is still being written has a name of its own until it is whole, or is
    looked at again when it has grown."""
    seen = {}
    while True:
        for file in sorted(folder.iterdir()):
            if file.suffix.lower() not in PICTURES:
                continue
            state = file.stat()
            now = (state.st_size, state.st_mtime_ns)
            if seen.get(file) != now and state.st_size:
                seen[file] = now
                yield str(file), file.read_bytes()
        time.sleep(pause)


def from_stream(stream, most_bytes=16 << 20):
    """The JPEGs of a stream one after the other, by their first and last two bytes; what stands between them is skipped."""
    held = b""
    number = 0
    while block := stream.read1(65536) if hasattr(stream, "read1") else stream.read(65536):
        held += block
        while True:
            begin = held.find(b"\xff\xd8")
            end = held.find(b"\xff\xd9", begin + 2) if begin >= 0 else -1
            if end < 0:
                held = held[begin:] if begin >= 0 else held[-1:]
                break
            number += 1
            yield f"frame {number}", held[begin:end + 2]
            held = held[end + 2:]
        if len(held) > most_bytes:
            sys.exit("The stream has no JPEGs.")


def pictures_of(source):
    if source.startswith(("http://", "https://")):
        return from_stream(urllib.request.urlopen(source))
    if os.path.isdir(source):
        return from_folder(pathlib.Path(source))
    return from_stream(open(source, "rb"))


def main():
    parser = argparse.ArgumentParser(description="What is on each picture of this source?")
    parser.add_argument("--gateway", default="http://localhost:8741")
    parser.add_argument("--ca", help="certificate of the cluster's authority, for https")
    parser.add_argument("--token-file", type=pathlib.Path)
    parser.add_argument("--most", type=int, help="end after so many")
    parser.add_argument("model")
    parser.add_argument("source", help="a folder, a file of JPEGs, or http://...")
    given = parser.parse_args()
    headers = {"Content-Type": "image/jpeg"}
    if given.token_file:
        headers["Authorization"] = "Bearer " + given.token_file.read_text().strip()
    connection = connect(given.gateway, given.ca)
    for number, (name, picture) in enumerate(pictures_of(given.source), 1):
        best = classify(connection, given.model, picture, headers)["top"][0]
        print(f"{name}: {best['p']:.1%} {best['label'] or best['index']}", flush=True)
        if number == given.most:
            break


if __name__ == "__main__":
    main()
