"""An inspection, and a profile captured from one, as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import typer

from emulator.cli.output import plural

if TYPE_CHECKING:
    from emulator.dpws.metadata import Metadata
    from emulator.inspector.capture import Capture
    from emulator.inspector.inspect import Inspection
    from emulator.inspector.scanner_elements import ScannerElements
    from emulator.wsscan.values.configuration import Range, ScannerConfiguration
    from emulator.wsscan.values.geometry import Dimensions
    from emulator.wsscan.values.jobs import JobSummary
    from emulator.wsscan.values.status import LocalizedText, ScannerStatus
    from emulator.wsscan.values.ticket import ScanTicket

_NOT_TOLD = "not told"
_LABELS = {"DeviceCategory": "Category"}


def shown(text: object) -> str:
    """A peer's text on one line, without what would steer a terminal."""
    line = " ".join(str(text).split())
    return "".join(letter if letter.isprintable() else "?" for letter in line)


def print_inspection(found: Inspection, *, deviations: bool) -> None:
    """Print who it is, its services, then what the WS-Scan service tells; with `deviations` each of them."""
    reached = found.reached
    if reached.metadata is None:
        typer.echo(f"A scan service without metadata at {shown(reached.url)}")
    else:
        _print_metadata(found, reached.metadata)
    if found.scanner is not None:
        _print_scanner(found.scanner)
    if found.repository is not None:
        from emulator.cli.repository_lines import repository_lines

        for label, text in repository_lines(found.repository):
            _line(label, text)
    for other in reached.others:
        _line("Answers too", f"{other.address} {' '.join(other.xaddrs)}")
    if found.deviations and not deviations:
        _line("Deviations", f"{plural(len(found.deviations), 'departure')} from the documents; -v tells them")
    elif deviations:
        _line("Deviations", "none" if not found.deviations else str(len(found.deviations)))
        for operation, deviation in found.deviations:
            typer.echo(f"  {shown(operation)}: {shown(deviation)}")


def print_capture(made: Capture, *, deviations: bool) -> None:
    """Where the profile is, then what is to be known of it, a line each."""
    from emulator.device.quirks import MEANINGS

    profile = made.profile
    _line("Profile", made.path)
    _line(
        "Device", f"{profile.friendly_name} ({profile.manufacturer}, {profile.model_name} {profile.model_number})"
    )
    for quirk in made.quirks:
        _line("Habit", f"{quirk}: {MEANINGS[quirk]}")
    for each in made.missing:
        _line("Missing", each)
    for difference in made.differences:
        _line("Differs", difference)
    if not made.differences:
        _line("Differs", "nothing: a device of the profile answers the same")
    for warning in profile.warnings():
        _line("Not yet", warning)
    if made.deviations and not deviations:
        _line("Deviations", f"{plural(len(made.deviations), 'departure')} from the documents; -v tells them")
    for deviation in made.deviations if deviations else ():
        _line("Deviation", deviation)


def _line(name: str, text: object) -> None:
    typer.echo(f"{name:<14}{shown(text)}".rstrip())


def _print_metadata(found: Inspection, metadata: Metadata) -> None:
    device, model = metadata.this_device, metadata.this_model
    name = device.friendly_name if device else ""
    _line(found.kind.capitalize(), name or (model.model_name if model else "") or "without a name")
    _line("Address", found.reached.url)
    if found.reached.endpoint:
        _line("Endpoint", found.reached.endpoint)
    if model is not None:
        _line("Model", f"{model.manufacturer}, {model.model_name} {model.model_number}")
        for extension in model.more:
            _line(_LABELS.get(extension.name.local, extension.name.local)[:13], extension.text)
        for label, url in (("Web page", model.presentation_url), ("Model page", model.model_url)):
            if url:
                _line(label, url)
    if device is not None:
        _line(
            "Firmware", f"{device.firmware_version or _NOT_TOLD}, serial number {device.serial_number or _NOT_TOLD}"
        )
    if not metadata.hosted:
        _line("Services", "none")
    for service in metadata.hosted:
        _line("Service", f"{_names(name.local for name in service.types) or 'without types'}")
        for address in service.addresses:
            typer.echo(f"{'':<14}{shown(address)}")


