"""What scripts/bench has scripts/testbed run beside pi1: takes the figures there.

Its argument is a task as JSON; what it finds goes to standard output, a JSON object a line: {"progress": TEXT},
{"row": NUMBER, ...}, {"timeline": ...}, {"stream": ...}, {"load": ...}, {"swing": ...}, or {"error": SENTENCE}.
"""
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from benchlib import load, shelf, stream, timeline  # noqa: E402
from benchlib.watch import Watch  # noqa: E402


def tell(**what):
    print(json.dumps(what), flush=True)


class Bench:
    """A running `bramble bench --json`."""

    def __init__(self, *arguments, beside=()):
        self.printed = tempfile.TemporaryFile(mode="w+", encoding="utf-8")  # a pipe could fill while nobody reads it
        self.process = subprocess.Popen([*beside, "bramble", "bench", *map(str, arguments), "--json"], text=True,
                                        stdin=subprocess.DEVNULL, stdout=self.printed, stderr=subprocess.PIPE)
        self.said = ""

    def follow(self, on_line):
        """Until it ends; its figures, or `Impossible` with its last words."""
        for line in self.process.stderr:
            self.said = line.strip() or self.said
            on_line(self.said)
        if self.process.wait() != 0:
            raise shelf.Impossible(re.sub("^bramble: ", "", self.said))
        self.printed.seek(0)
        return json.load(self.printed)

    def wait_for_rounds(self):
        """Until everything is planned and warm."""
        for line in self.process.stderr:
            self.said = line.strip() or self.said
            if self.said.startswith("round "):
                return
        self.follow(lambda line: None)
        raise shelf.Impossible("It ended before its first round.")


def settle(model):
    """A few requests first: every link they use is measured by them better than by the probes of a start."""
    Bench(model, "--methods", "bramble", "--runs", 2).follow(lambda line: tell(progress="the first requests"))


def measure_row(task, row):
    watch = Watch(shelf.pids())

    def on_line(line):
        tell(progress=line)
        if line.startswith("round "):
            watch.start()

    bench = Bench(row["model"], "--methods", ",".join(task["methods"]), "--runs", task["runs"], "--wire", row["wire"])
    try:
        found = bench.follow(on_line)
    finally:
        shares = watch.stop()
    return {"bench": found, **shares, "status": json.loads(shelf.run("bramble", "status", "--json"))}


def measure_rows(task):
    if task["pin"]:
        shelf.pin_each()
    settle(task["rows"][0]["model"])
    for row in task["rows"]:
        try:
            tell(row=row["number"], **measure_row(task, row))
        except shelf.Impossible as refusal:
            tell(row=row["number"], error=str(refusal))


# What is told under its own name.
MEASURED = {"timeline": timeline.measure, "stream": stream.measure, "load": load.measure, "swing": load.swing}


def main():
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ended by Ctrl-C like any command, without a word
    task = json.loads(sys.argv[1])
    try:
        if task["kind"] == "rows":
            measure_rows(task)
        elif task["kind"] in MEASURED:
            settle(task["model"])
            tell(**{task["kind"]: MEASURED[task["kind"]](task, Bench, tell)})
        elif task["kind"] == "prepare":
            for model in task["models"]:
                tell(progress=f"measuring this machine with {model}")
                shelf.run("bramble", "plan", model, "--method", "one", "--json")
            tell(status=json.loads(shelf.run("bramble", "status", "--json")))
    except shelf.Impossible as refusal:
        tell(error=str(refusal))
        sys.exit(1)


main()
