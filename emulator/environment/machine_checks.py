"""What this machine has and lacks for devices and scan servers on the network: what `doctor` tells."""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import shutil
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from emulator._version import VERSION
from emulator.dpws.constants import DISCOVERY_GROUP_IPV4, DISCOVERY_PORT
from emulator.environment.exit_codes import LabError
from emulator.environment.state import state_folder
from emulator.imaging.encoders import libjbig
from emulator.transport.interfaces import Interface, interfaces

_PATIENCE: Final = 1.0
"""Seconds for a datagram to come back."""
_FEW: Final = 1024
"""Open files that a run of many devices or clients may need."""
_LITTLE: Final = 1024**3
"""Octets of room, below which a long run may fill the disk."""


class Finding(StrEnum):
    """How it is."""

    OK = "ok"
    NOTE = "note"
    """Something is not there that not everybody needs."""
    WRONG = "wrong"
    """Something will not work."""


@dataclass(frozen=True, slots=True)
class MachineCheck:
    """One thing that was looked at."""

    name: str
    finding: Finding
    found: str
    means: str = ""
    """What follows from it, and what to do; '' where all is well."""


def check_machine(state: Path | None = None, clock: Callable[[], float] = time.time) -> Iterator[MachineCheck]:
    """Look at one thing after another. Blocks for some seconds at most. `state`: the state folder, None: the
    user's; `clock`: Unix time."""
    yield MachineCheck(
        "program", Finding.OK, f"dsm-emulator {VERSION}, Python {platform.python_version()}, {platform.platform()}"
    )
    there = _interfaces()
    yield _of_interfaces(there)
    yield _loopback()
    for each in there or ():
        for address in each.of_family(socket.AF_INET):
            yield multicast(each.name, str(address.ip))
    yield discovery_port()
    yield _descriptors()
    yield clock_check(clock())
    yield _state(state)
    yield _room(Path.cwd())
    yield from _components()


def _interfaces() -> list[Interface] | None:
    try:
        return interfaces()
    except OSError:
        return None


def _of_interfaces(there: Sequence[Interface] | None) -> MachineCheck:
    if there is None:
        return MachineCheck("interfaces", Finding.WRONG, "the system does not tell", "run --interface finds none")
    told = "; ".join(f"{each.name} {', '.join(str(ip.ip) for ip in each.addresses)}" for each in there)
    if any(not each.is_loopback for each in there):
        return MachineCheck("interfaces", Finding.OK, told)
    means = (
        "devices and servers are reached from this machine alone; a container needs a network, or --network host"
    )
    return MachineCheck("interfaces", Finding.NOTE, told or "none", means)


def _loopback() -> MachineCheck:
    try:
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            socket.create_connection(listener.getsockname(), 2),
        ):
            return MachineCheck("loopback", Finding.OK, "127.0.0.1 can be listened on and connected to")
    except OSError as error:
        means = "nothing of ours can run: a firewall or a sandbox forbids it"
        return MachineCheck("loopback", Finding.WRONG, f"127.0.0.1: {error.strerror or error}", means)


def multicast(name: str, address: str) -> MachineCheck:
    """Whether a datagram to WS-Discovery's group comes back by that interface. At a port of its own: nobody else
    hears it."""
    what = f"multicast {name}"
    try:
        with _group_socket(address) as ears:
            ears.settimeout(_PATIENCE)
            word = os.urandom(16)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
                mouth.bind((address, 0))
                mouth.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
                mouth.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
                mouth.sendto(word, (DISCOVERY_GROUP_IPV4, ears.getsockname()[1]))
            while ears.recv(64) != word:
                continue
    except OSError as error:
        reason = "a datagram to 239.255.255.250 does not come back" if isinstance(error, TimeoutError) else error
        means = "Hello and Probe do not pass: clients find a device by its URL alone"
        finding = Finding.NOTE if address.startswith("127.") else Finding.WRONG
        return MachineCheck(what, finding, f"{address}: {getattr(reason, 'strerror', None) or reason}", means)
    return MachineCheck(what, Finding.OK, f"{address}: passes")


