#!/usr/bin/env python3
"""Many files asked about at once: a folder with a broken picture in it, paths on standard input, a watched folder, outputs
as files; and Ctrl-C, which finishes what is under way."""
import hashlib
import json
import os
import pathlib
import signal
import struct
import subprocess
import tempfile

from shelf import BUILD, REPO, bramble, bramble_json, expect, rerun_on_a_shelf, until

rerun_on_a_shelf("--loopback", "--nodes", "2", "--pace", "2")

MODEL, SIDE, COUNT = "stream", 64, 12
WAIT_S = 60


def typed(*arguments, **options):
    """The exit code, what was said on standard output line by line, and what on standard error."""
    done = subprocess.run([BUILD / "bramble", "infer", MODEL, *map(str, arguments)], capture_output=True, text=True, timeout=240,
                          check=False, **options)
    return done.returncode, done.stdout.splitlines(), done.stderr


def begin(*arguments, **options):
    return subprocess.Popen([BUILD / "bramble", "infer", MODEL, *map(str, arguments)], stdout=subprocess.PIPE, text=True,
                            stderr=subprocess.PIPE, **options)


def ended(client):
    """The exit code and the rest of what it said."""
    rest, said = client.communicate(timeout=WAIT_S)
    return client.returncode, rest.splitlines(), said


def tensor_bytes(file):
    """The elements of a .npy file of version 1."""
    content = file.read_bytes()
    return content[10 + struct.unpack("<H", content[8:10])[0]:]


# Whatever this shell was told to do about Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
bramble("status", "--wait", "2")
folder = pathlib.Path(tempfile.mkdtemp(dir=os.environ["BRAMBLE_HOME"]))
subprocess.run([BUILD / "tests" / "make-network", "small", folder / "net.pt"], check=True)
bramble("model", "import", folder / "net.pt", "--input", f"1x3x{SIDE}x{SIDE}", "--name", MODEL)
photos = folder / "photos"
photos.mkdir()
for number in range(COUNT):
    subprocess.run([REPO / "scripts" / "make-photo", "--size", f"{SIDE + 16 * number}x{SIDE}", photos / f"{number:02}.png"],
                   check=True)
good = sorted(photos.iterdir())
wanted = {str(file): bramble_json("infer", MODEL, file)["output_sha256"] for file in good}
expect("the pictures differ", len(set(wanted.values())) == COUNT)
broken = photos / "05-broken.png"
broken.write_bytes(good[0].read_bytes()[:200])
(photos / "notes.txt").write_text("These are houses.\n")

code, lines, said = typed(photos, "--concurrency", "4", "--json", "--output", folder / "out")
rows = [json.loads(line) for line in lines]
expect("a folder is answered in the order of its names, the broken picture in its place",
       [row["file"] for row in rows] == sorted([*wanted, str(broken)]), lines)
expect("with a failure the exit code is 1", code == 1, said)
answered = [row for row in rows if "error" not in row]
expect("all others are answered, rightly", {row["file"]: row["output_sha256"] for row in answered} == wanted, rows)
expect("the failure is told with its file, and again at the end",
       [row["file"] for row in rows if "error" in row] == [str(broken)] and "Failed:\n  " + str(broken) in said, said)
expect("what is no picture is left out, and said to be", "1 file is neither" in said, said)
expect("how it went is said", f"{COUNT} answered, 1 failed" in said, said)
for row in answered:
    file = folder / "out" / (pathlib.Path(row["file"]).stem + ".npy")
    expect(f"{file.name} is its output",
           row["outputs"] == [str(file)] and hashlib.sha256(tensor_bytes(file)).hexdigest() == row["output_sha256"], row)

code, lines, said = typed(*good, "--concurrency", "4", "--unordered")
expect("unordered, each is answered in a line", code == 0 and
       sorted(line.split()[0] for line in lines) == sorted(wanted) and all(line.endswith(" ms") or "turn" in line for line in lines),
       (lines, said))

