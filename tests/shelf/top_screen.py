#!/usr/bin/env python3
"""`bramble top` on a terminal (tmux), while things happen to a shelf of four: a request, a slowed node, a drained one, a frozen
one, a killed one, the one it talks to. It is resized, and leaves the terminal as it was however it ends."""
import atexit
import os
import re
import shlex
import signal
import subprocess
import tempfile

from shelf import BUILD, REPO, bramble, change_shelf, expect, node_pids, rerun_on_a_shelf, until

rerun_on_a_shelf("--nodes", "4", "--pace", "2")


class Screen:
    """A shell in a terminal of its own."""

    def __init__(self, folder, width=80, height=24, **variables):
        self.folder = folder
        self.environment = {**os.environ, "LC_ALL": "C.UTF-8", **variables}
        self.server = f"bramble-top-{os.getpid()}-{id(self)}"
        self.tmux("-u", "-f", "/dev/null", "new-session", "-d", "-x", width, "-y", height, "env", "PS1=$ ", "sh")
        atexit.register(subprocess.run, ["tmux", "-L", self.server, "kill-server"], stderr=subprocess.DEVNULL)
        self.tmux("set-option", "-g", "status", "off")
        self.resize(width, height)

    def tmux(self, *arguments):
        return subprocess.run(["tmux", "-L", self.server, *map(str, arguments)], env=self.environment, capture_output=True,
                              text=True, check=True).stdout

    def resize(self, width, height):
        self.tmux("resize-window", "-x", width, "-y", height)

    def text(self, *options):
        return self.tmux("capture-pane", "-p", *options)

    def lines(self):
        return self.text().splitlines()

    def row(self, begin):
        return next((line for line in self.lines() if line.strip().startswith(begin)), "")

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    def carry_out(self, command):
        self.tmux("send-keys", "-l", command)
        self.press("Enter")

    def start(self, before="", arguments=""):
        """`before` is put in front of it: variables."""
        for name in ("before", "after", "code"):
            if os.path.exists(f"{self.folder}/{name}"):
                os.remove(f"{self.folder}/{name}")
        folder = shlex.quote(str(self.folder))
        self.carry_out(f"clear; stty -a >{folder}/before; {before} {BUILD}/bramble top {arguments}; echo $? >{folder}/code.new; "
                       f"stty -a >{folder}/after; mv {folder}/code.new {folder}/code")

    def code(self):
        return int(open(f"{self.folder}/code").read())

    def has_ended(self):
        return os.path.exists(f"{self.folder}/code")

    def expect_ended(self, how, code=0):
        expect(f"{how} ends it", until(self.has_ended, 20), self.text())
        expect("with the right code", self.code() == code, self.code())
        same = open(f"{self.folder}/before").read() == open(f"{self.folder}/after").read()
        expect("the terminal is set as before", same)
        expect("and the screen is the one of before", self.tmux("display-message", "-p", "#{alternate_on}").strip() == "0" and
               "GMAC/s" not in self.text(), self.text())
        expect("with its cursor", self.tmux("display-message", "-p", "#{cursor_flag}").strip() == "1")

    def shows(self, text, seconds=30):
        return until(lambda: text in self.text(), seconds)


def process_of_top():
    """Its process, by the shell it was started in: others may run on this machine."""
    shell = int(screen.tmux("display-message", "-p", "#{pane_pid}"))
    children = open(f"/proc/{shell}/task/{shell}/children").read().split()
    return int(children[0])


bramble("status", "--wait", "4")

piped = bramble("top", check=False)
expect("without a terminal it says what to type instead", piped.returncode == 2 and "bramble status" in piped.stderr and
       piped.stderr.count("\n") == 1, piped.stderr)
once = bramble("top", "--once").stdout.splitlines()
expect("one screen can be printed", len(once) == 24 and max(map(len, once)) <= 80 and
       all(any(line.strip().startswith(f"pi{n} ") for line in once) for n in (1, 2, 3, 4)), "\n".join(once))
large = bramble("top", "--once", "--width", "150", "--height", "50").stdout.splitlines()
expect("of any size", len(large) == 50 and len(large[0]) > 80, large)
expect("a size without --once is wrong", bramble("top", "--width", "90", check=False).returncode == 2)

