"""A folder as directory: what a user finds in it, and what is said of a mistake."""

from __future__ import annotations

import base64
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.directory.errors import DirectoryError
from emulator.directory.folder import FolderDirectory
from emulator.directory.ldif import read_ldif
from emulator.directory.scan_process_file import load_scan_processes
from emulator.dsm.scan_process import FileShareFilter
from emulator.resources import resource_folder

OFFICE = resource_folder("profiles") / "office"
XML = (OFFICE / "scan-to-folder.xml").read_bytes()
USERS = """
default_user = "demo"
domain = "contoso.example"
short_domain = "CONTOSO"
[[user]]
name = "demo"
sid = "S-1-5-21-1-2-3-1001"
groups = ["Staff"]
[[user]]
name = "ann"
sid = "S-1-5-21-1-2-3-1002"
"""
PROCESS = 'identifier = "6F9619FF-8B86-D011-B42D-00C04FC964FF"\ndisplay_name = "One"\npsp = "one.xml"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "users.toml").write_text(USERS)
    (tmp_path / "one.toml").write_text(PROCESS)
    (tmp_path / "one.xml").write_bytes(XML)
    return tmp_path


def test_the_office_that_comes_along_is_sound() -> None:
    office = FolderDirectory(OFFICE)
    assert office.broken == {}
    assert office.default_user().principal == "demo@contoso.example"
    names = [stored.process.display_name for stored in office.scan_processes(office.default_user())]
    assert "Scan to folder" in names and "Staff duplex" not in names and names == sorted(names, key=str.casefold)
    assert "Staff duplex" in [s.process.display_name for s in office.scan_processes(office.user("joe"))]


def test_the_default_scan_process(folder: Path) -> None:
    office = FolderDirectory(OFFICE)
    assert office.default_scan_process(office.default_user()).process.display_name == "Scan to folder"
    directory = FolderDirectory(folder)
    assert directory.default_scan_process(directory.user("ann")).process.display_name == "One"
    (folder / "one.toml").write_text(PROCESS + 'access = ["demo"]')
    directory = FolderDirectory(folder)
    with pytest.raises(DirectoryError, match="may use no scan process"):
        directory.default_scan_process(directory.user("ann"))


def test_an_exported_object_of_active_directory_is_read() -> None:
    # The law: [adds/lookup/class-with-its-hyphen] [adds/schema/psp-string-is-the-scan-process]
    # The law: [adds/schema/server-name] [notes/c-07/object-class-with-hyphen]
    (stored,) = load_scan_processes(OFFICE / "file-room.ldif")
    assert stored.process.identifier == uuid.UUID("3E1B7C52-0A8D-4D2F-9C6B-81F5A2D37E44"), "little-endian octets"
    assert stored.process.display_name == "Scan to file room"
    (share,) = stored.process.instructions.filters
    assert isinstance(share, FileShareFilter) and share.shares == ("\\\\contoso\\FileRoom",)


@pytest.mark.parametrize("name", ["demo", "DEMO", "demo@contoso.example", "CONTOSO\\demo", "contoso\\Demo"])
def test_spellings_of_a_user(folder: Path, name: str) -> None:
    assert FolderDirectory(folder).user(name).sid == "S-1-5-21-1-2-3-1001"


@pytest.mark.parametrize(
    ("access", "who"),
    [
        ("", ["demo", "ann"]),
        ('access = ["ann"]', ["ann"]),
        ('access = ["STAFF"]', ["demo"]),
        ('access = ["S-1-5-21-1-2-3-1002"]', ["ann"]),
        ('access = ["demo@contoso.example", "ann"]', ["demo", "ann"]),
        ('access = ["nobody"]', []),
    ],
)
def test_access_lists(folder: Path, access: str, who: list[str]) -> None:
    (folder / "one.toml").write_text(PROCESS + access)
    directory = FolderDirectory(folder)
    assert [user.name for user in directory.users if directory.scan_processes(user)] == who
    if "ann" not in who:
        with pytest.raises(DirectoryError, match=r"ann@contoso\.example may not use"):
            directory.scan_process("One", directory.user("ann"))


@pytest.mark.parametrize(
    "name", ["One", "one", "6f9619ff-8b86-d011-b42d-00c04fc964ff", "{6F9619FF-8B86-D011-B42D-00C04FC964FF}"]
)
def test_a_scan_process_by_name_or_identifier(folder: Path, name: str) -> None:
    assert FolderDirectory(folder).scan_process(name).process.display_name == "One"


