"""What the tests of the gateway share: a `bramble gateway` on a port of its own, and somebody who asks it."""
import http.client
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile

from shelf import BUILD, bramble, expect

HANG_S = 60


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Gateway:
    """Runs until `stop`. Asks over one connection that is kept, as long as it is the same thread that asks."""

    def __init__(self, *arguments, listen="127.0.0.1:0", nodes=None):
        if nodes:
            arguments = ("--node", ",".join(nodes), *arguments)
        self.process = subprocess.Popen([BUILD / "bramble", "gateway", "--listen", listen, *map(str, arguments)],
                                        stdout=subprocess.PIPE, text=True)
        said = self.process.stdout.readline()
        if not said.startswith("gateway at "):
            sys.exit(f"the gateway did not begin: {said}")
        self.address = said.split()[-1]
        self.port = int(self.address.rsplit(":", 1)[1])
        self.host = "127.0.0.1" if "0.0.0.0" in self.address else self.address.split("//")[1].rsplit(":", 1)[0]
        self.token = None
        self.tls = ssl.create_default_context(cafile=os.path.join(os.environ["BRAMBLE_HOME"], "keys", "ca.crt")) \
            if self.address.startswith("https") else None
        self._kept = None

    def connect(self, timeout=HANG_S):
        if self.tls:
            return http.client.HTTPSConnection(self.host, self.port, timeout=timeout, context=self.tls)
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def ask(self, method, path, body=None, headers=None, kept=None):
        """The answer; `kept` is a connection of `connect`."""
        connection = kept or self._kept or self.connect()
        if kept is None:
            self._kept = connection
        send = dict(headers or {})
        if self.token and "Authorization" not in send:
            send["Authorization"] = f"Bearer {self.token}"
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        connection.request(method, path, body, send)
        answer = connection.getresponse()
        return Answer(answer.status, answer.getheaders(), answer.read())

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.ask("POST", path, body, **more)

    def raw(self, request):
        """What is said to these bytes, until the connection ends."""
        with socket.create_connection((self.host, self.port), HANG_S) as plain:
            plain.sendall(request)
            said = b""
            try:
                while block := plain.recv(65536):
                    said += block
            except ConnectionResetError:  # an end as well
                pass
        return said

    def stop(self):
        self.process.terminate()
        expect("the gateway ends when it is told to", self.process.wait(HANG_S) == 0, self.process.returncode)


def folder():
    """A folder of its own, in pi1's home."""
    return pathlib.Path(tempfile.mkdtemp(dir=os.environ["BRAMBLE_HOME"]))


def import_network(which, where, name, *arguments):
    """One of make-network's."""
    file = where / f"{which}.pt"
    subprocess.run([BUILD / "tests" / "make-network", which, file], check=True)
    bramble("model", "import", file, "--name", name, *arguments)
