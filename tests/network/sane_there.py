"""SANE with the airscan backend on the second machine of a network, with a system bus of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from optional_programs import needs_program, skip_or_fail
from two_namespaces import Network

DISCOVERING = "[options]\ndiscovery = enable\nws-discovery = full\n"
"""Nothing is configured: it must find scanners itself."""
_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
"""


class Sane:
    """Its programs, run on the second machine."""

    def __init__(self, network: Network, folder: Path, socket: Path) -> None:
        self._network = network
        self._config = folder / "airscan.conf"
        self._variables = {"SANE_CONFIG_DIR": str(folder), "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={socket}"}

    def configure(self, text: str) -> None:
        """What stands in airscan.conf."""
        self._config.write_text(text)

    def run(self, *command: str, timeout: float = 150) -> subprocess.CompletedProcess[str]:
        """Run a program of SANE to its end."""
        settings = [f"{name}={value}" for name, value in self._variables.items()]
        return self._network.there.run("env", *settings, *command, timeout=timeout)


@contextlib.contextmanager
def sane_there(network: Network, folder: Path) -> Iterator[Sane]:
    """Skips the test where it is not installed. `folder`: for its configuration."""
    daemon = needs_program("dbus-daemon")
    needs_program("airscan-discover")
    if not any(list(Path("/usr").glob(f"lib/{place}/libsane-airscan.so*")) for place in ("*/sane", "sane")):
        skip_or_fail("the SANE backend airscan is not installed")
    folder.mkdir()
    (folder / "dll.conf").write_text("airscan\n")
    socket = Path("/tmp") / f"dsm-bus-{os.getpid()}"
    (folder / "bus.conf").write_text(_BUS.format(socket=socket))
    made = Sane(network, folder, socket)
    made.configure(DISCOVERING)
    bus = network.there.start(daemon, "--nofork", "--config-file", folder / "bus.conf")
    limit = time.monotonic() + 10
    while not socket.exists():
        assert time.monotonic() < limit, "no bus"
        time.sleep(0.05)
    try:
        yield made
    finally:
        network.there.end(bus)
        socket.unlink(missing_ok=True)
