"""scripts/check-tidy gets through all files over a few runs: with a clang-tidy and a ninja that only pretend."""
import json
import os
import pathlib
import subprocess
import tempfile

REPO = pathlib.Path(__file__).resolve().parents[2]
FILES = ["config/parse.cpp", "config/paths.cpp", "model/image/png.cpp"]
holder = tempfile.TemporaryDirectory(prefix="bramble-")
folder = pathlib.Path(holder.name)
cache, build, log = folder / "cache" / "bramble" / "tidy", folder / "build", folder / "log"


def program(name, text):
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "bin" / name).write_text(f"#!/bin/sh\n{text}")
    (folder / "bin" / name).chmod(0o755)


def tidy_of_version(version):
    program("clang-tidy-14", f'''[ "$1" = --version ] && echo "LLVM version {version}" && exit
for file; do :; done
echo "$file" >> {log}
case $file in *"$BROKEN") echo "error: broken"; exit 1;; esac
''')


def run(*arguments, broken="nothing"):
    """Exit code, what it says, and the files it looked at, in order."""
    log.write_text("")
    done = subprocess.run([REPO / "scripts" / "check-tidy", "--build", build, "--jobs", "1",
                           "--unseen-to", folder / "unseen", *arguments], text=True, capture_output=True,
                          env={**os.environ, "PATH": f"{folder}/bin:{os.environ['PATH']}",
                               "XDG_CACHE_HOME": str(folder / "cache"), "BROKEN": broken})
    return done.returncode, done.stderr, [os.path.relpath(f, REPO) for f in log.read_text().split()]


def database(files):
    build.mkdir(exist_ok=True)
    (build / "compile_commands.json").write_text(json.dumps(
        [{"file": str(REPO / f), "directory": str(build), "command": f"c++ -c {REPO / f} -o {f}.o"} for f in files]))
    program("ninja", "".join(f"echo '{f}.o: #deps 1, deps mtime 1 (VALID)'; echo '    {REPO / f}'\n" for f in files))


def expect(what, got, wanted):
    assert got == wanted, f"{what}: wanted {wanted!r}, got {got!r}"


tidy_of_version("14.0.6")
database(FILES[:2])
code, said, seen = run("--budget", "0")
expect("no time", (code, seen), (0, []))
assert "has not seen 2 of 2 files as they are, 2 of them never" in said, said
assert (folder / "unseen").read_text().startswith("clang-tidy has not seen 2 of 2"), "the sentence in a file"

code, said, seen = run("--budget", "600", broken="paths.cpp")
expect("one is bad", (code, sorted(seen)), (1, sorted(FILES[:2])))
expect("nothing unseen", (folder / "unseen").read_text(), "")
expect("only the bad one is looked at again", run("--budget", "600")[2], ["config/paths.cpp"])
expect("nothing is left", run("--budget", "600")[2], [])

# All have changed, and there is a new one: first what never passed, then what waits longest.
for age, name in [(100, "config/parse.cpp"), (200, "config/paths.cpp")]:
    for file in cache.iterdir():
        if file.read_text() == name:
            passed = file.stat().st_mtime - age
            os.utime(file, (passed, passed))
tidy_of_version("14.0.7")
database(FILES)
assert "has not seen 3 of 3 files as they are, 1 of them never" in run("--budget", "0")[1]
expect("the order", run("--budget", "600")[2], ["model/image/png.cpp", "config/paths.cpp", "config/parse.cpp"])

# Files that are compiled together are looked at one by one, and known again when the company changes.
def compiled_together(number):
    unity = build / "Unity" / f"unity_{number}.cxx"
    unity.parent.mkdir(exist_ok=True)
    unity.write_text("".join(f'#include "{REPO / f}"\n' for f in FILES))
    (build / "compile_commands.json").write_text(json.dumps(
        [{"file": str(unity), "directory": str(build), "command": f"c++ -DTOGETHER -o {number}.o -c {unity}"}]))
    program("ninja", f"echo '{number}.o: #deps 1, deps mtime 1 (VALID)'\n" + "".join(f"echo '    {REPO / f}'\n" for f in FILES))


compiled_together(0)
expect("each by itself", sorted(run("--budget", "600")[2]), sorted(FILES))
compiled_together(1)
expect("known in another company", run("--budget", "600")[2], [])

# What a checkout of long ago passed is forgotten.
for file in cache.iterdir():
    os.utime(file, (0, 0))
database(FILES)
expect("forgotten", len(run("--budget", "600")[2]), 3)
expect("and remembered anew", len(list(cache.iterdir())), 3)
print("check-tidy gets through all files over a few runs")
