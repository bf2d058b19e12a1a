"""Device profiles: TOML files that say what a virtual scanner is and can do.

A profile's name is its file's name without `.toml`. Importing this module imports pydantic (50 ms), so the
command line does it only where a device is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StrictStr, ValidationError

from emulator.device.profile_errors import ProfileError
from emulator.device.profile_sections import (
    AcquisitionArea,
    BlackAndWhiteSection,
    CaptureSection,
    DefaultTicketSection,
    DeviceSettingsSection,
    FeederSection,
    FilmSection,
    JobsSection,
    PlatenSection,
    Section,
)
from emulator.device.scanner_states import ConditionRule
from emulator.device.vendor_section import VendorSection
from emulator.faults.alteration import Role
from emulator.imaging.pages import PageSource
from emulator.imaging.scanned import Origin
from emulator.resources import resource_folder
from emulator.toml_files import Location, TomlProblem, named_file, parse_toml, problem_at, read_toml, reason_of
from emulator.wsscan.resolution import TicketRejected, resolve
from emulator.wsscan.values.configuration import ScannerConfiguration
from emulator.wsscan.values.formats import holds
from emulator.wsscan.values.keywords import FilmScanMode, InputSource
from emulator.wsscan.values.ticket import DOCUMENT_SETTINGS, EffectiveTicket, ScanTicket, fields_of

__all__ = ["DeviceProfile", "ProfileError", "list_profiles", "load_profile", "profile_from_text"]

MAX_PROFILE_BYTES: Final = 1024 * 1024
_MOST_EXTENDED: Final = 8
"""Profiles that extend each other."""

# Lengths of ThisModel and ThisDevice strings: DPWS 2006/02, section 5.1 (MAX_FIELD_SIZE, 256 octets).
_Text = Annotated[StrictStr, Field(min_length=1, max_length=255)]


_Categories = Annotated[tuple[Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9_.]+$")], ...], Field(min_length=1)]


def _traces(traces: dict[str, str | float]) -> dict[str, str | float]:
    if traces:
        from emulator.documents.traces.plan import TracePlan

        TracePlan(traces)  # raises TracePlanError
    return traces


class DeviceProfile(Section):
    """One model of virtual scanner."""

    name: str
    """Slug: the file's name without `.toml`."""
    friendly_name: _Text
    manufacturer: _Text = "DSM emulator project"
    model_name: _Text
    model_number: _Text = "1"
    firmware_version: _Text = "1.0"
    serial_number: _Text = "0001"
    uuid: UUID | None = None
    """A fixed identity; without it the device makes its own."""
    device_category: _Categories = ("Scanners",)
    """pnpx:DeviceCategory: what Windows shows the device as."""
    hardware_id: _Text | None = None
    """pnpx:HardwareId; without it one is made of manufacturer and model."""
    location: Annotated[StrictStr, Field(max_length=255)] = ""
    """ScannerLocation, where the device is said to stand."""
    habits: tuple[StrictStr, ...] = ()
    """In what the device departs from the documents: names that `--habit` takes."""
    scopes: tuple[Annotated[StrictStr, Field(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$", max_length=1000)], ...] = ()
    """URIs that it is found by in discovery (d:Scopes)."""
    vendor: VendorSection | None = None
    """What the vendor has added to WS-Scan: conditions, keywords, elements."""
    warm_up: Annotated[float, Field(strict=True, ge=0, le=3600)] = 0.0
    """Seconds from the start of a scan to the first page, at real speed."""
    device_settings: DeviceSettingsSection
    platen: PlatenSection | None = None
    feeder: FeederSection | None = None
    film: FilmSection | None = None
    jobs: JobsSection = JobsSection()
    """How scan jobs wait and overlap."""
    black_and_white: BlackAndWhiteSection = BlackAndWhiteSection()
    default_ticket_section: Annotated[DefaultTicketSection, Field(alias="default_ticket")]
    traces: Annotated[dict[str, str | float], AfterValidator(_traces)] = Field(default_factory=dict)
    """What the scanner leaves on every page: trace -> `off`, `light`, `heavy` or a number from 0 to 1."""
    capture: CaptureSection | None = None
    """Set in profiles that `profiles capture` wrote."""

    def configuration(self) -> ScannerConfiguration:
        """What scan tickets are resolved against."""
        return self._configuration

    def default_ticket(self) -> ScanTicket:
        """The DefaultScanTicket. [wscn/default-scan-ticket/every-option] [wscn/default-scan-ticket/names]"""
        return self._default_ticket

    def vendor_conditions(self) -> Mapping[str, ConditionRule]:
        """Rules of the vendor's own conditions, by their names with the prefix."""
        return {} if self.vendor is None else self.vendor.condition_rules()

    @property
    def prefixes(self) -> Mapping[str, str]:
        """What its messages declare beside the names of WS-Scan."""
        return {} if self.vendor is None else {self.vendor.prefix: self.vendor.namespace}

    @cached_property
    def _default_ticket(self) -> ScanTicket:
        ticket = self.default_ticket_section.values()
        if self.vendor is None:
            return ticket
        parameters = replace(ticket.document_parameters, extensions=self.vendor.elements("default_ticket"))
        return replace(ticket, document_parameters=parameters)

    @cached_property
    def _configuration(self) -> ScannerConfiguration:
        # The law: [clients/sane-airscan/scanner-configuration] [clients/sane-airscan/resolutions-in-both-lists]
        # The law: [clients/sane-airscan/a-usable-color] [clients/sane-airscan/a-usable-format]
        feeder = self.feeder
        back = (feeder.back or feeder.front) if feeder is not None and feeder.duplex else None
        return ScannerConfiguration(
            self.device_settings.values()
            if self.vendor is None
            else self.vendor.added(self.device_settings.values()),
            platen=_area(self.platen),
            adf_front=_area(feeder.front if feeder is not None else None),
            adf_back=_area(back),
            film=_area(self.film),
            film_scan_modes=tuple(str(mode) for mode in self.film.film_scan_modes) if self.film else (),
        )

    def origin(self, date: datetime) -> Origin:
        """What its documents say of the device; `date` with a time zone."""
        return Origin(self.manufacturer, self.model_name, self.firmware_version, self.serial_number, date)

    def traced(self, source: PageSource, seed: int, *, passed: int | None = None) -> PageSource:
        """A source whose pages have the scanner's traces on them (documents/traced.py); `source` itself where it
        leaves none."""
        if not self.traces:  # the documents, whose traces these are, take a twelfth of the start of `scan`
            return source
        from emulator.documents.traced import TracedSource
        from emulator.documents.traces.plan import TracePlan

        plan = TracePlan(self.traces)
        return TracedSource(source, plan, seed, passed=passed) if plan else source

    def images_per_minute(self, ticket: EffectiveTicket) -> float | None:
        """How fast the device scans that ticket; None where it has no such source."""
        if ticket.input_source == InputSource.PLATEN:
            return self.platen.pages_per_minute if self.platen else None
        if ticket.input_source == InputSource.FILM:
            return self.film.pages_per_minute if self.film else None
        if self.feeder is None:
            return None
        sides = 2 if ticket.input_source == InputSource.ADF_DUPLEX else 1
        return self.feeder.pages_per_minute * sides

    def warnings(self) -> list[str]:
        """What the profile promises and no ticket can have, one line each."""
        return [
            f"device_settings.formats: {format} holds none of the colours that the device scans"
            for format in self.device_settings.formats
            if not any(holds(format, color) for _, area in self.areas() for color in area.colors)
        ]

    def areas(self) -> Iterator[tuple[str, AcquisitionArea]]:
        """Every acquisition area with the name of its table."""
        if self.platen is not None:
            yield "platen", self.platen
        if self.feeder is not None:
            yield "feeder.front", self.feeder.front
            if self.feeder.back is not None:
                yield "feeder.back", self.feeder.back
        if self.film is not None:
            yield "film", self.film


def _area(section: AcquisitionArea | None) -> Any:
    return None if section is None else section.values()


def load_profile(name_or_path: str) -> DeviceProfile:
    """A profile by its name (those that come along) or by its file. Raises ProfileError."""
    return _load(profile_file(name_or_path))


def profile_file(name_or_path: str) -> Path:
    """Where that profile stands. Raises ProfileError for a name that is none."""
    for folder in (resource_folder("profiles"), resource_folder("profiles") / "devices"):
        if path := named_file(name_or_path, folder):
            return path
    names = ", ".join(path.stem for path in (*_shipped(), *_named_devices()))
    raise ProfileError(
        name_or_path or "--profile",
        [TomlProblem("", f"no such device profile; there are: {names}, or name a TOML file")],
    )


def list_profiles() -> list[DeviceProfile]:
    """The profiles that come along, by name, each without habits. Raises ProfileError."""
    return [_load(path) for path in _shipped()]


def list_named_devices() -> list[DeviceProfile]:
    """Profiles with the habits that were reported of devices of that name, which come along too. Raises
    ProfileError."""
    return [_load(path) for path in _named_devices()]


def _named_devices() -> list[Path]:
    return sorted((resource_folder("profiles") / "devices").glob("*.toml"))


def _shipped() -> list[Path]:
    return sorted(resource_folder("profiles").glob("*.toml"))


def _load(path: Path) -> DeviceProfile:
    text = read_toml(path, MAX_PROFILE_BYTES, "device profile", ProfileError)
    return profile_from_text(text, path.stem, str(path), path.parent)


def profile_from_text(text: str, name: str, source: str, folder: Path | None = None) -> DeviceProfile:
    """The profile called `name` that the TOML `text` is.

    - `source`: the file, as errors call it.
    - `folder`: where a file that it extends is looked for, where that has no place of its own.

    Raises ProfileError.
    """
    document = parse_toml(text, source, ProfileError)
    if "name" in document:
        reason = f"no such field; the profile's name is that of its file, {name}"
        raise ProfileError(source, [problem_at(("name",), reason, text)])
    document = _extended(document, text, source, folder, ())
    try:
        profile = DeviceProfile.model_validate({**document, "name": name})
    except ValidationError as error:
        raise ProfileError(source, _translate(error, text)) from None
    problems = [problem_at(location, reason, text) for location, reason in _contradictions(profile)]
    if problems:
        raise ProfileError(source, problems)
    return profile


def _extended(
    document: dict[str, Any], text: str, source: str, folder: Path | None, above: tuple[str, ...]
) -> dict[str, Any]:
    """The document on top of the one that it extends, table by table; a list takes the place of a list. Raises
    ProfileError."""
    base = document.pop("extends", None)
    if base is None:
        return document

    def wrong(reason: str) -> ProfileError:
        return ProfileError(source, [problem_at(("extends",), reason, text)])

    if not isinstance(base, str):
        raise wrong(f"{base!r} is not allowed; the name of a profile or a TOML file is wanted")
    try:
        path = profile_file(base)
        if folder is not None and not path.is_absolute() and not path.exists():
            path = folder / path
        below = read_toml(path, MAX_PROFILE_BYTES, "device profile", ProfileError)
    except ProfileError as error:
        raise wrong(str(error)) from None
    if (place := str(path.resolve())) in above or len(above) >= _MOST_EXTENDED:
        raise wrong(f"{base} extends itself in the end, or too many extend each other")
    try:
        parsed = parse_toml(below, str(path), ProfileError)
        found = _extended(parsed, below, str(path), path.parent, (*above, place))
    except ProfileError as error:
        raise wrong(str(error)) from None
    return _on_top(found, document)


def _on_top(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        under = merged.get(name)
        merged[name] = _on_top(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return merged


def _translate(error: ValidationError, text: str) -> list[TomlProblem]:
    problems = []
    for each in error.errors(include_url=False):
        location = each["loc"]
        problems.append(problem_at(location, reason_of(dict(each), _fields_at(location[:-1])), text))
    return problems


def _fields_at(location: Location) -> list[str]:
    """The fields of the table at that place."""
    model: type[BaseModel] = DeviceProfile
    for part in location:
        field = next((f for n, f in model.model_fields.items() if part in (n, f.alias)), None)
        annotation = None if field is None else field.annotation
        inner = [annotation, *getattr(annotation, "__args__", ())]
        sections = [each for each in inner if isinstance(each, type) and issubclass(each, Section)]
        if not sections:
            return []
        model = sections[0]
    return [field.alias or name for name, field in model.model_fields.items() if name != "name"]


def _contradictions(profile: DeviceProfile) -> Iterator[tuple[Location, str]]:
    """What each field may say for itself but not beside the others (ws-scan.md 2.2)."""
    if profile.platen is None and profile.feeder is None and profile.film is None:
        yield (), "a device has a [platen], a [feeder] or [film]"
        return
    yield from _bad_ranges(profile.device_settings)
    for field, area in profile.areas():
        least, most = area.minimum_size, area.maximum_size
        if least[0] > most[0] or least[1] > most[1]:
            yield (*field.split("."), "minimum_size"), f"{list(least)} is more than maximum_size {list(most)}"
    if profile.feeder is not None and (profile.feeder.loaded or 0) > profile.feeder.sheets:
        yield (
            ("feeder", "loaded"),
            f"{profile.feeder.loaded} is more than the {profile.feeder.sheets} that it takes",
        )
    if profile.feeder is not None and profile.feeder.back is not None and not profile.feeder.duplex:
        yield ("feeder", "back"), "a feeder with a back has duplex = true"
    if profile.jobs.transferring >= profile.jobs.active:
        yield (
            ("jobs", "transferring"),
            f"{profile.jobs.transferring} is not less than active, {profile.jobs.active}: one of these is scanned",
        )
    if profile.film is not None and FilmScanMode.NOT_APPLICABLE in profile.film.film_scan_modes:
        yield ("film", "film_scan_modes"), "NotApplicable is for default tickets only"
    yield from _bad_default(profile)
    if profile.habits:
        from emulator.faults.habits import UnknownHabit, habits_named  # who has none pays nothing

        try:
            habits_named(profile.habits, (Role.DEVICE, Role.CLIENT))
        except UnknownHabit as error:
            yield ("habits",), str(error)


def _bad_ranges(settings: DeviceSettingsSection) -> Iterator[tuple[Location, str]]:
    # The law: [clients/sane-airscan/sizes-in-order] [wscn/source/minimum-not-above-maximum]
    for name in ("compression_quality_factor", "scaling_width", "scaling_height"):
        least, most = getattr(settings, name)
        if least > most:
            yield ("device_settings", name), f"the smallest, {least}, is more than the largest, {most}"
        elif name.startswith("scaling") and not least <= 100 <= most:
            yield ("device_settings", name), f"100 must lie within {least} to {most}"
    wrong = [rotation for rotation in settings.rotations if rotation not in (0, 90, 180, 270)]
    if wrong:
        yield ("device_settings", "rotations"), f"{wrong[0]} is not allowed; allowed: 0, 90, 180, 270"
    elif 0 not in settings.rotations:
        yield ("device_settings", "rotations"), "0 must be among them"


_DEFAULT_FIELDS: Final = {
    **fields_of(*DOCUMENT_SETTINGS),
    "Exposure": "auto_exposure",
    "Exposure/Contrast": "contrast",
    "Exposure/Brightness": "brightness",
    "Exposure/Sharpness": "sharpness",
    "MediaFront/ScanRegion": "scan_region",
    "MediaBack/ColorProcessing": "back",
    "MediaBack/Resolution": "back",
    "MediaBack/ScanRegion": "back",
    "MediaFront/ColorProcessing": "color_processing",
    "MediaFront/Resolution": "resolution",
}


def _bad_default(profile: DeviceProfile) -> Iterator[tuple[Location, str]]:
    """The DefaultScanTicket can be submitted as it is (its page), so it must resolve to itself, but for what has no
    meaning for its source. [wscn/default-scan-ticket/can-be-submitted]"""
    default = profile.default_ticket()
    try:
        resolved = resolve(default, profile.configuration(), default)
    except TicketRejected as rejected:
        for problem in rejected.problems:
            yield _default_location(problem.path), problem.reason
        return
    for change in resolved.changes:
        if change.path in resolved.overridden:
            yield _default_location(change.path), change.reason


def _default_location(path: str) -> Location:
    field = _DEFAULT_FIELDS.get(path) or _DEFAULT_FIELDS.get(path.rpartition("/")[0])
    return ("default_ticket",) if field is None else ("default_ticket", field)