with tempfile.TemporaryDirectory() as folder:
    photo = f"{folder}/house.png"
    subprocess.run([REPO / "scripts" / "make-photo", photo], check=True)
    bramble("model", "build", "inception_v4")
    screen = Screen(folder)

    screen.start("TERM=dumb")
    screen.expect_ended("a terminal that cannot be drawn on", 2)
    expect("with a sentence", "TERM is dumb" in screen.text(), screen.text())

    screen.start()
    expect("all nodes are seen", screen.shows("4 of 4 nodes") and all("alive" in screen.row(f"pi{n} ") for n in (1, 2, 3, 4)),
           screen.text())
    expect("keys are at the bottom", "q quit" in screen.lines()[23], screen.text())
    expect("events are told", screen.shows(" Mbit/s (pi"), screen.text())
    bramble("infer", "inception_v4", photo)
    expect("the last request is drawn", screen.shows("last request: predicted") and "\u2588" in screen.text(), screen.text())
    measured = lambda: re.search(r"\d\.\d/2\.0", screen.row("pi1 "))
    expect("with what its host reached", until(measured, 10), screen.text())
    print(screen.text())

    change_shelf("pace", "pi2", 0.3)
    expect("a slowed node is seen", until(lambda: "x 0.30" in screen.row("pi2 "), 20), screen.text())
    change_shelf("pace", "pi2", 1)

    screen.press("Down", "Down")
    screen.press("d")
    expect("draining is asked about", screen.shows("Drain pi3: no more work of other hosts? (y/n)"), screen.text())
    screen.press("n")
    expect("and not done for n", until(lambda: "q quit" in screen.lines()[23], 10) and "drained" not in screen.row("pi3 "))
    screen.press("d")
    screen.press("y")
    expect("and done for y", until(lambda: "drained" in screen.row("pi3 "), 20), screen.text())
    screen.press("r")
    screen.press("y")
    expect("r takes it back", until(lambda: "drained" not in screen.row("pi3 "), 20), screen.text())

    screen.press("2")
    expect("the page of actors has those of the first node", screen.shows("branch_executor") and screen.row("pi1 "), screen.text())
    screen.press("End")
    expect("and of the last", until(lambda: screen.row("pi4 "), 10), screen.text())
    screen.press("/")
    screen.press("c", "l", "u", "s", "t", "e", "r", "Enter")
    expect("filtered", until(lambda: "requester" not in screen.text() and "cluster" in screen.row("pi3 "), 10), screen.text())
    screen.press("Enter")
    expect("one is inspected", screen.shows("in the handler: p50"), screen.text())
    screen.press("Escape")
    screen.press("3")
    expect("the page of requests", screen.shows("There is nothing to show."), screen.text())
    bramble("console", "-c", "pace pi1 0.05; pace pi2 0.05; pace pi3 0.05; pace pi4 0.05")
    asking = subprocess.Popen([BUILD / "bramble", "infer", "inception_v4", photo], stdout=subprocess.DEVNULL)
    expect("shows one that is under way", screen.shows("inception_v4", 60), screen.text())
    asking.terminate()
    asking.wait()
    bramble("console", "-c", "pace pi1 1; pace pi2 1; pace pi3 1; pace pi4 1")
    screen.press("1")

    screen.resize(150, 50)
    expect("a larger terminal is used", until(lambda: len(screen.lines()) == 50 and "q quit" in screen.lines()[49], 20),
           screen.text())
    screen.resize(20, 5)
    expect("a tiny one has what fits", until(lambda: "pi3" in screen.text() and "1-4 pages" in screen.text(), 20), screen.text())
    screen.resize(80, 24)
    expect("and back", until(lambda: len(screen.lines()) == 24 and "q quit" in screen.lines()[23], 20), screen.text())

    pids = node_pids()
    os.kill(pids[3], signal.SIGSTOP)
    try:
        expect("a frozen node is seen to fail", until(lambda: "failed" in screen.row("pi4 "), 40), screen.text())
        screen.press("?")
        expect("and keys are answered all the while", screen.shows("any key goes back", 5), screen.text())
        screen.press("x")
    finally:
        os.kill(pids[3], signal.SIGCONT)
    expect("one that is thawed comes back", until(lambda: "alive" in screen.row("pi4 "), 40), screen.text())
    os.kill(pids[2], signal.SIGKILL)
    expect("a killed one fails", until(lambda: "failed" in screen.row("pi3 "), 40), screen.text())
    expect("which the last events tell", screen.shows("pi3 does not answer any more", 20), screen.text())

    colours = r"\033\[[0-9;]*3[0-7]"
    expect("in colour", re.search(colours, screen.text("-e")), screen.text("-e"))

    screen.press("C-c")
    screen.expect_ended("Ctrl-C")

    screen.start("NO_COLOR=1")
    screen.shows("3 of 4 nodes")
    expect("without colours there are none", "pi3" in screen.text() and not re.search(colours, screen.text("-e")),
           screen.text("-e"))
    os.kill(process_of_top(), signal.SIGTERM)
    screen.expect_ended("SIGTERM")

    screen.start("LC_ALL=C")
    expect("a locale without UTF-8 gets ASCII", screen.shows("3 of 4 nodes") and screen.text().isascii(), screen.text())
    os.kill(pids[0], signal.SIGSTOP)
    expect("that its own node does not answer is told", screen.shows("not of now", 20), screen.text())
    expect("it goes on with another one", screen.shows("seen from pi2", 60), screen.text())
    expect("which says what became of it", until(lambda: "failed" in screen.row("pi1 "), 40), screen.text())
    screen.press("q")
    screen.expect_ended("q")
    os.kill(pids[0], signal.SIGKILL)

    screen.start()
    screen.expect_ended("nobody to talk to", 1)
    expect("with what to type", "bramble node" in screen.text(), screen.text())
