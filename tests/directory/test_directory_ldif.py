"""LDIF content records as ldifde and ldapsearch write them, against a writer of our own."""

from __future__ import annotations

import base64
import uuid
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.directory.errors import DirectoryError
from emulator.directory.ldif import read_ldif
from emulator.directory.scan_process_file import load_scan_processes
from emulator.dsm.guid import from_octets, to_octets
from emulator.resources import resource_folder

XML = (resource_folder("profiles") / "office" / "scan-to-folder.xml").read_bytes()
GUID = uuid.UUID("6F9619FF-8B86-D011-B42D-00C04FC964FF")
WINDOWS_OCTETS = bytes.fromhex("FF19966F 868B 11D0 B42D 00C04FC964FF")


def export(xml: bytes = XML, octets: bytes = WINDOWS_OCTETS, *, end: str = "\r\n", width: int = 76) -> bytes:
    """An object of the directory as `ldifde -f` writes it."""
    lines = [
        "dn: CN=Scan to folder,CN=PSPs,DC=contoso,DC=example",
        "changetype: add",
        "objectClass: top",
        "objectClass: msImaging-PostScanProcess",
        "distinguishedName:",
        " CN=Scan to folder,CN=PSPs,DC=contoso,DC=example",
        "displayName: Scan to folder",
        "serverName: scan1.contoso.example",
        "msImaging-PSPIdentifier:: " + base64.b64encode(octets).decode(),
        *folded("msImaging-PSPString:: " + base64.b64encode(xml).decode(), width),
        "",
    ]
    return end.join(lines).encode()


def folded(line: str, width: int) -> list[str]:
    """RFC 2849, note 2: a line is broken anywhere, what follows begins with one blank."""
    pieces = [line[at : at + width - 1] for at in range(0, len(line), width - 1)]
    return [pieces[0], *(f" {piece}" for piece in pieces[1:])]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("width", [40, 76, 80, 100_000])
def test_an_export_is_read_whatever_its_line_ends_and_its_folding(tmp_path: Path, end: str, width: int) -> None:
    (tmp_path / "a.ldif").write_bytes(export(end=end, width=width))
    (stored,) = load_scan_processes(tmp_path / "a.ldif")
    process = stored.process
    assert (process.identifier, process.display_name) == (GUID, "Scan to folder")
    assert (process.server_name, process.scan_repository) == ("scan1.contoso.example", "scan1.contoso.example")
    assert process.instructions.document_root_name == "Invoice"


def test_a_guid_is_laid_out_as_windows_does() -> None:
    assert from_octets(WINDOWS_OCTETS) == GUID and to_octets(GUID) == WINDOWS_OCTETS
    for octets in (b"", bytes(15), bytes(17)):
        with pytest.raises(ValueError, match=f"a GUID of {len(octets)} octets"):
            from_octets(octets)


def test_an_identifier_written_by_hand_is_its_text(tmp_path: Path) -> None:
    (tmp_path / "a.ldif").write_bytes(export(octets=f"{{{GUID}}}".encode()))
    (stored,) = load_scan_processes(tmp_path / "a.ldif")
    assert stored.process.identifier == GUID


def test_a_byte_order_mark_before_the_first_record_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.ldif").write_bytes(b"\xef\xbb\xbfversion: 1\r\n" + export())
    assert len(load_scan_processes(tmp_path / "a.ldif")) == 1


def test_every_scan_process_of_an_export_is_found(tmp_path: Path) -> None:
    other = b"dn: CN=joe\r\nobjectClass: user\r\n\r\n"
    second = export(octets=uuid.uuid4().bytes_le)
    (tmp_path / "a.ldif").write_bytes(export() + b"\r\n" + other + b"\r\n\r\n" + second)
    assert len({stored.process.identifier for stored in load_scan_processes(tmp_path / "a.ldif")}) == 2


def test_comments_stand_anywhere_and_go_on_over_folded_lines() -> None:
    text = "# head\n that goes on\nversion: 1\ndn: a\n# inside: x\n  and on\nb: 1\n\n# between\n\n\ndn: c\n#end"
    first, second = read_ldif(text, "x")
    assert (first.dn, first.line, first.attributes) == ("a", 4, {"b": [b"1"]})
    assert (second.dn, second.line, second.attributes) == ("c", 12, {})