def _print_scanner(scanner: ScannerElements) -> None:
    description = scanner.description
    if description is not None:
        _line("Scanner", _texts(description.names) or "without a name")
        for label, texts in (("Info", description.info), ("Location", description.location)):
            if texts:
                _line(label, _texts(texts))
    else:
        _line("Scanner", f"description {_NOT_TOLD}")
    _print_status(scanner.status)
    if scanner.configuration is None:
        _line("Configuration", _NOT_TOLD)
    else:
        _print_configuration(scanner.configuration)
    if scanner.default_ticket is None:
        _line("Default", f"ticket {_NOT_TOLD}")
    else:
        _print_ticket(scanner.default_ticket)
    _print_jobs("Active jobs", scanner.active_jobs)
    _print_jobs("Job history", scanner.job_history)


def _print_status(status: ScannerStatus | None) -> None:
    if status is None:
        _line("Status", _NOT_TOLD)
        return
    reasons = [reason for reason in status.reasons if reason != "None"]
    _line("State", f"{status.state}{f' ({_names(reasons)})' if reasons else ''}")
    for condition in status.active_conditions:
        text = f"{condition.name} at {condition.component}, {condition.severity}, since {condition.time}"
        _line("Condition", f"{condition.id}: {text}")
    for entry in status.condition_history:
        text = f"{entry.name} at {entry.component}, {entry.severity}, {entry.time} to {entry.clear_time}"
        _line("Was", text)


def _print_configuration(configuration: ScannerConfiguration) -> None:
    settings = configuration.device_settings
    _line("Formats", _names(settings.formats))
    _line("Quality", _range(settings.compression_quality_factor))
    _line("Contents", _names(settings.content_types))
    able = {
        "size detection": settings.size_auto_detect,
        "automatic exposure": settings.auto_exposure,
        "brightness": settings.brightness,
        "contrast": settings.contrast,
    }
    _line("Adjusts", _names(name for name, there in able.items() if there) or "nothing")
    _line("Scaling", f"{_range(settings.scaling_width)} % across, {_range(settings.scaling_height)} % down")
    _line("Rotations", _names(settings.rotations))
    areas = {
        "Platen": configuration.platen,
        "ADF front": configuration.adf_front,
        "ADF back": configuration.adf_back,
        "Film": configuration.film,
    }
    for name, area in areas.items():
        if area is None:
            continue
        _line(name, f"{_inches(area.minimum_size)} to {_inches(area.maximum_size)} inches, {_names(area.colors)}")
        heights = "" if area.heights == area.widths else f" across, {_names(area.heights)} down"
        optical = f", optical {area.optical_resolution}"
        typer.echo(f"{'':<14}{shown(_names(area.widths) + heights + ' ppi' + optical)}")
    if configuration.film_scan_modes:
        typer.echo(f"{'':<14}{shown(_names(configuration.film_scan_modes))}")


def _print_ticket(ticket: ScanTicket) -> None:
    given = ticket.document_parameters
    front = given.media_front
    parts: list[object] = [
        setting.value
        for setting in (
            given.format,
            given.input_source,
            front.color_processing if front else None,
            front.resolution if front else None,
        )
        if setting is not None
    ]
    size = given.input_size.value.media_size if given.input_size else None
    if size is not None:
        parts.append(f"{_inches(size)} inches")
    if given.images_to_transfer is not None:
        parts.append(
            plural(given.images_to_transfer.value, "image") if given.images_to_transfer.value else "all images"
        )
    _line("Default", _names(parts) or "an empty ticket")


def _print_jobs(name: str, jobs: tuple[JobSummary, ...] | None) -> None:
    if not jobs:
        _line(name, _NOT_TOLD if jobs is None else "none")
        return
    for job in jobs:
        reasons = [reason for reason in job.reasons if reason != "None"]
        state = f"{job.state}{f' ({_names(reasons)})' if reasons else ''}"
        who = f" of {job.originating_user}" if job.originating_user else ""
        text = f"{job.job_id}: {job.job_name or 'no name'}{who}, {state}, {plural(job.scans_completed, 'scan')}"
        _line(name, text)


def _names(values: Iterable[object]) -> str:
    return ", ".join(map(str, values))


def _texts(texts: Iterable[LocalizedText]) -> str:
    return " / ".join(each.text + (f" [{each.language}]" if each.language else "") for each in texts)


def _range(limits: Range) -> str:
    return f"{limits.minimum} to {limits.maximum}"


def _inches(size: Dimensions) -> str:
    return f"{size.width / 1000:g} x {size.height / 1000:g}"
