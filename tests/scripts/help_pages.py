#!/usr/bin/env python3
"""scripts/help-pages: what it makes is sound, has all verbs and options there are, and follows the programs' own help."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BRAMBLE_BUILD_DIR", REPO / "build"))
BASH = r"""
. "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_bramble
printf '%s\n' "${COMPREPLY[@]}"
"""


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=True, **more).stdout


class HelpPages:
    """What is made of a folder's programs."""

    def __init__(self, programs, output):
        self.folder = output
        run(REPO / "scripts/help-pages", programs, output)
        self.pages = {page.stem: page.read_text() for page in (output / "man1").iterdir()}

    def bash(self, *words):
        return run("bash", "-c", BASH, "bash", self.folder / "bash/bramble", *words).split()

    def fish(self, line):
        source = f"source {self.folder}/fish/bramble.fish; complete -C '{line}'"
        return [each.split("\t")[0] for each in run("fish", "--no-config", "-c", source).splitlines()]


class Made(unittest.TestCase):
    programs = BUILD

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.made = HelpPages(cls.programs, pathlib.Path(cls.temporary.name))

    def test_shells_can_read_it(self):
        for shell, file in (("bash", "bash/bramble"), ("zsh", "zsh/_bramble"), ("fish", "fish/bramble.fish")):
            if shutil.which(shell):
                run(shell, "-n", self.made.folder / file)

    def test_pages_are_sound(self):
        if not shutil.which("mandoc"):
            return
        for page in sorted((self.made.folder / "man1").iterdir()):
            said = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True).stdout
            self.assertEqual([line for line in said.splitlines() if "missing date" not in line], [])


class OfTheProgram(Made):
    def test_every_verb_is_there(self):
        verbs = self.made.bash("bramble", "")
        self.assertIn("keys", verbs)
        self.assertEqual({f"bramble-{verb}" for verb in verbs} | {"bramble", "bramble-engine"}, set(self.made.pages))

    def test_verbs_below_verbs(self):
        self.assertEqual(self.made.bash("bramble", "keys", "ini"), ["init"])
        self.assertIn("bramble keys init", self.made.pages["bramble-keys"].replace("\\", ""))

    def test_options_of_the_engine(self):
        self.assertIn("--join", self.made.bash("bramble", "node", "--"))
        self.assertIn("--input", self.made.bash("bramble", "model", "import", "--"))

    def test_choices_of_an_option(self):
        self.assertEqual(self.made.bash("bramble", "plan", "--objective", ""), ["latency", "throughput"])

    def test_fish_says_the_same(self):
        if shutil.which("fish"):
            self.assertEqual(self.made.fish("bramble keys ini"), ["init"])
            self.assertIn("--join", self.made.fish("bramble node --"))


class OfAnother(Made):
    """A program with a verb of its own: nothing is listed by hand."""

    @classmethod
    def setUpClass(cls):
        programs = tempfile.TemporaryDirectory()
        cls.addClassCleanup(programs.cleanup)
        cls.programs = pathlib.Path(programs.name)
        for name in ("bramble", "bramble-engine", "bramble-gateway"):
            shutil.copy(REPO / "tests/scripts/fake-help", cls.programs / name)
        super().setUpClass()

    def test_new_verbs_and_options(self):
        self.assertEqual(self.made.bash("bramble", ""), ["node", "gateway", "hatch"])
        self.assertEqual(self.made.bash("bramble", "hatch", "--"), ["--help", "--colour", "--nest"])
        self.assertEqual(self.made.bash("bramble", "hatch", "--colour", "l"), ["light-blue"])
        self.assertEqual(self.made.bash("bramble", "hatch", ""), [])

    def test_the_engine_speaks_for_its_verbs(self):
        self.assertIn("Be one, really", self.made.pages["bramble-node"])

    def test_the_gateway_speaks_for_its_own(self):
        self.assertIn("Open a door, really", self.made.pages["bramble-gateway"])
        self.assertEqual(self.made.bash("bramble", "gateway", "token", "--"), ["--help", "--write"])

    def test_no_line_of_a_page_is_a_command_by_accident(self):
        self.assertIn("bramble hatch .egg", self.made.pages["bramble-hatch"])

    def test_a_form_that_is_not_known_is_told(self):
        (self.programs / "bramble").write_text("#!/bin/sh\necho Something else\n")
        ended = subprocess.run([REPO / "scripts/help-pages", self.programs, self.made.folder], capture_output=True, text=True)
        shutil.copy(REPO / "tests/scripts/fake-help", self.programs / "bramble")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("names no options", ended.stderr)


del Made  # its tests are of those two

if __name__ == "__main__":
    unittest.main()
