"""Device profiles: those that come along, what a profile turns into, and how fast its device is."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from emulator.device.profile import DeviceProfile, list_profiles, load_profile
from emulator.imaging.encode import require_supported
from emulator.wsscan.resolution import resolve
from emulator.wsscan.values.geometry import Dimensions, Resolution
from emulator.wsscan.values.ticket import DocumentParameters, EffectiveTicket, ScanTicket, Setting

SMALL = """
friendly_name = "Test"
model_name = "T"
[device_settings]
formats = ["png"]
[platen]
optical_resolution = [300, 300]
resolutions = [100, 300]
colors = ["Grayscale8"]
minimum_size = [500, 500]
maximum_size = "Letter"
[default_ticket]
format = "png"
input_source = "Platen"
input_size = [8000, 10000]
color_processing = "Grayscale8"
resolution = [300, 300]
"""


def resolved(profile: DeviceProfile, **settings: str) -> EffectiveTicket:
    """The ticket that the device makes of one with these settings alone."""
    asked = DocumentParameters(**{name: Setting(value) for name, value in settings.items()})  # type: ignore[arg-type]
    ticket = ScanTicket(document_parameters=asked)
    return resolve(ticket, profile.configuration(), profile.default_ticket()).ticket


def test_devices_of_six_kinds_come_along() -> None:
    profiles = {profile.name: profile for profile in list_profiles()}
    assert list(profiles) == [
        "book-a3", "flatbed", "office-mfp", "old-bilevel", "photo-film", "production-duplex"
    ]  # fmt: skip
    flatbed, office = profiles["flatbed"].configuration(), profiles["office-mfp"].configuration()
    assert flatbed.platen is not None and flatbed.adf_front is None and flatbed.adf_back is None
    assert office.platen is not None and office.adf_front is not None
    assert office.adf_back == office.adf_front, "without a table the back is like the front"
    film = profiles["photo-film"].configuration()
    assert film.film is not None and len(film.film_scan_modes) == 3 and film.adf_front is None
    assert profiles["production-duplex"].configuration().platen is None
    old = profiles["old-bilevel"].configuration().adf_front
    assert old is not None and old.colors == ("BlackAndWhite1",)


@pytest.mark.parametrize("profile", list_profiles(), ids=lambda profile: profile.name)
def test_a_profile_that_comes_along_promises_nothing_that_is_not_done(profile: DeviceProfile) -> None:
    assert profile.warnings() == []
    require_supported(resolved(profile))


@pytest.mark.parametrize("profile", list_profiles(), ids=lambda profile: profile.name)
def test_the_default_ticket_is_scanned_as_it_stands(profile: DeviceProfile) -> None:
    # The law: [wscn/default-scan-ticket/can-be-submitted]
    default = profile.default_ticket_section
    ticket = resolved(profile)
    assert (ticket.format, ticket.input_source) == (default.format, default.input_source)
    assert ticket.input_size == Dimensions(*default.input_size)
    assert ticket.front.resolution == Resolution(*default.resolution)
    assert ticket.front.color_processing == default.color_processing


def test_a_profile_is_found_by_name_or_by_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text(SMALL)
    (tmp_path / "plain").write_text(SMALL)
    monkeypatch.chdir(tmp_path)
    assert load_profile("flatbed").friendly_name == "Desk Flatbed"
    for name in (str(tmp_path / "mine.toml"), "mine.toml", "./mine.toml", "./plain", "plain"):
        assert load_profile(name).friendly_name == "Test"
    assert load_profile("mine.toml").name == "mine"


def test_a_small_profile_says_what_it_says_and_the_rest_has_defaults(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text('uuid = "6f2e4f1a-0f43-4f57-b9d6-1c3a5a4b7c11"\n' + SMALL)
    profile = load_profile(str(path))
    assert profile.uuid == UUID("6f2e4f1a-0f43-4f57-b9d6-1c3a5a4b7c11")
    assert (profile.manufacturer, profile.warm_up) == ("DSM emulator project", 0.0)
    configuration = profile.configuration()
    assert configuration.platen is not None
    assert configuration.platen.maximum_size == Dimensions(8500, 11000), "a paper's name is its size"
    assert configuration.platen.heights == (100, 300), "the same down as across"
    assert (configuration.adf_front, configuration.film, configuration.film_scan_modes) == (None, None, ())
    ticket = resolved(profile)
    assert (ticket.images_to_transfer, ticket.rotation, ticket.scaling) == (1, 0, (100, 100))


def test_a_back_of_its_own_is_kept(tmp_path: Path) -> None:
    front = SMALL.split("[platen]")[1].split("[default_ticket]")[0]
    feeder = (
        "[feeder]\nduplex = true\n[feeder.front]" + front + "[feeder.back]" + front.replace("[100, 300]", "[100]")
    )
    (tmp_path / "a.toml").write_text(SMALL.replace("[default_ticket]", feeder + "[default_ticket]"))
    configuration = load_profile(str(tmp_path / "a.toml")).configuration()
    assert configuration.adf_front is not None and configuration.adf_back is not None
    assert (configuration.adf_front.widths, configuration.adf_back.widths) == ((100, 300), (100,))


def test_a_format_that_no_colour_of_the_device_fits_into_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(SMALL.replace('["png"]', '["png", "tiff-single-g4"]'))
    assert load_profile(str(tmp_path / "a.toml")).warnings() == [
        "device_settings.formats: tiff-single-g4 holds none of the colours that the device scans",
    ]


@pytest.mark.parametrize(
    ("name", "source", "images"),
    [
        ("office-mfp", "Platen", 12),
        ("office-mfp", "ADF", 45),
        ("office-mfp", "ADFDuplex", 90),
        ("flatbed", "Platen", 6),
    ],
)
def test_images_per_minute_count_both_sides_of_a_sheet(name: str, source: str, images: float) -> None:
    profile = load_profile(name)
    assert profile.images_per_minute(resolved(profile, input_source=source)) == images
