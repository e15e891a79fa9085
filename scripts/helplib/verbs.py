"""The verbs of bramble and their options, as `--help` tells them."""
import dataclasses
import re
import subprocess

ENTRY = re.compile(r"^  (\S.*?)(?:\s{2,}(.*))?$")
CHOICES = re.compile(r"\{([^}]*)\}")


@dataclasses.dataclass
class Entry:
    """A verb, an option or a positional argument: how it is written, and what it is for."""
    spec: str
    text: str = ""

    @property
    def names(self):
        return self.spec.split()[0].split(",")

    @property
    def value(self):
        """What stands for the value; empty for a flag."""
        rest = re.sub(r"\b(Excludes|Needs): .*|\bREQUIRED\b|\[[^\]]*\]\s*$", "", " ".join(self.spec.split()[1:]))
        return rest.replace("...", "").strip()

    @property
    def choices(self):
        found = CHOICES.search(self.value)
        return found.group(1).split(",") if found else []

    @property
    def kind(self):
        """What can be typed here: "file", "folder", "choice" or "text"; empty for a flag."""
        if not self.value:
            return ""
        if self.choices:
            return "choice"
        if "FILE" in self.value or self.spec.startswith("file"):
            return "file"
        return "folder" if "DIR" in self.value else "text"


@dataclasses.dataclass
class Verb:
    path: tuple  # ("keys", "init"); empty for bramble itself
    text: str = ""
    usage: str = ""
    options: list = dataclasses.field(default_factory=list)
    positionals: list = dataclasses.field(default_factory=list)
    examples: list = dataclasses.field(default_factory=list)
    verbs: list = dataclasses.field(default_factory=list)

    def walk(self):
        yield self
        for verb in self.verbs:
            yield from verb.walk()

    @property
    def title(self):
        return " ".join(("bramble",) + self.path)


def parse(path, help_text):
    """One page of help. Its verbs have their path and text alone."""
    verb, section, entries = Verb(path), "text", {"positionals": [], "options": [], "subcommands": []}
    for line in help_text.splitlines():
        heading = re.fullmatch(r"(Positionals|Options|Subcommands|Example):", line.strip(), re.IGNORECASE)
        if heading and not line.startswith(" "):
            section = heading.group(1).lower()
        elif section == "text" and line.lower().startswith("usage:"):
            verb.usage = line.split(":", 1)[1].strip()
        elif section == "text":
            verb.text = f"{verb.text} {line.strip()}".strip()
        elif section == "example":
            verb.examples.append(line.strip())
        elif line.startswith(" " * 20) and entries[section]:
            entries[section][-1].text = f"{entries[section][-1].text} {line.strip()}".strip()
        elif found := ENTRY.match(line):
            entries[section].append(Entry(found.group(1).strip(), found.group(2) or ""))
    verb.options, verb.positionals = entries["options"], entries["positionals"]
    verb.examples = [line for line in verb.examples if line]
    verb.verbs = [Verb(path + (each.names[0],), each.text) for each in entries["subcommands"]]
    if not verb.options:
        raise SystemExit(f"scripts/help-pages: `{verb.title} --help` names no options; its form must have changed:\n{help_text}")
    return verb


class Program:
    def __init__(self, file, emulator):
        self.command = ([emulator] if emulator else []) + [str(file)]

    def read(self, path):
        ended = subprocess.run([*self.command, *path, "--help"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if ended.returncode != 0:
            raise SystemExit(f"scripts/help-pages: {' '.join(self.command)} {' '.join(path)} --help: {ended.stderr.strip()}")
        return parse(path, ended.stdout)

    def read_all(self, path=(), elsewhere=None):
        """The verb with all below it; leaves that are `elsewhere`, by path, are taken from there."""
        verb = (elsewhere or {}).get(path) or self.read(path)
        verb.verbs = [self.read_all(each.path, elsewhere) for each in verb.verbs]
        return verb


def read_verbs(folder, emulator=None):
    """Of all programs: bramble runs the engine for verbs that compute, and the gateway, which an emulator would not follow."""
    engine = Program(folder / "bramble-engine", emulator).read_all()
    elsewhere = {verb.path: verb for verb in engine.walk() if not verb.verbs}
    gateway = Program(folder / "bramble-gateway", emulator).read_all()
    elsewhere |= {verb.path: verb for verb in gateway.walk() if verb.path}
    return Program(folder / "bramble", emulator).read_all(elsewhere=elsewhere)
