"""`check`: judges scan servers, devices and clients, clause by clause."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

import typer

from emulator.cli.check_lists import explain, list_checks, report, selected
from emulator.cli.command import GivenOptions, Handler
from emulator.cli.directory_options import ldap_options
from emulator.cli.passwords import ask_password
from emulator.cli.running import CommandFailed, run, run_async, set_up_logging

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from emulator.conformance.check import Subject
    from emulator.conformance.clients.situations import Situation
    from emulator.conformance.devices.finding import FoundDevice
    from emulator.conformance.devices.hands import Hands
    from emulator.conformance.judging import Judging
    from emulator.conformance.waivers import Waivers
    from emulator.options.check import CheckDeviceOptions, JudgedOptions

_EVENT: Final = 15.0
"""Longest time to wait for an event of a device, which answers within a minute: a page may have to be scanned."""


def server(given: GivenOptions) -> None:
    """Judge a scan server: each clause with what was sent, what came, what should have come."""
    set_up_logging(given.verbose)
    from emulator.conformance.check import Subject
    from emulator.conformance.order import Order
    from emulator.conformance.peer import ServerLimits
    from emulator.conformance.server_judging import judging_of_server
    from emulator.environment.options import TrustOptions
    from emulator.environment.trusting import client_tls
    from emulator.jobs.options import ScanOptions
    from emulator.jobs.ordered import ordered
    from emulator.options.check import CheckServerOptions

    trust = given.of(TrustOptions, ask=ask_password)
    asked = given.of(CheckServerOptions).but(trust=trust, ldap=ldap_options(given))
    checks = selected(asked, Subject.SERVER, gentle=asked.gentle, slow=asked.slow)
    scans = [
        ScanOptions(
            server=asked.server,
            scan_process=name,
            user=asked.user,
            directory=asked.directory,
            ldap=asked.ldap,
        )
        for name in asked.scan_process or (None,)
    ]
    order, *others = [run(partial(ordered, scan), verbosity=given.verbose) for scan in scans]
    tls = None
    if (asked.service or order.url).startswith("https:"):
        tls = run(lambda: client_tls(trust, ca_pem=order.roots), verbosity=given.verbose)
    own, *further = [
        Order(
            each.user,
            each.scan_process,
            each.instructions,
            each.display_name,
            each.user_name,
            each.dialects,
            each.may_rename,
            each.may_choose_share,
        )
        for each in (order, *others)
    ]
    judging = judging_of_server(
        order.url,
        replace(own, others=tuple(further)),
        checks,
        tls=tls,
        service=asked.service or "",
        limits=ServerLimits(silence=asked.silence, job=asked.job_timeout, event=asked.silence),
        seed=asked.seed,
        redact=asked.redact,
        events=asked.events or _loopback(order.url),
    )
    _judge(given, asked, judging)


def device(given: GivenOptions) -> None:
    """Judge a device: each clause with what was sent, what came, what should have come."""
    set_up_logging(given.verbose)
    from emulator.conformance.check import Subject
    from emulator.conformance.devices.asked_device import DeviceLimits
    from emulator.conformance.devices.device_judging import judging_of_device
    from emulator.environment.options import TrustOptions
    from emulator.options.check import CheckDeviceOptions

    trust = given.of(TrustOptions, ask=ask_password)
    asked = given.of(CheckDeviceOptions).but(trust=trust)
    if asked.post_scan:
        _post_scan(given, asked)
    checks = selected(asked, Subject.DEVICE, gentle=asked.gentle, slow=asked.slow)
    hands = run(lambda: _hands(asked), verbosity=given.verbose)
    url, found, tls = _reached(given, asked)
    judging = judging_of_device(
        url,
        checks,
        tls=tls,
        hands=hands,
        limits=DeviceLimits(silence=asked.silence, job=asked.job_timeout, event=min(asked.silence, _EVENT)),
        found=found,
        interfaces=asked.interfaces,
        seed=asked.seed,
        redact=asked.redact,
        events=asked.events or _loopback(url),
    )
    _judge(given, asked, judging)


def _reached(
    given: GivenOptions, asked: CheckDeviceOptions
) -> tuple[str, FoundDevice | None, ssl.SSLContext | None]:
    """The URL of the device; what was found of it, where it was looked for; how it is trusted, where it has TLS.
    Raises CommandFailed."""
    from emulator.environment.trusting import client_tls

    def trusted() -> ssl.SSLContext:
        return run(lambda: client_tls(asked.trust), verbosity=given.verbose)

    found = None
    if asked.discover or asked.device.startswith("urn:"):
        found = _found(given, asked, trusted())
        url = found.url
    else:
        url = asked.device if "://" in asked.device else f"http://{asked.device}"
    return url, found, trusted() if url.startswith("https:") else None


def _found(given: GivenOptions, asked: CheckDeviceOptions, tls: ssl.SSLContext) -> FoundDevice:
    """Look for the device on the network. Raises CommandFailed where there is none, or more than one."""
    from emulator.conformance.devices.finding import NotFound, SeveralFound, find_device

    address = "" if asked.discover else asked.device

    async def look() -> FoundDevice | NotFound | SeveralFound:
        try:
            return await find_device(address, asked.interfaces, tls=tls)
        except (NotFound, SeveralFound) as error:
            return error

    found = run_async(look, verbosity=given.verbose)
    if isinstance(found, NotFound):
        raise CommandFailed(str(found), 3, "dsm-emulator discover lists who answers")
    if isinstance(found, SeveralFound):
        lines = [f"dsm-emulator check device {each.address}   {' '.join(each.xaddrs)}" for each in found.candidates]
        raise CommandFailed(f"{found}, and one is judged", 2, "\n".join(lines))
    return found


def client(given: GivenOptions) -> None:
    """Judge a client that scans: each clause with what it sent, and what should have come."""
    set_up_logging(given.verbose)
    from emulator.conformance.check import Subject
    from emulator.conformance.clients.client_judging import judging_of_client
    from emulator.conformance.clients.situations import Situation
    from emulator.options.check import CheckClientOptions
    from emulator.options.run import NetworkOptions
    from emulator.transport.interfaces import own_addresses
    from emulator.wrapping.client_stage import DeviceStage

    asked = given.of(CheckClientOptions)
    checks = selected(asked, Subject.CLIENT)
    if not given.verbose:
        logging.getLogger("emulator").setLevel(logging.ERROR)  # what its device thinks of a client the judge says
    situations = [each for each in Situation if not asked.situations or each in asked.situations]
    seconds = asked.seconds or (120.0 if asked.command else 600.0)
    network = NetworkOptions(
        profiles=(asked.profile,), interfaces=asked.interfaces, port=asked.port, multicast=asked.multicast
    )
    only = asked.only or (sorted(own_addresses()) if asked.command else None)
    told = _Situations(by_hand=not asked.command, seconds=seconds, quiet=given.quiet)
    judging = judging_of_client(
        " ".join(asked.command) or "whoever scans",
        checks,
        lambda hearing: DeviceStage(
            hearing,
            network,
            command=asked.command,
            seconds=seconds,
            several=len(situations) > 1,
            begins=told.begins,
        ),
        situations=situations,
        only=only,
        told=told.ended,
        redact=asked.redact,
    )
    _judge(given, asked, judging)


def _post_scan(given: GivenOptions, asked: CheckDeviceOptions) -> NoReturn:
    """Judge what a device sends to a scan server."""
    from emulator.conformance.check import Subject
    from emulator.conformance.post_scan.peer import Offered, PostScanLimits
    from emulator.conformance.post_scan.post_scan_judging import judging_of_post_scan
    from emulator.conformance.post_scan.scan_process import WrongScanProcess, scan_process_of

    checks = selected(asked, Subject.DSP_CLIENT, gentle=asked.gentle, slow=asked.slow)
    hands = run(lambda: _hands(asked), verbosity=given.verbose)
    url, _, tls = _reached(given, asked)
    try:
        offered = Offered.at(asked.offer or "", asked.offer_cert, asked.offer_key)
        if asked.scan_process is not None:
            known = scan_process_of(asked.scan_process, asked.psp_id or "", asked.user_sid or "")
            offered = replace(offered, scan_process=known)
    except (ValueError, WrongScanProcess) as error:
        raise CommandFailed(str(error), 2) from None
    judging = judging_of_post_scan(
        url,
        checks,
        tls=tls,
        hands=hands,
        offered=offered,
        limits=PostScanLimits(comes=asked.first_message, silence=asked.silence, job=max(asked.job_timeout, 120.0)),
        seed=asked.seed,
        redact=asked.redact,
    )
    _judge(given, asked, judging)


class _Situations:
    """Tells what the device does, and what is to be done; all on stderr, for stdout is the command's too."""

    def __init__(self, *, by_hand: bool, seconds: float, quiet: bool) -> None:
        self._by_hand = by_hand
        self._seconds = seconds
        self._quiet = quiet
        self._told = False

    def begins(self, situation: Situation, variables: Mapping[str, str]) -> None:
        """The device is in that situation."""
        from emulator.conformance.clients.situations import TOLD

        if self._quiet and not self._by_hand:
            return
        if not self._told:
            for name, value in variables.items():
                if name != "DSM_SITUATION":
                    typer.echo(f"{name:<22}{value}", err=True)
            self._told = True
        told = TOLD[situation]
        typer.echo(f"{situation:<22}{told.device}", err=True)
        if self._by_hand:
            typer.echo(f"{'':<22}now: {told.person}; Ctrl-C ends it, or {self._seconds:g} s", err=True)

    def ended(self, said: str) -> None:
        """The client has gone."""
        if not self._quiet:
            typer.echo(f"{'':<22}{said.partition(': ')[2]}", err=True)


