#!/usr/bin/env python3
"""The service of the Debian package: systemd understands all of it, and finds it exposed by 2.5 of 10 at most."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

UNIT = pathlib.Path(__file__).resolve().parents[2] / "debian/bramble.service"
MOST = 2.5


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)


def main():
    if not shutil.which("systemd-analyze"):
        print("skipped: there is no systemd-analyze")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder, UNIT.name)
        # A program that is there: what is asked is whether systemd knows the words.
        unit.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", UNIT.read_text()))
        verified = analyze("verify", "--man=no", str(unit))
        about_us = [line for line in verified.stderr.splitlines() if UNIT.name in line]
        if about_us:
            sys.exit("systemd-analyze verify says:\n" + "\n".join(about_us))
        judged = analyze("security", "--offline=yes", f"--threshold={MOST * 10:.0f}", "--no-pager", str(unit))
        exposure = re.search(r"exposure level for .*: (\S+)", judged.stdout)
        if not exposure or judged.returncode != 0:
            sys.exit(f"exposed by more than {MOST}, or not to be judged:\n{judged.stdout}{judged.stderr}")
        print(f"exposure {exposure.group(1)} of 10, at most {MOST}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
