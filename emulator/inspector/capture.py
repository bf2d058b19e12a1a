"""`profiles capture`: a device profile of a device that answers, or of answers that were saved."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from emulator.device.device import ScanDevice
from emulator.device.profile import DeviceProfile, ProfileError, profile_from_text
from emulator.device.quirks import Quirk
from emulator.device.settings import DeviceIdentity
from emulator.dpws.client import CallFailed
from emulator.dpws.hosting import Hosting
from emulator.dpws.metadata import Metadata
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.whole_file import require_free
from emulator.inspector.captured import DeviceAnswers, NoProfile, profile_tables
from emulator.inspector.conversation import conversation, lab_error
from emulator.inspector.differences import element_differences, metadata_differences
from emulator.inspector.inspect import inspect_with
from emulator.inspector.observed import observe, quirks_in
from emulator.inspector.profile_file import file_name, profile_text, write_profile
from emulator.inspector.saved_answers import read_saved
from emulator.inspector.scanner_elements import ScannerElements
from emulator.options.asking import PeerOptions
from emulator.soap.deviations import Deviation
from emulator.wsscan.constants import DEFAULT_SCAN_TICKET, SCANNER_CONFIGURATION, SCANNER_DESCRIPTION
from emulator.wsscan.xml.configuration import write_scanner_configuration
from emulator.wsscan.xml.description import write_scanner_description
from emulator.wsscan.xml.ticket import write_ticket

MAX_LINES: Final = 200
"""Most differences and most deviations that are told; a real device has a handful."""
_NOBODY: Final = UUID(int=0)
_HEADING: Final = "A device profile captured from a device; what it could not take over stands in [capture]."


@dataclass(frozen=True, slots=True)
class Source:
    """What a profile is made of."""

    names: tuple[str, ...]
    """Address of the device, or names of files."""
    scanner: ScannerElements
    metadata: Metadata | None
    endpoint: str = ""
    quirks: frozenset[Quirk] = frozenset()
    deviations: tuple[tuple[str, Deviation], ...] = ()
    """Operation (or file) and departure from the documents."""


@dataclass(frozen=True, slots=True)
class Capture:
    """A profile as it is written, and what is to be known of it."""

    profile: DeviceProfile
    text: str
    path: Path
    quirks: tuple[Quirk, ...]
    differences: tuple[str, ...]
    """What a device of the profile answers otherwise than the device that was asked."""
    deviations: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """What `--json` tells."""
        return {
            "profile": str(self.path),
            "name": self.profile.name,
            "friendly_name": self.profile.friendly_name,
            "model": self.profile.model_name,
            "quirks": [str(quirk) for quirk in self.quirks],
            "differences": list(self.differences),
            "deviations": list(self.deviations),
        }


async def capture(sources: Sequence[str], options: PeerOptions, output: Path | None, *, overwrite: bool) -> Capture:
    """Capture the device that one URL or host names, or all of what files hold, and write the profile to
    `output` (None: named after the model). Raises LabError; then nothing is written."""
    if output is not None and not overwrite:
        await asyncio.to_thread(require_free, output, "-o", overwrite=False)  # before the device is asked
    files = [Path(source) for source in sources]
    if all(_is_file(path) for path in files):
        source = await asyncio.to_thread(_from_files, files)
        blame = ExitCode.USAGE
    elif len(sources) == 1:
        source = await _from_device(sources[0], options)
        blame = ExitCode.NONSENSE
    else:
        gone = next(each for each in sources if not _is_file(Path(each)))
        raise LabError(f"{gone}: no such file", hint="capture one URL, or files of saved answers")
    try:
        made = make_profile(source, output)
    except NoProfile as error:
        raise LabError(f"{', '.join(source.names)}: {error}", blame) from None
    await asyncio.to_thread(write_profile, made.path, made.text, overwrite=overwrite)
    return made


def _is_file(path: Path) -> bool:
    return path.suffix.lower() == ".xml" or path.is_file()


def _from_files(paths: Sequence[Path]) -> Source:
    answers = read_saved(paths)
    quirks = frozenset(quirks_in(answers.deviations, answers.scanner))
    endpoint = answers.metadata.host.address if answers.metadata and answers.metadata.host else ""
    names = tuple(path.name for path in paths)
    return Source(names, answers.scanner, answers.metadata, endpoint, quirks, tuple(answers.deviations))


async def _from_device(where: str, options: PeerOptions) -> Source:
    async with conversation(options) as talk:
        try:
            found = await inspect_with(talk, where, jobs=False)
        except CallFailed as error:
            raise lab_error(error) from None
        if found.scanner is None:
            if found.problems:
                raise lab_error(found.problems[0])
            raise LabError(f"{found.reached.url}: a {found.kind} without a WS-Scan service", ExitCode.NONSENSE)
        quirks = await observe(talk, found.reached.url, found.scanner)
        deviations = tuple(talk.deviations)
    if found.scanner.configuration is None and found.problems:
        raise lab_error(found.problems[0])
    reached = found.reached
    return Source((reached.url,), found.scanner, reached.metadata, reached.endpoint, frozenset(quirks), deviations)


def make_profile(source: Source, output: Path | None = None) -> Capture:
    """The profile of what was told, not yet written. Raises NoProfile."""
    scanner = source.scanner
    if scanner.configuration is None:
        raise NoProfile("no ScannerConfiguration was told")
    told = DeviceAnswers(scanner.configuration, scanner.default_ticket, scanner.description, source.metadata)
    tables = profile_tables(told)
    path = output or Path(file_name(str(tables["model_name"])))
    name = path.stem
    differences = _bounded(_differences(source, _profile(profile_text(tables, _HEADING), name)))
    deviations = _bounded(dict.fromkeys(_line(operation, each) for operation, each in source.deviations))
    quirks = tuple(sorted(source.quirks))
    tables["capture"] = _capture_table(source, quirks, deviations, differences)
    text = profile_text(tables, _HEADING)
    return Capture(_profile(text, name), text, path, quirks, differences, deviations)


def _line(operation: str, deviation: Deviation) -> str:
    detail = f" ({' '.join(deviation.detail.split())})" if deviation.detail else ""
    return f"{operation}: {deviation.id} at {deviation.place}{detail}"


def _profile(text: str, name: str) -> DeviceProfile:
    try:
        return profile_from_text(text, name, "the captured profile")
    except ProfileError as error:
        raise NoProfile(str(error)) from None


def _capture_table(
    source: Source, quirks: Sequence[Quirk], deviations: Sequence[str], differences: Sequence[str]
) -> dict[str, Any]:
    lists = {
        "quirks": [str(quirk) for quirk in quirks],
        "deviations": list(deviations),
        "differences": list(differences),
    }
    return {
        "source": list(source.names),
        **({"endpoint": source.endpoint} if source.endpoint else {}),
        **{name: values for name, values in lists.items() if values},
    }


def _bounded(lines: Iterator[str] | dict[str, None]) -> tuple[str, ...]:
    found = list(lines)
    more = [f"and {len(found) - MAX_LINES} more"] if len(found) > MAX_LINES else []
    return (*found[:MAX_LINES], *more)


def _differences(source: Source, profile: DeviceProfile) -> Iterator[str]:
    """What a device of the profile tells otherwise, by asking it."""
    device = ScanDevice(profile, DeviceIdentity(_NOBODY, 1), hosting=Hosting(listen=False))
    ours = {
        SCANNER_DESCRIPTION.local: write_scanner_description(device.scanner.description),
        SCANNER_CONFIGURATION.local: write_scanner_configuration(device.scanner.configuration),
        DEFAULT_SCAN_TICKET.local: write_ticket(device.scanner.default_ticket, DEFAULT_SCAN_TICKET),
    }
    if source.metadata is None:
        yield "metadata: not told; names of the emulator's own stand for it"
    else:
        yield from metadata_differences(source.metadata, device.metadata("http://localhost"))
    for name, element in ours.items():
        theirs = source.scanner.written.get(name)
        if theirs is None:
            yield f"{name}: not told; one of the emulator's own stands for it"
        else:
            yield from element_differences(theirs, element)
