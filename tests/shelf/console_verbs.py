#!/usr/bin/env python3
"""What is typed at the console and at verbs that change a node: by a script, by hand at a terminal, and as JSON."""
import json
import os
import pathlib
import pty
import select
import signal
import subprocess
import tempfile
import time

from shelf import BUILD, bramble, bramble_json, expect, rerun_on_a_shelf, until

rerun_on_a_shelf("--nodes", "2", "--pace", "2")


def script(*lines):
    """The console's answer to these lines, and its exit code."""
    done = subprocess.run([BUILD / "bramble", "console"], input="\n".join(lines) + "\n", capture_output=True, text=True,
                          timeout=60)
    return done.stdout, done.stderr, done.returncode


class Terminal:
    """A console at a terminal of 60 columns."""

    def __init__(self):
        self.pid, self.screen = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "dumb"
            os.execv(BUILD / "bramble", ["bramble", "console"])
        self.text = ""

    def await_text(self, wanted, count=1):
        deadline = time.monotonic() + 60
        while self.text.count(wanted) < count and time.monotonic() < deadline:
            if select.select([self.screen], [], [], 1)[0]:
                try:
                    self.text += os.read(self.screen, 65536).decode(errors="replace")
                except OSError:
                    break
        expect(f"the terminal shows {wanted!r}", self.text.count(wanted) >= count, self.text[-2000:])

    def type(self, keys):
        os.write(self.screen, keys.encode())

    def end(self, how):
        os.kill(self.pid, how)
        os.waitpid(self.pid, 0)


bramble("status", "--wait", "2")

out, err, code = script("status", "?", "actors pi2", "attach pi2", "actors", "quit")
expect("a script that goes well ends well", code == 0, err)
expect("status is known", "cluster" in out and "coordinator" in out, out)
expect("and so is ?", "attach NODE|HOST[:PORT]" in out and "probe NODE" in out, out)
expect("and load", "load [MODEL]" in out, out)
expect("a member is attached to by its name", "attached to pi2" in out, out)
pi2, from_pi1 = (script(*lines)[0] for lines in (("attach pi2", "actors"), ("actors pi2",)))
expect("actors of a node are that node's",
       "standing by for pi1" in from_pi1 and "standing by for pi1" in pi2 and "standing by" not in script("actors")[0],
       from_pi1)

out, err, code = script("nonsense", "nodes", "drain pi9")
expect("a script with commands that failed fails", code == 1 and "2 commands of the script failed" in err, (code, err))
expect("the rest of it is carried out all the same", "coordinator" in out, out)
expect("nobody is attached to by a name that is none", script("attach pi9.invalid")[2] == 1)

at_once = bramble("console", "-c", "actors; inspect cluster; help inspect").stdout
expect("several commands are carried out at once", "mailbox" in at_once and "cluster on pi1" in at_once and "Example: inspect" in at_once, at_once)
expect("actors that are not counted are none", all(f"\n{name} " in at_once for name in
       ("capacity_meter", "branch_executor", "coordinator", "requester", "cluster", "node", "peer_link", "dialer")), at_once)
everybody = json.loads(bramble("console", "-c", "actors all --json").stdout)
expect("all nodes' actors are told as JSON", [node["node"] for node in everybody] == ["pi1", "pi2"], everybody)
for node in everybody:
    members = next(actor for actor in node["actors"] if actor["name"] == "cluster")
    expect(f"{node['node']} counts gossip by kind",
           any(kind["kind"] == "gossip" and kind["count"] > 0 for kind in members["kinds"]), members)
    expect("nobody is stuck, nothing waits for long",
           not any(actor["stuck"] or actor["grows"] for actor in node["actors"]), node)
tree = bramble("console", "-c", "actors --tree").stdout
expect("the tree says who made whom", "|-- cluster" in tree and "|   `-- peer_link pi2" in tree, tree)
refused = bramble("console", "-c", "inspect nobody; actors --sort colour", check=False)
expect("what is wrong is told with what would be right",
       refused.returncode == 1 and "there are capacity_meter" in refused.stdout and "mailbox, rate and time" in refused.stdout,
       refused.stdout)
calm = script("attach pi2", "load")[0]
expect("a shelf that nobody asks anything has no load", "nothing was asked" in calm and "every request has all nodes" in calm, calm)
told = json.loads(bramble("console", "-c", "load --json").stdout)
expect("which is told as JSON", told == {"coordinator": "pi1", "hosts": [], "ways": []}, told)
helped = script("help load", "load one two")
expect("load has help and wants one model at most", "Example: load" in helped[0] and "Usage: load [MODEL]" in helped[0] and
       helped[2] == 1, helped)
watched = bramble("console", "-c", "watch actors 0.1 --times 3").stdout
expect("a watch repeats and marks what has changed", watched.count("every 0.1 s") == 3 and "\n* " in watched, watched)
with tempfile.TemporaryDirectory() as folder:
    saved = pathlib.Path(folder) / "saved"
    script("nodes", "nonsense", f"save {saved}")
    expect("commands that went well are saved", saved.read_text() == "nodes\n", saved.read_text())
    saved.write_text("# what follows is no command\nnodes\nnonsense\n")
    out, err, code = script(f"source {saved}")
    expect("and carried out again", code == 1 and "coordinator" in out and '"nonsense"' in out, (out, err))

effect = bramble_json("drain", "pi2")
expect("drain says as JSON what is so now",
       effect["node"] == "pi2" and effect["change"] == "drain" and "drained" in effect["effect"], effect)
expect("pace as well", bramble_json("pace", "pi2", "0.5")["value"] == 0.5)
bramble_json("pace", "pi2", "1")
expect("and resume", bramble_json("resume", "pi2")["change"] == "resume")

history = pathlib.Path(os.environ["BRAMBLE_HOME"]) / "console_history"
by_hand = Terminal()
by_hand.await_text("bramble@pi1> ")
by_hand.type("help plan\n")
by_hand.await_text("bramble@pi1> ", 2)
by_hand.type("loa\t--json\n")
by_hand.await_text('"hosts": []')
by_hand.await_text("bramble@pi1> ", 3)
by_hand.type("half a li\x03")
by_hand.await_text("^C")
by_hand.await_text("bramble@pi1> ", 4)
by_hand.type("help rate\n")
by_hand.await_text("limit what a node sends")
by_hand.end(signal.SIGKILL)
kept = until(lambda: history.exists() and "help rate" in history.read_text().splitlines(), 10)
lines = history.read_text().splitlines() if history.exists() else []
expect("what was typed is remembered, however the console ended", kept and "help plan" in lines, lines)
expect("a line that was given up is not", "half a li" not in lines, lines)
