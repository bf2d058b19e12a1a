"""How results are shown to people; `--json` shows the same to programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from emulator.device.profile import DeviceProfile
    from emulator.inspector.discover import Discovery


def human_bytes(count: int) -> str:
    """`1.9 MB` and the like; decimal, as file managers count."""
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{count} bytes" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError


def plural(count: int, noun: str, several: str = "") -> str:
    """`1 image`, `3 images`; `several`: where it is not made by an s."""
    return f"{count} {noun}" if count == 1 else f"{count} {several or f'{noun}s'}"


def print_json(value: Any) -> None:
    """One JSON value on stdout: a list, or a line of several. A result is printed by `print_result`."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def print_result(value: Mapping[str, Any], code: int = 0, error: str | None = None) -> None:
    """The one object of a command's `--json`: with its exit code, and what went wrong if something did."""
    print_json({"exit_code": int(code), "error": error, **value})


def print_discovery(result: Discovery, *, as_json: bool) -> None:
    """What `discover` found, three lines each."""
    if as_json:
        error = None if result.found else "nothing found"
        told: dict[str, Any] = {"found": [each.as_dict() for each in result.found]}
        if result.witnessed is not None:
            told["witnessed"] = [each.as_dict() for each in result.witnessed]
        print_result(told, result.exit_code, error)
        return
    if not result.found:
        typer.echo("nothing found", err=True)
    for each in result.found:
        typer.echo(f"{each.name or '(no name)'}  {each.kind}  {' '.join(each.xaddrs) or each.source}")
        typer.echo(f"  {each.address}  {' '.join(each.types)}")
        if each.services:
            typer.echo(f"  services  {' '.join(each.services)}")
        if each.problem:
            typer.echo(f"  metadata not read: {each.problem}")
        if each.witness is not None:
            typer.echo(f"  WSDiscovery  {each.witness}")
    for word in result.witnessed or ():
        typer.echo(f"{word.source}: no answer as we read it; WSDiscovery: {word}")


def print_profile(profile: DeviceProfile) -> None:
    """What a device of this profile is and can do."""
    typer.echo(f"{profile.friendly_name} ({profile.name})")
    typer.echo(f"  {profile.manufacturer}, {profile.model_name} {profile.model_number}")
    typer.echo(f"  firmware {profile.firmware_version}, serial number {profile.serial_number}")
    configuration = profile.configuration()
    typer.echo(f"  Formats       {', '.join(configuration.device_settings.formats)}")
    for name in configuration.input_sources:
        area = configuration.source(name)
        if area is None:
            continue
        largest = f"{area.maximum_size.width / 1000:g} x {area.maximum_size.height / 1000:g} inches"
        typer.echo(f"  {name:<13} up to {largest}, {', '.join(area.colors)}")
        typer.echo(f"                {', '.join(map(str, area.widths))} ppi")
    if profile.feeder is not None:
        typer.echo(
            f"  Feeder        {profile.feeder.sheets} sheets, {profile.feeder.pages_per_minute:g} pages a minute"
        )
    jobs = profile.jobs
    if jobs.active > 1:
        typer.echo(
            f"  Scan jobs     {jobs.active} at once, {jobs.transferring} fetched while another one is scanned, "
            f"documents ahead of a client: {jobs.documents_ahead}"
        )


def print_scan_process(told: dict[str, Any]) -> None:
    """A scan process: who it is, its filters, its ticket."""
    typer.echo(f"{told['name']}  {told['id']}")
    typer.echo(f"  Scan server   {told['scan_repository']}")
    typer.echo(f"  File names    {told['document_root_name']}")
    for each in told["filters"]:
        where = [*each.get("shares", ()), *each.get("addresses", ()), *each.get("sites", ())]
        if each.get("send_to_scan_user"):
            where.append("the user's own address")
        typer.echo(f"  {each['dialect'].rpartition('/')[2]:<13} {', '.join(where)}")
    if may := _at_the_device(told):
        typer.echo(f"  At the device {', '.join(may)} may be chosen")
    typer.echo(f"  On error      {'goes on' if told['continue_on_error'] else 'stops'}")
    if told["access"]:
        typer.echo(f"  Only for      {', '.join(told['access'])}")
    for name, setting in told["ticket"].get("document_parameters", {}).items():
        typer.echo(f"  {name}: {_shown(setting)}")


def _at_the_device(told: dict[str, Any]) -> list[str]:
    """Return what a user may choose beside the ticket."""
    adds = any(each.get("can_add_addresses") for each in told["filters"])
    return (
        ["more e-mail addresses"] * adds
        + ["the file name"] * told["device_may_change_file_name"]
        + ["the folder"] * told["device_may_change_file_path"]
    )


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        if "value" in value:
            return _shown(value["value"]) + ("  (must be honoured)" if value.get("must_honor") else "")
        return ", ".join(f"{key} {_shown(inner)}" for key, inner in value.items())
    return str(value)
