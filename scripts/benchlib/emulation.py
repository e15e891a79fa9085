"""What the nodes of a bench stand for: a device by its description (config/devices, docs/devices.md), or a pace alone."""
import pathlib
import sys
import tomllib
from dataclasses import dataclass

DEVICES = pathlib.Path(__file__).resolve().parent.parent.parent / "config" / "devices"


def file_of(device):
    return pathlib.Path(device) if device.endswith(".toml") else DEVICES / f"{device}.toml"


def description(device):
    """Its figures, as the file has them."""
    try:
        return tomllib.loads(file_of(device).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as reason:
        known = ", ".join(sorted(file.stem for file in DEVICES.glob("*.toml")))
        sys.exit(f"bench: cannot read a description of {device} ({reason}); there are {known}, and files: FILE.toml.")


@dataclass(frozen=True)
class Emulation:
    device: str  # nothing: a pace
    gmacs: float  # 10^9 multiply-accumulates a second, about: what is planned by where nothing is measured yet

    @property
    def text(self):
        return self.device or f"{self.gmacs:g} GMAC/s"

    def options(self, factor):
        """Of scripts/testbed, slowed down by `factor`."""
        return ["--device", f"{self.device}@{1 / factor:g}"] if self.device else ["--pace", f"{self.gmacs / factor:g}"]


def chosen(device, pace):
    return Emulation("", pace) if pace else Emulation(device, description(device)["dense"]["gmacs"])
