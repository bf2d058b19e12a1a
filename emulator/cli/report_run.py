"""What `run` and `press` print."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from emulator.cli.happenings import tell_happenings
from emulator.cli.output import plural, print_json
from emulator.cli.streams import require_told
from emulator.environment.next_step import command_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.network.fleet import Fleet
    from emulator.network.needs import Needs
    from emulator.panel.serve import ReadyRun

_SHOWN = 10
"""Devices that are listed for a person."""


class RunReporter:
    """Tells that the devices are there; with --json in one line for programs."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self._as_json = as_json
        self._quiet = quiet

    def begins(self, fleet: Fleet, needs: Needs) -> None:
        """Tell on stderr what the devices of a file will take, before they start."""
        if not self._quiet:
            for line in fleet_lines(fleet, needs):
                typer.echo(line, err=True)

    def arrived(self, count: int, of: int) -> None:
        """Tell each tenth, on stderr."""
        if not self._quiet and (count == of or count * 10 // of > (count - 1) * 10 // of):
            typer.echo(f"Arrived       {count:,} of {plural(of, 'device')}", err=True)

    def ready(self, ready: ReadyRun) -> None:
        """Everything listens."""
        devices, ca_file = ready.devices, ready.ca_file
        if self._as_json:
            print_json(
                {
                    "ready": True,
                    "devices": [asdict(device) for device in devices],
                    "ca_file": ca_file,
                    "control_token_file": ready.control_token_file,
                    "panel": ready.panel,
                    **({} if ready.fleet is None else {"fleet": ready.fleet}),
                }
            )
        elif not self._quiet:
            for device in devices[:_SHOWN]:
                typer.echo(f"Device        {device.name}    {device.xaddrs[0]}")
            if len(devices) > _SHOWN:
                typer.echo(f"              and {plural(len(devices) - _SHOWN, 'more device')}")
            if ready.loopback_only:
                typer.echo("Reached       from this machine alone; --interface NAME (or all) changes that")
            if not ready.multicast:
                typer.echo("Discovery     silent: no multicast")
            if ca_file is not None:
                typer.echo(f"CA            {ca_file}")
            typer.echo(f"Front panel   {ready.panel}")
            trust = () if ca_file is None else ("--ca-file", ca_file)
            url = devices[0].xaddrs[0]
            known = ca_file is not None or not url.startswith("https:")
            step = (
                command_line("inspect", url, *trust)
                if known
                else "inspect with --ca-file: the roots of its certificate"
            )
            typer.echo(f"Try           {step}")
            tell_happenings()
        require_told()

    def stopped(self) -> None:
        """A signal has stopped them."""
        if not self._quiet:
            typer.echo("Stopped", err=True)


def fleet_lines(fleet: Fleet, needs: Needs) -> Iterator[str]:
    """What a fleet is, and what it will take, for a person."""
    from emulator.network.needs import megabytes

    yield f"Fleet         {plural(fleet.count, 'device')} in {plural(len(fleet.groups), 'group')}"
    free = "" if needs.free is None else f", of {megabytes(needs.free)} that are free"
    allowed = "" if needs.allowed is None else f", of {needs.allowed:,} that a process may have"
    yield f"Needs         about {megabytes(needs.memory)} of memory{free}"
    yield f"              {needs.descriptors:,} files and sockets{allowed}"
    port = f"port {needs.port}" if needs.port else "one free port"
    yield f"              {port} of HTTP for all, port 3702 of UDP"


def print_status(status: dict[str, Any]) -> None:
    """How a device is, for a person."""
    reasons = [reason for reason in status["reasons"] if reason != "None"]
    typer.echo(f"{status['name']}: {status['state']}" + (f" ({', '.join(reasons)})" if reasons else ""))
    if status["capacity"] is not None:
        typer.echo(f"  feeder      {status['sheets']} of {plural(status['capacity'], 'sheet')}")
    for condition in status["conditions"]:
        typer.echo(f"  condition   {condition['name']} at {condition['component']} ({condition['severity']})")
    for job in status["active_jobs"]:
        scans = plural(job["scans_completed"], "image")
        typer.echo(f"  scan job    {job['job_id']} {job['job_name']!r}: {job['state']}, {scans}")
    for destination in status["destinations"]:
        typer.echo(f"  scan to     {destination['display_name']} ({destination['client_context']})")


def print_job(job: dict[str, Any]) -> None:
    """How a post-scan job ended, for a person."""
    result = job["result"]
    if result is not None:
        images = [image for image in result["images"] if image["acknowledged"]]
        typer.echo(f"{result['outcome']:<13} {plural(len(images), 'image')} at {result['server']}")
        if result["reason"]:
            typer.echo(f"  {result['reason']}")
        for warning in result["warnings"]:
            typer.echo(f"  warning: {warning}")
        for path in result["delivered"]:
            typer.echo(f"  {path}")
        if result["manifest"]:
            typer.echo(f"Manifest      {result['manifest']}")
    if job["error"]:
        typer.echo(f"error: {job['error']}", err=True)
        if job["hint"]:
            typer.echo(f"       {job['hint']}", err=True)


def print_happened(entry: dict[str, Any], *, as_json: bool) -> None:
    """An entry of the journal, at once: who reads it may be a program that waits."""
    from emulator.trace.journal import Entry
    from emulator.trace.kinds import EntryKind
    from emulator.trace.lines import one_line, timed

    if as_json:
        print_json(entry)
    else:
        try:
            time = datetime.fromisoformat(entry["time"]).timestamp()
            lines = timed(Entry(entry["number"], time, EntryKind(entry["kind"]), entry["data"]), whose=False)
        except (ValueError, KeyError, TypeError, AttributeError):  # of another version
            lines = [one_line(f"{entry['kind']}: {entry['data']}")]
        for line in lines:
            typer.echo(line)
    sys.stdout.flush()