def test_one_broken_file_does_not_hide_the_others(folder: Path) -> None:
    (folder / "two.toml").write_text(PROCESS.replace("one.xml", "two.xml"))
    (folder / "two.xml").write_text("<broken")
    directory = FolderDirectory(folder)
    assert [stored.process.display_name for stored in directory.scan_processes()] == ["One"]
    assert "two.xml" in directory.broken[folder / "two.toml"]
    with pytest.raises(DirectoryError, match=r"two\.xml"):
        directory.scan_process("two")


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("one.toml", "identifier =", "one.toml:1: "),
        ("one.toml", PROCESS + "colour = 1", "no such field 'colour'"),
        ("one.toml", PROCESS.replace("6F9619FF", "xyz"), "identifier"),
        ("one.toml", PROCESS.replace('display_name = "One"', ""), "display_name is missing"),
        ("one.toml", PROCESS.replace('display_name = "One"', "display_name = 3"), "display_name must be a text"),
        ("one.toml", PROCESS.replace("one.xml", "gone.xml"), "gone.xml: cannot be read"),
        ("one.toml", PROCESS.replace("one.xml", "../one.xml"), "beside this file"),
        ("one.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "DTD"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_field(folder: Path, file: str, text: str, said: str) -> None:
    (folder / file).write_text(text)
    directory = FolderDirectory(folder)
    assert directory.scan_processes() == []
    (reason,) = directory.broken.values()
    assert said in reason and "\n" not in reason


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no [[user]]"),
        ("[[user]]\nname = 'a'\ndomain = 'd'\nsid = 'x'", "user 1: sid 'x' is no SID"),
        ("[[user]]\nname = 'a'\nsid = 'S-1-5-21-1'", "domain must not be empty"),
        (USERS + "[[user]]\nname = 'Demo'\nsid = 'S-1-5-21-9'", "user 3: name or sid is that of demo"),
        ("user = 3", "user must be tables"),
    ],
)
def test_a_mistake_in_users(folder: Path, text: str, said: str) -> None:
    (folder / "users.toml").write_text(text)
    with pytest.raises(DirectoryError) as caught:
        FolderDirectory(folder).default_user()
    assert said in str(caught.value) and "users.toml" in str(caught.value)


def ldif_of(xml: bytes, identifier: bytes) -> str:
    return (
        "version: 1\n# a comment\n that goes on\n\ndn: CN=A,DC=x\nobjectClass: top\n"
        "objectClass: msImaging-PostScanProcess\ndisplayName:: " + base64.b64encode("Büro".encode()).decode() + "\n"
        "msImaging-PSPIdentifier:: " + base64.b64encode(identifier).decode() + "\n"
        "msImaging-PSPString:: " + "\n ".join(_folded(base64.b64encode(xml).decode())) + "\n\n"
        "dn: CN=B,DC=x\nobjectClass: user\n"
    )  # fmt: skip


def _folded(text: str) -> list[str]:
    return [text[i : i + 70] for i in range(0, len(text), 70)]


def test_ldif_folding_base64_comments_and_other_classes(tmp_path: Path) -> None:
    wanted = uuid.uuid4()
    (tmp_path / "a.ldif").write_text(ldif_of(XML, wanted.bytes_le))
    (stored,) = load_scan_processes(tmp_path / "a.ldif")
    assert stored.process.display_name == "Büro" and stored.process.identifier == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("objectClass: top\n", ":1: a record begins with dn"),
        ("dn: a\nnonsense\n", ":2: not 'attribute: value'"),
        (" continuation\n", ":1: a continuation of nothing"),
        ("dn: a\nx:: %%%\n", ":2: x is no base64"),
        ("dn: a\nx:< file:///etc/passwd\n", ":2: a value by reference"),
        ("dn: a\nchangetype: delete\n", ":2: a change record"),
    ],
)
def test_ldif_mistakes_are_named_with_their_line(text: str, said: str) -> None:
    with pytest.raises(DirectoryError) as caught:
        read_ldif(text, "x.ldif")
    assert f"x.ldif{said}" in str(caught.value)


@given(st.one_of(st.binary(max_size=400), st.text(max_size=400).map(lambda text: text.encode("utf-8", "replace"))))
def test_arbitrary_files_give_a_scan_process_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    for suffix in (".toml", ".ldif", ".xml"):
        path = tmp_path_factory.getbasetemp() / f"fuzzed{suffix}"
        path.write_bytes(data)
        with pytest.raises(DirectoryError) as caught:
            load_scan_processes(path)
        assert str(path) in str(caught.value)
