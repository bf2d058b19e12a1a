"""Texts that a user can set and no message can hold: refused, by name, before anything is changed."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from emulator.device.points import SCANNER_EVENT
from emulator.device.profile import ProfileError, load_profile, profile_from_text
from emulator.device.scanner import VirtualScanner
from emulator.directory.errors import DirectoryError
from emulator.directory.users_file import read_users
from emulator.dsm.device_choices import ChoiceRefused, DeviceChoices, is_mail_address, with_choices
from emulator.dsm.scan_process import FileShareFilter, PostScanInstructions, ScanProcess
from emulator.environment.exit_codes import LabError
from emulator.jobs.options import ScanOptions
from emulator.network.device_network import DeviceNetwork, NetworkOptions
from emulator.panel.actions import BadRequest, do_action
from emulator.panel.post_scan import PanelJobs
from emulator.soap.fault import not_in_xml, xml_text
from emulator.wsscan.settings import SettingError, apply_settings
from emulator.wsscan.values.status import LocalizedText
from emulator.wsscan.values.ticket import ScanTicket
from emulator.wsscan.xml.description import write_scanner_description

BAD = {
    "half of a pair": ("M\ud800ller", "U+D800 at character 2"),
    "a file name's octet": ("M\udcfcller", "U+DCFC at character 2"),
    "NUL": ("Müller\0", "U+0000 at character 7"),
    "escape": ("\x1b[2J", "U+001B at character 1"),
    "no character": ("x\uffff", "U+FFFF at character 2"),
}
TEXTS = [pytest.param(*each, id=name) for name, each in BAD.items()]


@given(st.text(st.characters(codec=None), max_size=20))
@settings(max_examples=200, deadline=None)
def test_what_xml_holds_is_what_lxml_writes_and_reads_back(text: str) -> None:
    """An independent judge."""
    element = etree.Element("x")
    try:
        element.text = text
        octets = etree.tostring(element, encoding="utf-8")
        held = etree.fromstring(octets).text or ""
    except (ValueError, UnicodeError, etree.XMLSyntaxError):
        assert not_in_xml(text)
    else:
        # lxml lets two of the non-characters pass.
        assert not not_in_xml(text) or set(text) & {"\ufffe", "\uffff"}
        assert held == text.replace("\r\n", "\n").replace("\r", "\n") or "\r" in text
    assert not not_in_xml(xml_text(text)) and len(xml_text(text)) == len(text)


@pytest.fixture
def scanner(tmp_path: Path) -> VirtualScanner:
    return VirtualScanner(load_profile("office-mfp"), tmp_path)


def answerable(scanner: VirtualScanner) -> bytes:
    """What the control API and a client are told, as octets."""
    json.dumps(asdict(scanner.description), ensure_ascii=False).encode()
    return etree.tostring(write_scanner_description(scanner.description), encoding="utf-8")


@pytest.mark.parametrize(("text", "where"), TEXTS)
@pytest.mark.parametrize("field", ["name", "info", "location"])
async def test_a_description_is_refused_before_it_is_set(
    scanner: VirtualScanner, field: str, text: str, where: str
) -> None:
    before, octets = scanner.description, answerable(scanner)
    changed: list[Any] = []
    scanner.layers.listen(SCANNER_EVENT, changed.append)
    with pytest.raises(BadRequest, match=rf"^{field}: ") as caught:
        await do_action(scanner, "describe", {"name": "New", field: text})
    assert where in str(caught.value) and str(caught.value).isprintable()
    with pytest.raises(ValueError, match="no character of XML"):
        scanner.change_description(replace(before, location=(LocalizedText(text, "en"),)))
    assert scanner.description is before and answerable(scanner) == octets and changed == []
    await do_action(scanner, "describe", {field: "Grüße \U0001f600\t"})
    assert "Grüße \U0001f600".encode() in answerable(scanner)


ANYWHERE = [
    ("load", lambda text: {"files": [text], "replace": True}),
    ("load", lambda text: {"documents": text, "replace": True}),
    ("open", lambda text: {"component": text}),
    ("condition", lambda text: {"name": text}),
    ("reset", lambda text: {text: 1}),
]


@pytest.mark.parametrize(("text", "where"), TEXTS)
@pytest.mark.parametrize(("action", "request_of"), ANYWHERE)
async def test_every_action_refuses_it_before_it_does_anything(
    scanner: VirtualScanner, action: str, request_of: Any, text: str, where: str
) -> None:
    before = scanner.snapshot()
    with pytest.raises(BadRequest) as caught:
        await do_action(scanner, action, request_of(text))
    assert where in str(caught.value) and str(caught.value).isprintable()
    assert scanner.snapshot() == before


@pytest.mark.parametrize(("text", "where"), TEXTS)
@pytest.mark.parametrize("field", ["scan_process", "user", "server", "file_name", "settings", "mail_to", "folders"])
async def test_a_post_scan_job_is_not_begun(field: str, text: str, where: str) -> None:
    value = [text] if field in ("settings", "mail_to", "folders") else text
    desk = PanelJobs(ScanOptions())
    with pytest.raises(BadRequest, match=rf"^{field}: ") as caught:
        await desk.start(None, {field: value})  # type: ignore[arg-type]  # the device is not come to
    assert where in str(caught.value)


@pytest.mark.parametrize(("text", "where"), TEXTS)
@pytest.mark.parametrize("path", ["JobName", "JobOriginatingUserName", "JobInformation"])
def test_a_setting_of_a_ticket(path: str, text: str, where: str) -> None:
    with pytest.raises(SettingError, match=f"^{path}: {where.replace('+', '.')}"):
        apply_settings(ScanTicket(), [f"{path}=x", f"{path}={text}"], force=True)


@pytest.mark.parametrize(("text", "where"), TEXTS)
def test_the_name_of_running_devices(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(LabError, match="--name") as caught:
        asyncio.run(DeviceNetwork(NetworkOptions(name=text, state=tmp_path)).__aenter__())
    assert where in str(caught.value)
    with pytest.raises(ValueError, match="no character of XML"):
        VirtualScanner(load_profile("office-mfp"), tmp_path, name=text)
    assert list(tmp_path.iterdir()) == []


OFFICE = (Path(__file__).resolve().parents[2] / "profiles" / "office-mfp.toml").read_text(encoding="utf-8")
PROFILE_FIELDS = [
    "friendly_name",
    "manufacturer",
    "model_name",
    "model_number",
    "firmware_version",
    "serial_number",
    "hardware_id",
    "location",
]


def with_field(text: str, field: str, value: str) -> str:
    """A TOML document with that field of the first table, or of [default_ticket], and none else of its name."""
    lines = [line for line in text.splitlines() if line.partition("=")[0].strip() != field]
    if field.startswith("job_"):
        lines.insert(lines.index("[default_ticket]") + 1, f'{field} = "{value}"')
    else:
        lines.insert(0, f'{field} = "{value}"')
    return "\n".join(lines)


@pytest.mark.parametrize("escape", [r"\u0001", r"\u001B", r"\uFFFF"])
@pytest.mark.parametrize("field", [*PROFILE_FIELDS, "job_name", "job_originating_user_name", "job_information"])
def test_a_field_of_a_profile(field: str, escape: str) -> None:
    """TOML has escapes for controls, and none for surrogates."""
    assert profile_from_text(with_field(OFFICE, field, "x"), "p", "p.toml")
    with pytest.raises(ProfileError, match="no character of XML") as caught:
        profile_from_text(with_field(OFFICE, field, f"x{escape}"), "p", "p.toml")
    assert field in str(caught.value)


@pytest.mark.parametrize("field", ["name", "domain", "mail", "display_name"])
def test_a_field_of_a_user(tmp_path: Path, field: str) -> None:
    path = tmp_path / "users.toml"
    fields = {"name": "ann", "domain": "d.example", "mail": "a@d.example", "display_name": "Ann"}
    text = '[[user]]\nsid = "S-1-5-21-1-2-3-4"\n'
    path.write_text(text + "".join(f'{key} = "{value}"\n' for key, value in fields.items()))
    assert len(read_users(path).users) == 1
    fields[field] += r"\u0007"
    path.write_text(text + "".join(f'{key} = "{value}"\n' for key, value in fields.items()))
    with pytest.raises(DirectoryError, match=rf"{field}: U\+0007"):
        read_users(path)


@pytest.mark.parametrize(("text", "where"), TEXTS)
def test_what_is_chosen_at_the_device(text: str, where: str) -> None:
    share = FileShareFilter((r"\\a\b",))
    process = ScanProcess(
        identifier=None,
        display_name="p",
        server_name="s",
        scan_repository="s",
        ticket=ScanTicket(),
        instructions=PostScanInstructions("n", (share,)),
        allow_file_name_change=True,
        allow_file_path_change=True,
    )
    for choices in (DeviceChoices(file_name=text), DeviceChoices(folders=(rf"\\a\{text}",))):
        with pytest.raises(ChoiceRefused):
            with_choices(process, choices)
    assert not is_mail_address(f"{text}@d.example")