def test_values_keep_what_is_no_line_end() -> None:
    (entry,) = read_ldif(
        "dn: a\nb: one\u2028two\x0cthree\x85four\n e\nc:   x \nd:\ne;binary:: AAE=\nc: y: z\n", "x"
    )
    assert entry.text("B") == "one\u2028two\x0cthree\x85foure"
    assert entry.attributes["c"] == [b"x ", b"y: z"], "blanks behind a value are its own"
    assert entry.octets("d") == b"" and entry.octets("e") == b"\0\1" and entry.octets("none") is None


def test_a_distinguished_name_in_base64_is_read() -> None:
    (entry,) = read_ldif("dn:: Q049QsO8cm8=\nb: 1", "x")
    assert entry.dn == "CN=Büro"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\r\n\r\ncn: a\r\n", "{}:3: a record begins with dn"),
        (b"dn: a\r\n\r\ndn: b\r\nnonsense\r\n", "{}:4: not 'attribute: value'"),
        (b"dn: a\nb: 1\n c\n:x\n", "{}:4: not 'attribute: value'"),
        (b"dn: a\n\n b: x\n", "{}:3: a continuation of nothing"),
        (b"dn: a\nb:: A\n", "{}:2: b is no base64"),
        (b"dn: a\nb:: QUJD\n !\n", "{}:2: b is no base64"),
        (b"dn: a\nb:< file:///x\n", "{}:2: a value by reference"),
        (b"dn: a\nchangetype: modify\n", "{}:2: a change record"),
        (b"", "{}: no object of class msImaging-PostScanProcess"),
        (b"dn: a\nobjectClass: user\n", "{}: no object of class msImaging-PostScanProcess"),
        (b"\xff\xfed\0n\0", "{}: not UTF-8"),
        (b"\n" + export(octets=bytes(15)), "{}:2: msImaging-PSPIdentifier: "),
        (b"\n" + export(xml=b"<a/>"), "{}:2: msImaging-PSPString: the root element is a"),
        (export().replace(b"displayName", b"description"), "{}:1: displayName, "),
        (
            export().replace(b"displayName:", b"displayName:: /w==\r\nx:"),
            "{}:1: displayName or serverName is no UTF-8",
        ),
    ],
)
def test_a_mistake_is_named_with_file_and_line(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "a.ldif"
    path.write_bytes(data)
    with pytest.raises(DirectoryError) as caught:
        load_scan_processes(path)
    assert str(caught.value).startswith(said.format(path)) and "\n" not in str(caught.value)


_NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True).filter(
    lambda name: name not in ("dn", "version", "control", "changetype")
)
_RECORDS = st.lists(
    st.tuples(st.text(max_size=12), st.lists(st.tuples(_NAMES, st.binary(max_size=60)))), max_size=4
)


def is_safe(value: bytes) -> bool:
    """RFC 2849: SAFE-STRING may be written as it is; all else is base64."""
    return not (value[:1] in (b" ", b":", b"<") or any(octet in (0, 10, 13) or octet > 127 for octet in value))


@settings(max_examples=200, deadline=None)
@given(_RECORDS, st.integers(2, 80), st.sampled_from(["\n", "\r\n"]))
def test_what_a_writer_writes_is_read_back(
    records: list[tuple[str, list[tuple[str, bytes]]]], width: int, end: str
) -> None:
    lines = ["version: 1", ""]
    for dn, attributes in records:
        for name, value in [("dn", dn.encode()), *attributes]:
            plain = f"{name}: {value.decode('ascii')}" if is_safe(value) else ""
            lines += folded(plain or f"{name}:: {base64.b64encode(value).decode()}", width)
        lines += ["# a comment", ""]
    entries = read_ldif(end.join(lines), "x")
    assert [entry.dn for entry in entries] == [dn for dn, _ in records]
    for entry, (_, attributes) in zip(entries, records, strict=True):
        wanted: dict[str, list[bytes]] = {}
        for name, value in attributes:
            wanted.setdefault(name, []).append(value)
        assert entry.attributes == wanted


_FRAGMENTS = st.lists(
    st.sampled_from(
        ["dn: a", "dn:: ", "\n", "\r\n", " ", "#", ":", "::", ":<", "x: y", "QUJD", "version: 1", "é", "\r"]
    )
)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200) | _FRAGMENTS.map("".join))
def test_any_text_is_records_or_an_error_that_names_its_line(text: str) -> None:
    try:
        entries = read_ldif(text, "x.ldif")
    except DirectoryError as error:
        line = int(str(error).removeprefix("x.ldif:").partition(":")[0])
        assert 1 <= line <= text.count("\n") + 1 and "\n" not in str(error)
    else:
        assert [entry.line for entry in entries] == sorted({entry.line for entry in entries})
