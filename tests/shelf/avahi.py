"""An Avahi daemon for a machine of a test's house (machines.py), with a bus of its own: as a Pi has one."""
import pathlib
import shutil
import subprocess
import sys

from shelf import SKIPPED, until

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/> <allow own="*"/> <allow send_destination="*"/> <allow receive_sender="*"/>
  </policy>
</busconfig>
"""
AVAHI = """[server]
host-name={name}
use-ipv4={ipv4}
use-ipv6={ipv6}
[wide-area]
enable-wide-area=no
[publish]
publish-workstation=no
"""


def needs_avahi():
    """Ends the test as skipped where the daemons are missing."""
    for program in ("avahi-daemon", "dbus-daemon"):
        if not shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin"):
            print(f"skipped: {program} is not installed (scripts/setup installs it)")
            sys.exit(SKIPPED)


class Avahi:
    """The machine's bus from now on, and a daemon that can be started, stopped and started again."""

    def __init__(self, machine, ipv4=True, ipv6=True):
        self.machine = machine
        self.socket = machine.home / "bus"
        self.configuration = machine.home / "avahi.conf"
        self.daemon = None
        bus = machine.home / "bus.conf"
        bus.write_text(BUS.format(socket=self.socket))
        yes = {True: "yes", False: "no"}
        self.configuration.write_text(AVAHI.format(name=machine.label, ipv4=yes[ipv4], ipv6=yes[ipv6]))
        machine.variables |= {"BRAMBLE_MDNS": "on", "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.socket}"}
        self.bus = self.spawn("bus", "dbus-daemon", f"--config-file={bus}", "--nofork")
        if not until(lambda: pathlib.Path(self.socket).exists(), 20):
            sys.exit(f"{machine.label}: dbus-daemon did not start: {(machine.home / 'bus.log').read_text()}")

    def spawn(self, name, *command):
        # /run is where the daemon notes that it runs: one for each machine.
        with open(self.machine.home / f"{name}.log", "ab") as log:
            process = subprocess.Popen(
                [*self.machine.inside(), "unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /run && exec "$@"', "sh", *command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.machine.helpers.append(process)
        return process

    def start(self):
        self.daemon = self.spawn("avahi", "avahi-daemon", "-f", self.configuration, "--no-drop-root", "--no-chroot", "--no-rlimits")

    def stop(self):
        self.daemon.terminate()
        self.daemon.wait(30)