@contextlib.contextmanager
def _group_socket(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ears:
        ears.bind(("", 0))
        member = struct.pack("4s4s", socket.inet_aton(DISCOVERY_GROUP_IPV4), socket.inet_aton(address))
        ears.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        yield ears


def discovery_port(port: int = DISCOVERY_PORT) -> MachineCheck:
    """Whether somebody else listens at the port of WS-Discovery."""
    what = f"port {port}/udp"
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as alone:
            alone.bind(("", port))
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", errno.EADDRINUSE)):
            means = (
                "another program is there (wsdd, a WSD service, another run): Probes to the group reach all of "
                "them, one to an address alone only one"
            )
            return MachineCheck(what, Finding.NOTE, "taken", means)
        means = "devices cannot answer Probes: run --no-multicast goes without"
        return MachineCheck(what, Finding.WRONG, str(error.strerror or error), means)
    return MachineCheck(what, Finding.OK, "free")


def _descriptors() -> MachineCheck:
    if sys.platform == "win32":
        return MachineCheck("open files", Finding.OK, "no limit that matters")
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = "no limit" if hard == resource.RLIM_INFINITY else str(hard)
    told = f"{'no limit' if soft == resource.RLIM_INFINITY else soft}, and up to {most} where they are needed"
    if hard != resource.RLIM_INFINITY and hard < _FEW:
        means = f"each client's connection takes one: ulimit -n {_FEW} gives room"
        return MachineCheck("open files", Finding.NOTE, told, means)
    return MachineCheck("open files", Finding.OK, told)


def clock_check(now: float) -> MachineCheck:
    """Whether the clock can be right: certificates and expiries go by it. `now`: Unix time."""
    told = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    with contextlib.suppress(OSError):
        if now + 86_400 < Path(__file__).stat().st_mtime:
            means = "it is before this program was installed: certificates are not valid yet, and logins fail"
            return MachineCheck("clock", Finding.WRONG, told, means)
    return MachineCheck("clock", Finding.OK, told)


def _state(state: Path | None) -> MachineCheck:
    what = "state folder"
    try:
        folder = state_folder(state)
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".doctor-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except (OSError, LabError) as error:
        means = "identities and the list of what runs cannot be kept: --state or DSM_EMULATOR_STATE names another"
        return MachineCheck(what, Finding.WRONG, str(error), means)
    return MachineCheck(what, Finding.OK, str(folder))


def _room(folder: Path) -> MachineCheck:
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return MachineCheck("disk", Finding.NOTE, f"{folder}: {error.strerror or error}", "the store needs room")
    told = f"{free / 1024**3:.1f} GiB free in {folder}"
    if free < _LITTLE:
        return MachineCheck("disk", Finding.NOTE, told, "a long run fills it: --store names another folder")
    return MachineCheck("disk", Finding.OK, told)


_COMPONENTS: Final = (
    ("Active Directory", ("dns", "spnego", "sansldap"), "ad", "directories over LDAP"),
    ("Kerberos", ("krb5", "gssapi"), "kerberos", "logging in by Kerberos; NTLM does where it is missing"),
    ("SMB", ("smbprotocol",), "smb", "file shares of other servers as targets"),
    ("captures", ("dpkt",), "capture", "profiles capture --from a packet capture"),
    ("Typst", ("typst",), "templates", "templates of one's own in Typst"),
    (
        "documents",
        ("faker", "num2words", "stdnum", "fontpkg_open_sans"),
        "documents",
        "documents of sets and templates",
    ),
    ("CJK fonts", ("pylopdf_fonts_jp",), "documents-cjk", "documents in Chinese, Japanese and Korean"),
)
"""What is optional: names of its modules, its extra, and what needs it."""


def _components() -> Iterator[MachineCheck]:
    for name, modules, extra, purpose in _COMPONENTS:
        if extra == "kerberos" and sys.platform == "win32":
            continue  # Windows brings its own
        missing = [each for each in modules if find_spec(each) is None]
        if missing:
            means = f"without it: no {purpose}. pip install 'dsm-emulator[{extra}]'"
            yield MachineCheck(name, Finding.NOTE, f"not installed ({', '.join(missing)})", means)
        else:
            yield MachineCheck(name, Finding.OK, "installed")
    try:
        libjbig.load()
    except Exception as error:
        means = "without it: no Format=jbig. Debian: apt install libjbig0"
        yield MachineCheck("JBIG", Finding.NOTE, f"libjbig is not there: {error}", means)
    else:
        yield MachineCheck("JBIG", Finding.OK, "installed")
