"""Two network namespaces joined by a veth pair: a network of two machines, made and removed by the test itself."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from optional_programs import needs_program, skip_or_fail
from programs import environment

_NUMBERS = itertools.count(1)
PREFIX = "10.199.7"
"""Of the addresses on both ends; the namespaces keep it apart from all other networks."""


@dataclass(eq=False)
class Machine:
    """One namespace."""

    name: str
    device: str
    """Its end of the pair."""
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *command: str | Path, file: Path | None = None, checked: bool = True) -> subprocess.Popen[str]:
        """Start a program in it; it is ended with the network. Output goes to `file` if one is given. `checked`:
        see programs.environment."""
        output = subprocess.PIPE if file is None else file.open("w")
        try:
            process = subprocess.Popen(
                ["ip", "netns", "exec", self.name, *map(str, command)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT if file else subprocess.PIPE,
                text=True,
                env=environment(checked=checked),
            )
        finally:
            if file is not None:
                output.close()  # type: ignore[union-attr]
        self.running.append(process)
        return process

    def run(self, *command: str | Path, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a program in it to its end."""
        return subprocess.run(
            ["ip", "netns", "exec", self.name, *map(str, command)],
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            env=environment(),
        )

    def add_addresses(self, addresses: Iterable[str]) -> None:
        """Give its end many more, with the length of their network's prefix, in one go."""
        lines = "".join(f"address add {each} dev {self.device}\n" for each in addresses)
        done = subprocess.run(
            ["ip", "-n", self.name, "-batch", "-"], input=lines, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr

    def ip(self, *arguments: str) -> None:
        """`ip` in it."""
        _ip("-n", self.name, *arguments)

    def address(self, host: int) -> None:
        """Bring its end up with that address, IPv4 and IPv6, and a route for groups (programs that bind no
        interface need one)."""
        self.ip("address", "add", f"{PREFIX}.{host}/24", "dev", self.device)
        self.ip("-6", "address", "add", f"fd99:7::{host}/64", "dev", self.device, "nodad")
        self.ip("link", "set", self.device, "up")
        self.ip("route", "replace", "224.0.0.0/4", "dev", self.device)

    def wait_for_link_local(self) -> None:
        """IPv6 addresses may be used when the kernel has seen that nobody else has them (about 1.5 s)."""
        for _ in range(60):
            shown = self.run("ip", "-6", "address", "show", "dev", self.device, "scope", "link").stdout
            if "fe80" in shown and "tentative" not in shown:
                return
            time.sleep(0.1)
        raise AssertionError(f"no link-local address:\n{shown}")

    def end(self, process: subprocess.Popen[str], *, limit: float = 10) -> str:
        """Stop a program by SIGTERM and return what is left of its output."""
        if process.poll() is None:
            process.terminate()
        try:
            return process.communicate(timeout=limit)[0] or ""
        except subprocess.TimeoutExpired:
            process.kill()
            return process.communicate()[0] or ""


@dataclass
class Network:
    """Here our devices are, there their clients."""

    here: Machine
    there: Machine

    def join(self) -> None:
        """Connect the two (again), without addresses."""
        _ip("link", "add", self.here.device, "netns", self.here.name, "type", "veth",
            "peer", "name", self.there.device, "netns", self.there.name)  # fmt: skip

    def part(self) -> None:
        """Take the interfaces away."""
        _ip("-n", self.here.name, "link", "delete", self.here.device)


@contextlib.contextmanager
def two_machines() -> Iterator[Network]:
    """Skips the test where namespaces cannot be made."""
    needs_program("ip")
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        skip_or_fail("network namespaces need root")
    tag = f"dsm{os.getpid()}x{next(_NUMBERS)}"
    network = Network(Machine(f"{tag}a", "scan0"), Machine(f"{tag}b", "pc0"))
    machines = (network.here, network.there)
    try:
        try:
            for machine in machines:
                _ip("netns", "add", machine.name)
            network.join()
        except RuntimeError as error:
            skip_or_fail(f"network namespaces cannot be made here: {error}")
        for number, machine in enumerate(machines, 1):
            machine.ip("link", "set", "lo", "up")
            machine.address(number)
        for machine in machines:
            machine.wait_for_link_local()
        yield network
    finally:
        for machine in machines:
            for process in machine.running:
                machine.end(process)
        for machine in machines:
            with contextlib.suppress(RuntimeError):
                _ip("netns", "delete", machine.name)


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
