#!/usr/bin/env python3
"""scripts/launch-node.sh with a code: a machine that has the program joins; one that has none takes it from the inviting node,
if it is the one that the code says. apt-get is a stand-in that unpacks a package; the program in the package is a stand-in
that runs this build's, but for `node`, which would run for ever."""
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading

from shelf import BUILD, REPO, expect

folder = pathlib.Path(tempfile.mkdtemp(prefix="bramble-by-code."))
first, tools, installed, scripts = folder / "first", folder / "bin", folder / "installed", folder / "repo" / "scripts"
for each in (tools, installed, scripts):
    each.mkdir(parents=True)
PROGRAM = f'#!/bin/sh\n[ "$1" != node ] || {{ echo started "$@"; exit 0; }}\nexec {BUILD}/bramble "$@"\n'


def program(path, text):
    path.write_text(text)
    path.chmod(0o755)


# As on a machine that has the script and nothing else: what would build says so and fails.
for name in ("launch-node.sh", "lib.sh"):
    shutil.copy(REPO / "scripts" / name, scripts / name)
program(scripts / "setup", "#!/bin/sh\necho would build >&2\nexit 1\n")
program(tools / "apt-get", f'#!/bin/sh\nfor last; do :; done\ndpkg-deb -x "$last" {folder}/unpacked && cp {folder}/unpacked/usr/bin/bramble {installed}/\n')

architecture = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()
tree = folder / "tree"
(tree / "DEBIAN").mkdir(parents=True)
(tree / "usr" / "bin").mkdir(parents=True)
(tree / "DEBIAN" / "control").write_text(f"Package: bramble\nVersion: 9.9\nArchitecture: {architecture}\nMaintainer: x <x@example.org>\n"
                                          "Description: stand-in\n")
program(tree / "usr" / "bin" / "bramble", PROGRAM)
package = folder / "bramble_9.9.deb"
subprocess.run(["dpkg-deb", "--build", "--root-owner-group", tree, package], check=True, stdout=subprocess.DEVNULL)


def bramble(home, *arguments):
    return subprocess.run([BUILD / "bramble", *arguments], capture_output=True, text=True, env={**os.environ, "BRAMBLE_HOME": str(home)})


class Invitation:
    def __init__(self, *options, port=17743):
        self.process = subprocess.Popen(
            [BUILD / "bramble", "invite", "--json", "--host", "127.0.0.1", "--port", str(port), *options], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env={**os.environ, "BRAMBLE_HOME": str(first)})
        self.code = json.loads(self.process.stdout.readline())["code"]

    def ends(self):
        return self.process.communicate(timeout=30)[1]


def launch(home, code, *options):
    path = f"{installed}:{tools}:{os.environ['PATH']}"
    return subprocess.run([scripts / "launch-node.sh", code, *options], capture_output=True, text=True,
                          env={**os.environ, "PATH": path, "BRAMBLE_HOME": str(home), "BRAMBLE_BUILD_DIR": str(folder / "none"),
                               "XDG_BIN_HOME": str(folder / "links")})


expect("a cluster is begun", bramble(first, "keys", "init", "--name", "pi1").returncode == 0)
invitation = Invitation()
without = launch(folder / "second", invitation.code)
expect("without a package it would build", "would build" in without.stderr, without.stderr)
invitation.process.terminate()
invitation.ends()

kept = bramble(first, "package", "add", package)
expect("the package is kept", kept.returncode == 0 and architecture in kept.stdout, kept.stderr)
listed = json.loads(bramble(first, "package", "list", "--json").stdout)
expect("and listed", [(e["architecture"], e["version"]) for e in listed] == [(architecture, "9.9")], listed)

invitation = Invitation("Kitchen")
launched = launch(folder / "second", invitation.code)
expect("the program is taken from the inviting node", (installed / "bramble").exists(), launched.stderr)
expect("the machine joins and starts", launched.returncode == 0 and "started node --name kitchen" in launched.stdout,
       launched.stdout + launched.stderr)
expect("the inviting node says so", "kitchen at 127.0.0.1 has its keys" in invitation.ends())
again = launch(folder / "second", invitation.code)
expect("with the same line it starts again", again.returncode == 0 and "already" in again.stdout, again.stdout + again.stderr)

invitation = Invitation()
launched = launch(folder / "third", invitation.code, "--name", "Hall_2")
expect("with a name of its own it has that", "started node --name hall-2" in launched.stdout and "hall-2" in launched.stderr,
       launched.stdout + launched.stderr)
invitation.ends()

# Somebody in between gives another program, and a list that fits it.
(installed / "bramble").unlink()
invitation = Invitation()
invitation.process.terminate()
invitation.ends()


class Between(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"{architecture} {'0' * 64} 4 9.9\n".encode() if self.path == "/packages" else b"evil"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 17743), Between)
threading.Thread(target=server.serve_forever, daemon=True).start()
fooled = launch(folder / "fourth", invitation.code)
server.shutdown()
expect("what is not as the code says is not used", "not what the code says" in fooled.stderr and not (installed / "bramble").exists(),
       fooled.stderr)
shutil.rmtree(folder)