def _judge(given: GivenOptions, asked: JudgedOptions, judging: Judging) -> NoReturn:
    """Run it with what all judges are told alike, show it, and end."""
    from emulator.cli.check_progress import Progress
    from emulator.conformance.judging import judge, problem_of

    judging = replace(
        judging,
        waivers=_waivers(asked, judging.subject),
        write_waivers=asked.write_waivers,
        report=asked.report,
        overwrite=asked.overwrite,
    )
    what = {"server": "Scan server", "client": "Client"}.get(judging.subject, "Device")
    progress = Progress(what, judging.url, len(judging.checks), as_json=given.json, quiet=given.quiet)
    try:
        found = run_async(lambda: judge(judging, progress.heard, progress.begins), verbosity=given.verbose)
    finally:
        progress.stop()
    progress.ended(found.report, found.peer, problem_of(found.report), int(found.exit_code), asked.report)
    raise typer.Exit(int(found.exit_code))


def _hands(asked: CheckDeviceOptions) -> Hands:
    """Find out who does what a person does at a device. Raises LabError."""
    import os
    import shlex

    from emulator.conformance.devices.hands import AskedHands, ControlHands, HookHands, NobodysHands
    from emulator.options.check import RUNNING
    from emulator.panel.client import find_control, find_token

    if asked.control is not None:
        url = find_control(None if asked.control == RUNNING else asked.control, None, None)
        return ControlHands(url, find_token(asked.control_token, url, None, os.environ))
    if asked.hook is not None:
        return HookHands(shlex.split(asked.hook))
    return AskedHands(lambda what: typer.confirm(f"{what} Done?", err=True)) if asked.ask else NobodysHands()


def _waivers(asked: JudgedOptions, of: Subject) -> Waivers:
    from emulator.conformance.check import all_checks
    from emulator.conformance.waivers import WaiverError, Waivers, read_waivers

    if asked.waivers is None:
        return Waivers()
    try:
        return read_waivers(asked.waivers, all_checks(of))
    except WaiverError as error:
        more = [str(each) for each in error.problems[1:]]
        raise CommandFailed(f"--waivers {error}", 2, "\n".join(more)) from None


def _loopback(url: str) -> str:
    """Where the events of a server on this machine come to; '' for another."""
    from emulator.environment.machine_names import bare, is_local
    from emulator.transport.url import read_url

    host = bare(read_url(url).host)
    if not is_local(host):
        return ""
    return "::1" if host == "::1" else "127.0.0.1"


COMMANDS: Final[dict[str, Handler]] = {
    "server": server,
    "device": device,
    "client": client,
    "list": list_checks,
    "explain": explain,
    "report": report,
}
