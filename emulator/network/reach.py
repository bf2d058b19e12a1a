"""How devices on the network are reached: the interfaces, what they say of it behind a mapped port, and the host
name and certificate of secure ones."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from emulator.environment.exit_codes import LabError
from emulator.environment.machine_names import LOOPBACK_NAMES, can_be_certified
from emulator.environment.options import ServeTls
from emulator.environment.state import state_folder
from emulator.environment.trusting import server_tls
from emulator.options.run import NetworkOptions
from emulator.transport.interfaces import Selection, every, interfaces, named
from emulator.transport.url import authority_of, read_url

EVERY_INTERFACE: Final = "all"
"""`--interface all`."""


def selection_of(options: NetworkOptions) -> Selection | None:
    """Those interfaces beside loopback that were chosen; None: none. Raises LabError for one that is not there."""
    wanted = options.interfaces
    if not wanted:
        return None
    if EVERY_INTERFACE in wanted:
        return every
    there = interfaces()
    for name in wanted:
        if not any(named((name,))(each) for each in there):
            names = ", ".join(each.name for each in there)
            raise LabError(f"--interface {name}: no such interface; there are: {names}")
    return named(wanted)


def advertised(options: NetworkOptions, port: int) -> str:
    """What devices say of where they are, behind a mapped port. Raises LabError."""
    told = options.advertise
    parts = read_url(f"http://{told}")
    if parts.problem or not can_be_certified(parts.host) or parts.login or "/" in told:
        raise LabError(f"--advertise {told!r} is no HOST[:PORT]")
    scheme = "https" if options.https else "http"
    return f"{scheme}://{authority_of(parts.host, parts.port or port)}"


def secured(
    options: NetworkOptions, selection: Selection | None, own: Iterable[str], name: str
) -> tuple[str, ssl.SSLContext | None, Path | None]:
    """Host and TLS context of secure devices, and the file that their clients trust (None for a certificate of the
    user's own); '' and None for devices that are not secure. Raises LabError.

    - `selection`: the interfaces on which they are reached beside loopback.
    - `own`: IP addresses that are one device's alone.
    - `name`: of the file; no other run has it that shares the state folder.
    """
    if not options.https:
        if options.host or options.tls != ServeTls(ask=options.tls.ask):
            raise LabError(
                "--host, --tls-cert, --client-ca and what goes with them need --https",
                hint="add --https",
            )
        return "", None, None
    there = [] if selection is None else [each for each in interfaces() if selection(each)]
    known = [ip.ip for each in there if not each.is_loopback for ip in each.addresses]
    ips = [ip for ip in known if not ip.is_link_local]
    ips += [ip_address(each) for each in sorted(own)]
    # An address that others reach, IPv4 first: all are told this one.
    first = str(min(ips, key=lambda ip: ip.version)) if ips else "127.0.0.1"
    told = read_url(advertised(options, 0)).host if options.advertise else ""
    host = options.host.strip("[]") or told or first
    if not can_be_certified(host):
        raise LabError(
            f"--host {options.host!r} is no DNS name and no IP address",
            hint="--host takes the name by which clients reach this machine",
        )
    ca_file = state_folder(options.state) / "ca" / f"{name}.pem"
    names = tuple(dict.fromkeys((host, *LOOPBACK_NAMES, *map(str, ips))))
    return host, *server_tls(options.tls, names, ca_file, ca_dir_for=f"the folder {ca_file.parent}")
