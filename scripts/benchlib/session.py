"""A shelf for a while: starts scripts/testbed with benchlib/inside.py as its command, and passes on what that finds."""
import json
import pathlib
import subprocess
import sys

REPO = pathlib.Path(__file__).resolve().parent.parent.parent
INSIDE = REPO / "scripts" / "benchlib" / "inside.py"


class Failed(Exception):
    """The shelf did not come up or broke down; the text says what was said last."""


def testbed_options(speeds, rates_mbit, emulation, factor, state):
    """Of scripts/testbed: what is emulated at `speeds`, with a rate for each node, everything slowed down by
    `factor`.

    Without an emulation the nodes are as fast as one thread of this machine.
    """
    options = ["--nodes", str(len(speeds)), "--state", str(state), "--timeout", "600"]
    rates = ["none" if rate is None else f"{rate / factor:g}mbit" for rate in rates_mbit]
    options += ["--rate", ",".join(rates if len(set(rates)) > 1 else rates[:1])]
    if emulation:
        options += [*emulation.options(factor), "--speeds", ",".join(f"{speed:g}" for speed in speeds)]
    else:
        options += ["--threads", "1"]
    return options


def run(options, task, log, hear):
    """Calls `hear` with each object that inside.py tells. `log` gets what is said on the way. Whatever ends this, the
    shelf is taken down before it returns."""
    command = [str(REPO / "scripts" / "testbed"), "run", *options, "--", sys.executable, str(INSIDE), json.dumps(task)]
    with open(log, "w", encoding="utf-8") as said:
        testbed = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, text=True)
        try:
            for line in testbed.stdout:
                found = json.loads(line)
                if "error" in found and "row" not in found:
                    raise Failed(found["error"])
                hear(found)
        finally:
            if testbed.poll() is None:
                testbed.terminate()  # it takes everything down and ends; after its own end this does nothing
            testbed.wait()
    if testbed.returncode != 0:
        last = pathlib.Path(log).read_text(encoding="utf-8").strip().splitlines()[-1:]
        raise Failed(f"{last[0] if last else 'the shelf ended'} (all of it: {log})")
