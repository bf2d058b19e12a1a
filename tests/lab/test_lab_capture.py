"""`profiles capture`: a device of the captured profile answers as the captured one, element for element."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from lxml import etree
from scripted_peer import (
    PLATEN,
    SOAP_11,
    STATUS,
    WSCN,
    ScriptedPeer,
    area,
    configuration,
    elements,
    metadata,
    probe_matches,
    serving,
)

from emulator.device.device import ScanDevice
from emulator.device.profile import DeviceProfile, list_profiles, load_profile
from emulator.device.profiles import check_profile
from emulator.device.quirks import MEANINGS, Quirk
from emulator.device.settings import DeviceIdentity
from emulator.dpws.discovery import ProbeMatch
from emulator.dpws.metadata import Metadata
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.inspector.capture import Capture, capture
from emulator.inspector.inspect import inspect
from emulator.inspector.observed import lacks_ipv4
from emulator.options.asking import PeerEventOptions
from emulator.transport.http import OutgoingResponse

UUID_1 = UUID("978e9349-e854-444f-87a6-000000000001")

EVERYTHING = r"""
friendly_name = "Jörg's \"MFP\" \\ 3\u00a0OG"
manufacturer = "Acme \u2028 & Söhne <GmbH>"
model_name = "All of it"
model_number = "9"
firmware_version = "v1 = [2]"
serial_number = "#17"
device_category = ["MFP", "Printers", "Scanners"]
hardware_id = "VEN_0103&DEV_069D"
location = "3rd floor\\tleft"
[device_settings]
formats = ["png", "jfif", "xps", "tiff-multi-g4"]
compression_quality_factor = [15, 95]
content_types = ["Text", "Auto"]
document_size_auto_detect = true
auto_exposure = true
brightness = true
contrast = true
scaling_width = [50, 400]
scaling_height = [25, 500]
rotations = [180, 0]
[platen]
optical_resolution = [1200, 2400]
resolutions = [300, 150, 1200]
resolutions_down = [150, 300, 2400]
colors = ["RGB24", "BlackAndWhite1", "RGBa64"]
minimum_size = [250, 300]
maximum_size = [11000, 14000]
[feeder]
sheets = 35
loaded = 0
duplex = true
[feeder.front]
optical_resolution = [600, 600]
resolutions = [200, 300]
colors = ["RGB24", "Grayscale8"]
minimum_size = [4000, 6000]
maximum_size = [8500, 14000]
[feeder.back]
optical_resolution = [300, 300]
resolutions = [300]
colors = ["Grayscale8"]
minimum_size = [4000, 6000]
maximum_size = [8500, 11000]
[film]
film_scan_modes = ["ColorSlideFilm", "BlackandWhiteNegativeFilm"]
optical_resolution = [3200, 3200]
resolutions = [1600, 3200]
colors = ["RGB48"]
minimum_size = [1000, 1000]
maximum_size = [2756, 9000]
[default_ticket]
job_name = " Scan "
job_originating_user_name = "nobody"
job_information = ""
format = "jfif"
compression_quality_factor = 70
images_to_transfer = 0
input_source = "ADFDuplex"
content_type = "Text"
input_size = [8000, 10000]
contrast = -200
brightness = 1000
sharpness = 7
scaling = [50, 200]
rotation = 180
scan_region = [100, 200, 7000, 9000]
color_processing = "RGB24"
resolution = [200, 300]
[default_ticket.back]
color_processing = "Grayscale8"
resolution = [300, 300]
scan_region = [0, 0, 8000, 9999]
"""
SIMPLER = {  # lines of EVERYTHING -> what they become
    "from film": {"ADFDuplex": "Film", "[200, 300]\n[def": "[1600, 1600]\n[def", '"RGB24"\nres': '"RGB48"\nres'}
    | {"[8000, 10000]": "[2000, 9000]", "[100, 200, 7000, 9000]": "[0, 0, 2000, 9000]"}
    | {'format = "jfif"': 'format = "png"\nfilm_scan_mode = "ColorSlideFilm"'},
    "detected size": {"input_size": "document_size_auto_detect = true\ninput_size"},
    "automatic exposure": {"contrast = -200\nbrightness = 1000\nsharpness = 7": "auto_exposure = true"},
    "lossless at 70": {'format = "jfif"': 'format = "png"'},
    "all of the platen": {"ADFDuplex": "Platen", "[200, 300]\n[def": "[300, 300]\n[def"},
    "one side": {"duplex = true": "duplex = false", "[feeder.back]": "[feeder.front2]", "ADFDuplex": "ADF"},
}


def variant(name: str) -> str:
    text = EVERYTHING
    for old, new in SIMPLER.get(name, {}).items():
        assert old in text, old
        text = text.replace(old, new)
    before, separator, rest = text.partition("[feeder.front2]")
    return before + rest[rest.index("[film]") :] if separator else text


def running(profile: DeviceProfile, spool: Path, name: str = "") -> ScanDevice:
    return ScanDevice(profile, DeviceIdentity(UUID_1, 1, name=name), spool=spool)


async def told_by(device: ScanDevice) -> tuple[dict[str, bytes], Metadata | None]:
    """The elements as they go over the wire, in canonical form, and the metadata; where it is and what time it is
    aside."""
    found = await inspect(device.url, PeerEventOptions())
    assert found.scanner is not None and found.deviations == [] and found.problems == []
    assert len(found.scanner.written) == 4
    for time in found.scanner.written["ScannerStatus"].iter(f"{{{WSCN}}}ScannerCurrentTime", f"{{{WSCN}}}Time"):
        time.text = ""
    written = {name: etree.tostring(each, method="c14n") for name, each in found.scanner.written.items()}
    return written, found.reached.metadata


def located(metadata: Metadata | None, device: ScanDevice) -> str:
    return repr(metadata).replace(device.http.base_url, "http://here")


async def captured(where: str | list[str], folder: Path, **options: Any) -> Capture:
    sources = [where] if isinstance(where, str) else where
    output = options.pop("output", folder / "captured.toml")
    return await capture(sources, PeerEventOptions(timeout=5), output, **{"overwrite": False, **options})


async def check_same(profile: DeviceProfile, folder: Path, name: str = "") -> Capture:
    async with running(profile, folder, name) as device:
        made = await captured(device.url, folder)
        first, first_metadata = await told_by(device)
        first_text = located(first_metadata, device)
    assert made.differences == () and made.quirks == () and made.deviations == ()
    assert check_profile(str(folder / "captured.toml"))[0] == []
    again = load_profile(str(folder / "captured.toml"))
    assert made.profile == again
    async with running(again, folder) as device:
        second, second_metadata = await told_by(device)
        assert located(second_metadata, device) == first_text
    if profile.feeder is not None and profile.feeder.loaded == 0:
        del first["ScannerStatus"], second["ScannerStatus"]  # an empty feeder is a condition of the moment
    assert second == first
    return made


@pytest.mark.parametrize("profile", list_profiles(), ids=lambda profile: profile.name)
async def test_a_device_of_a_captured_profile_answers_the_same(profile: DeviceProfile, tmp_path: Path) -> None:
    made = await check_same(profile, tmp_path)
    assert made.profile.capture is not None and made.profile.capture.endpoint == f"urn:uuid:{UUID_1}"
    assert made.profile.uuid is None, "two devices with one identity would be one to the network"


@pytest.mark.parametrize("name", ["everything", *SIMPLER])
async def test_whatever_a_profile_can_say_is_captured(name: str, tmp_path: Path) -> None:
    path = tmp_path / "all.toml"
    path.write_text(variant(name), encoding="utf-8")
    await check_same(load_profile(str(path)), tmp_path)


async def test_the_name_of_the_one_device_is_captured(tmp_path: Path) -> None:
    made = await check_same(load_profile("flatbed"), tmp_path, name="Room 5")
    assert made.profile.friendly_name == "Room 5"


# Saved answers


async def test_the_printed_examples_make_a_profile(reference: Path, tmp_path: Path) -> None:
    folder = reference / "examples" / "wscn"
    files = sorted(folder.glob("getscannerelementsresponse*.xml"))
    assert len(files) == 3
    made = await captured([*map(str, files), str(folder / "defaultscanticket.xml")], tmp_path)
    profile = made.profile
    assert profile.friendly_name == "Accounting Scanner in Copy Room 2"
    assert profile.location == "LA Campus - Building 3"
    assert profile.film is not None and profile.feeder is not None and not profile.feeder.duplex
    assert profile.default_ticket().job_description.job_information == "User Selected Scan Job"
    assert made.quirks == (Quirk.ACTION_WITHOUT_RESPONSE,)
    assert [line.partition(":")[0] for line in made.differences] == [
        "metadata",
        "ScannerDescription/ScannerName/@lang",
        "ScannerDescription/ScannerInfo",
        "ScannerDescription/ScannerLocation/@lang",
    ]
    assert any("response-action" in line for line in made.deviations)


async def test_saved_answers_of_a_device_of_ours_lose_nothing(tmp_path: Path) -> None:
    async with running(load_profile("office-mfp"), tmp_path) as device:
        found = await inspect(device.url, PeerEventOptions())
        made = await captured(device.url, tmp_path)
    assert found.scanner is not None
    names = []
    for name, element in found.scanner.written.items():
        (tmp_path / f"{name}.xml").write_bytes(etree.tostring(element))
        names.append(str(tmp_path / f"{name}.xml"))
    again = await captured(names, tmp_path, output=tmp_path / "files.toml")
    assert [line.partition(":")[0] for line in again.differences] == ["metadata"]
    assert again.profile.configuration() == made.profile.configuration()
    assert again.profile.default_ticket() == made.profile.default_ticket()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<html/>", "html: no answer to Get or GetScannerElements"),
        ("no XML", "not well-formed XML"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type declaration"),
        (f"<wscn:ScannerConfiguration xmlns:wscn='{WSCN}'/>", "no Platen, ADF or Film|FormatsSupported"),
        (f"<wscn:ScannerStatus xmlns:wscn='{WSCN}'/>", "ScannerState: missing"),
        (STATUS, "no ScannerConfiguration was told"),
        (configuration(""), "names no Platen, ADF or Film"),
        (configuration(PLATEN, formats="acme:raw"), "no format that is known: acme:raw"),
        (configuration(PLATEN.replace("RGB24", "acme:Red")), "names no Platen, ADF or Film"),
    ],
)
async def test_files_that_make_no_profile_are_bad_input(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "saved.xml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LabError, match=said) as caught:
        await captured(str(path), tmp_path)
    assert caught.value.code is ExitCode.USAGE and "saved.xml" in str(caught.value)
    assert not (tmp_path / "captured.toml").exists()


# Devices by hand


def device_of(sources: str, **more: str) -> dict[str, str | OutgoingResponse]:
    return {
        "Get": metadata(),
        "GetScannerElements": elements(ScannerConfiguration=configuration(sources), ScannerStatus=STATUS, **more),
    }


async def test_a_back_without_duplex_is_captured_as_a_back_and_told(tmp_path: Path) -> None:
    adf = f"<wscn:ADFSupportsDuplex>false</wscn:ADFSupportsDuplex>{area('ADF', 'ADFFront')}{area('ADF', 'ADFBack')}"
    async with serving(ScriptedPeer(device_of(f"<wscn:ADF>{adf}</wscn:ADF>"))) as peer:
        made = await captured(f"{peer.url}/d", tmp_path)
    assert made.quirks == (Quirk.BACK_WITHOUT_DUPLEX,)
    assert made.profile.feeder is not None and made.profile.feeder.duplex
    line = 'ScannerConfiguration/ADF/ADFSupportsDuplex: "false" becomes "true"'
    assert line in made.differences
    assert made.profile.capture is not None and made.profile.capture.differences == made.differences
    assert 'quirks = ["back-without-duplex"]' in made.text


async def test_what_a_profile_cannot_say_is_told_line_by_line(tmp_path: Path) -> None:
    description = "<wscn:ScannerDescription><wscn:ScannerName>Other</wscn:ScannerName></wscn:ScannerDescription>"
    async with serving(ScriptedPeer(device_of(PLATEN, ScannerDescription=description))) as peer:
        made = await captured(f"{peer.url}/d", tmp_path)
    assert made.quirks == ()
    assert set(made.differences) >= {
        'ThisModel/ModelNumber: "1" is added',
        'ThisDevice/SerialNumber: "0001" is added',
        'ScannerDescription/ScannerName/@lang: "en" is added',
        'ScannerDescription/ScannerName: "Other" becomes "Copy room"',
        'ScannerConfiguration/Platen/PlatenColor/ColorEntry: "RGB24, acme:Sepia" becomes "RGB24"',
        "DefaultScanTicket: not told; one of the emulator's own stands for it",
    }
    assert made.profile.manufacturer == "Acme" and made.profile.friendly_name == "Copy room"


async def test_a_back_that_cannot_do_what_the_default_ticket_says_has_a_ticket_of_its_own(tmp_path: Path) -> None:
    back = area("ADF", "ADFBack").replace("300", "150")
    adf = f"<wscn:ADFSupportsDuplex>true</wscn:ADFSupportsDuplex>{area('ADF', 'ADFFront')}{back}"
    ticket = (
        "<wscn:DefaultScanTicket><wscn:JobDescription><wscn:JobName>Scan</wscn:JobName>"
        "<wscn:JobOriginatingUserName/></wscn:JobDescription><wscn:DocumentParameters>"
        "<wscn:InputSource>ADFDuplex</wscn:InputSource></wscn:DocumentParameters></wscn:DefaultScanTicket>"
    )
    async with serving(ScriptedPeer(device_of(f"<wscn:ADF>{adf}</wscn:ADF>", DefaultScanTicket=ticket))) as peer:
        made = await captured(f"{peer.url}/d", tmp_path)
    section = made.profile.default_ticket_section
    assert section.resolution == (300, 300)
    assert section.back is not None and section.back.resolution == (150, 150)


@pytest.mark.parametrize(
    ("quirk", "peer"),
    [
        (Quirk.FAULT_ON_200, ScriptedPeer(device_of(PLATEN), fault_status=200)),
        (Quirk.SOAP_1_1, ScriptedPeer(device_of(PLATEN), soap=SOAP_11)),
        (Quirk.NO_IPV4_ADDRESS, ScriptedPeer({**device_of(PLATEN), "Probe": probe_matches("http://[fe80::1]/d")})),
        (
            Quirk.SIZES_SWAPPED,
            ScriptedPeer(
                device_of(
                    "<wscn:ADF><wscn:ADFSupportsDuplex>false</wscn:ADFSupportsDuplex>"
                    f"{area('ADF', 'ADFFront', (14000, 8500))}</wscn:ADF>"
                )
            ),
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, Quirk) else "",
)
async def test_habits_of_real_devices_are_seen(quirk: Quirk, peer: ScriptedPeer, tmp_path: Path) -> None:
    # The law: [habits/device/kyocera-sizes-swapped]
    async with serving(peer):
        made = await captured(f"{peer.url}/d", tmp_path)
    assert made.quirks == (quirk,)


async def test_an_action_without_response_is_a_habit(tmp_path: Path) -> None:
    async with serving(ScriptedPeer(device_of(PLATEN))) as peer:
        peer.suffix = ""
        made = await captured(f"{peer.url}/d", tmp_path)
    assert made.quirks == (Quirk.ACTION_WITHOUT_RESPONSE,)


def test_every_habit_has_its_meaning() -> None:
    assert set(MEANINGS) == set(Quirk)


@pytest.mark.parametrize(
    ("url", "xaddrs", "lacking"),
    [
        ("http://192.0.2.1/d", ["http://[fe80::1%25eth0]/d", "http://[2001:db8::1]/d"], True),
        ("http://192.0.2.1/d", ["http://[fe80::1]/d", "http://192.0.2.1/d"], False),
        ("http://192.0.2.1/d", ["http://[fe80::1]/d", "http://scanner/d"], False),
        ("http://192.0.2.1/d", [], False),
        ("http://[fe80::1]/d", ["http://[fe80::1]/d"], False),
        ("http://scanner/d", ["http://[fe80::1]/d"], False),
    ],
)
def test_who_lacks_ipv4(url: str, xaddrs: list[str], lacking: bool) -> None:
    assert lacks_ipv4(url, [ProbeMatch("urn:uuid:1", xaddrs=tuple(xaddrs))]) is lacking


async def test_a_hostile_device_makes_no_endless_profile(tmp_path: Path) -> None:
    many = "".join(f"<wscn:Width>{number % 9000 + 1}</wscn:Width>" for number in range(50_000))
    sources = PLATEN.replace("<wscn:Width>300</wscn:Width>", many).replace(
        "<wscn:Width>8500", "<wscn:Width>2147483647"
    )
    async with serving(ScriptedPeer(device_of(sources))) as peer:
        made = await captured(f"{peer.url}/d", tmp_path)
    assert len(made.text) < 100_000 and made.profile.platen is not None
    assert made.profile.platen.maximum_size[0] == 100_000
    assert all(len(line) < 500 for line in made.differences)


async def test_a_peer_without_configuration_makes_no_profile(tmp_path: Path) -> None:
    async with serving(ScriptedPeer({"Get": metadata(types="wscn:PrinterServiceType")})) as peer:
        with pytest.raises(LabError, match="without a WS-Scan service") as caught:
            await captured(f"{peer.url}/d", tmp_path)
        assert caught.value.code is ExitCode.NONSENSE
    async with serving(ScriptedPeer({"Get": metadata()})) as peer:
        with pytest.raises(LabError, match="ActionNotSupported") as caught:
            await captured(f"{peer.url}/d", tmp_path)
        assert caught.value.code is ExitCode.NONSENSE
    assert os.listdir(tmp_path) == []


# The file


async def test_a_profile_that_is_there_is_kept_unless_forced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with serving(ScriptedPeer(device_of(PLATEN))) as peer:
        made = await captured(f"{peer.url}/d", tmp_path, output=None)
        assert made.path == Path("acme-9340.toml") and made.path.is_file()
        made.path.write_text("mine", encoding="utf-8")
        asked = len(peer.asked)
        for output in (None, made.path):
            with pytest.raises(LabError, match="is there already") as caught:
                await captured(f"{peer.url}/d", tmp_path, output=output)
            assert caught.value.code is ExitCode.USAGE
        assert made.path.read_text(encoding="utf-8") == "mine" and len(peer.asked) > asked
        await captured(f"{peer.url}/d", tmp_path, output=None, overwrite=True)
        assert load_profile(str(made.path)).model_name == "Acme 9340"


async def test_sources_that_do_not_go_together_are_bad_usage(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"a\.xml: cannot be read") as caught:
        await captured([str(tmp_path / "a.xml")], tmp_path)
    assert caught.value.code is ExitCode.USAGE
    with pytest.raises(LabError, match="scanner: no such file") as caught:
        await captured([str(tmp_path / "a.xml"), "scanner"], tmp_path)
    assert caught.value.code is ExitCode.USAGE
    async with running(load_profile("flatbed"), tmp_path) as device:
        with pytest.raises(LabError, match="cannot be written") as caught:
            await captured(device.url, tmp_path, output=tmp_path / "no" / "x.toml")
    assert caught.value.code is ExitCode.USAGE