code, lines, said = typed("-", "--json", input="\n".join(map(str, good[:3])) + "\n\n" + str(photos / "none.png"))
expect("standard input is a path a line", code == 1 and
       [json.loads(line)["file"] for line in lines] == [*map(str, good[:3]), str(photos / "none.png")], lines)

other = folder / "other"
other.mkdir()
(other / good[0].name).write_bytes(good[1].read_bytes())
code, lines, said = typed(good[0], other / good[0].name, "--output", folder / "same")
expect("an output does not take another's place", code == 1 and "would overwrite" in said and
       hashlib.sha256(tensor_bytes(folder / "same" / "00.npy")).hexdigest() == wanted[str(good[0])], (code, said))

one = bramble_json("infer", MODEL, good[0], "--exact")
expect("an exact answer says so", one["exact"] and one["exactness"] == "bit for bit one node's answer" and one["wire"] == "fp32", one)
expect("and for people", "bit for bit one node's answer" in bramble("infer", MODEL, good[0], "--exact").stdout)
for _ in range(4):
    chosen = bramble_json("infer", MODEL, good[0], "--wire", "auto", "--max-error", "0.01")
    expect("a wire that the host chose keeps to the error", chosen["wire_error"] <= 0.01, chosen)
for wrong in [["--max-error", "0.1"], ["--wire", "fp8"], ["--wire", "auto", "--exact"], ["--concurrency", "0"]]:
    expect(f"{' '.join(wrong)} is wrong usage", typed(good[0], *wrong)[0] == 2)

# What is half written is not read; what is whole is, while the other is still being written.
arrivals = folder / "arrivals"
arrivals.mkdir()
watching = begin("--watch", arrivals, "--json")
expect("it says when it watches", watching.stderr.readline().startswith("Watching"))
with open(arrivals / "slow.png", "wb") as slow:
    content = good[1].read_bytes()
    slow.write(content[:300])
    slow.flush()
    (folder / "moved.png").write_bytes(good[0].read_bytes())
    (folder / "moved.png").rename(arrivals / "moved.png")
    row = json.loads(watching.stdout.readline())
    expect("a file that is moved to a watched folder is answered",
           row["file"].endswith("moved.png") and row["output_sha256"] == wanted[str(good[0])], row)
    slow.write(content[300:])
row = json.loads(watching.stdout.readline())
expect("one that is written is, when it is whole",
       row["file"].endswith("slow.png") and row["output_sha256"] == wanted[str(good[1])], row)
watching.send_signal(signal.SIGINT)
code, rest, said = ended(watching)
expect("Ctrl-C ends the watch and says how far it came", code == 130 and not rest and "Stopped: 2 answered" in said, (code, said))

# Its input does not end: only Ctrl-C does that.
endless = begin("-", "--concurrency", "3", stdin=subprocess.PIPE)
endless.stdin.write("".join(f"{file}\n" for file in good) * 40)
endless.stdin.flush()
first = endless.stdout.readline()
endless.send_signal(signal.SIGINT)
endless.wait(WAIT_S)
rest, said = endless.stdout.read().splitlines(), endless.stderr.read()
expect("Ctrl-C finishes what is under way, begins nothing and says how far it came",
       endless.returncode == 130 and first and f"Stopped: {1 + len(rest)} answered in" in said, (endless.returncode, len(rest), said))
endless.stdin.close()

# A file that never comes to its end is under way for ever.
os.mkfifo(folder / "endless.png")
stuck = begin(folder / "endless.png", good[0])
with open(folder / "endless.png", "wb"):  # waits for the reader
    def interrupted_again():
        stuck.send_signal(signal.SIGINT)
        return stuck.poll() is not None

    expect("the second Ctrl-C ends it at once", until(interrupted_again, WAIT_S) and stuck.returncode == 130, stuck.returncode)
