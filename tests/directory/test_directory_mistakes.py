"""Users and scan processes that a person wrote with a mistake: one line names file, line or field."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.directory import fields
from emulator.directory.errors import DirectoryError
from emulator.directory.folder import FolderDirectory
from emulator.directory.scan_process_file import load_scan_processes
from emulator.directory.users_file import read_users
from emulator.resources import resource_folder

XML = (resource_folder("profiles") / "office" / "scan-to-folder.xml").read_text(encoding="utf-8")
DEMO = '[[user]]\nname = "demo"\ndomain = "contoso.example"\nsid = "S-1-5-21-1"\n'
PROCESS = 'identifier = "6F9619FF-8B86-D011-B42D-00C04FC964FF"\ndisplay_name = "One"\npsp = "one.xml"\n'


def said_of_users(folder: Path, text: str | bytes) -> str:
    (folder / "users.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DirectoryError) as caught:
        read_users(folder / "users.toml")
    return one_line(caught.value, folder / "users.toml")


def one_line(error: DirectoryError, path: Path) -> str:
    text = str(error)
    assert text.startswith(str(path)) and "\n" not in text
    return text.removeprefix(str(path))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\nb = \n", ":2: is no TOML: Invalid value"),
        ("\n\na = 1\na = 2", ":4: is no TOML: Cannot overwrite a value"),
        ("\n[a", ":2: is no TOML: Expected ']' at the end of a table declaration"),
        ("a = " + "[" * 20_000, ": is no TOML: nested too deep"),
        ("a = " + "1" * 5_000, ": is no TOML: "),
        (b"a = '\xff'", ": is no TOML: not UTF-8"),
        ("default_usr = 1", ":1: no such field 'default_usr'; there are: default_user, default_scan_process,"),
        ("default_user = 1\n" + DEMO, ":1: default_user must be a text in quotes"),
        ("short_domain = []\n" + DEMO, ":1: short_domain must be a text in quotes"),
        ("default_scan_process = 1\n" + DEMO, ":1: default_scan_process must be a text in quotes"),
        ("user = [1]", ":1: user must be tables [[user]]"),
        ("[user]\nname = 'demo'", ":1: user must be tables [[user]]"),
        (DEMO + "[[user]]\nname = 'ann'\ndomain = 'd'", ":5: user 2: sid is missing"),
        (DEMO + "[[user]]\nsid = 'S-1-5-21-2'", ":5: user 2: name is missing"),
        (DEMO.replace('"demo"', "3"), ":2: user 1: name must be a text in quotes"),
        (DEMO.replace('"demo"', '""'), ":2: user 1: name and domain must not be empty"),
        (DEMO.replace("S-1-5-21-1", "S-1-5-21-"), ":4: user 1: sid 'S-1-5-21-' is no SID"),
        (DEMO.replace("S-1-5-21-1", "s-1-5-21-1"), ":4: user 1: sid 's-1-5-21-1' is no SID"),
        (DEMO + "groups = 'Staff'", ":5: user 1: groups must be a list of texts"),
        (DEMO + "groups = [1]", ":5: user 1: groups must be a list of texts"),
        (DEMO + "mail = 1", ":5: user 1: mail must be a text in quotes"),
        (DEMO + "e_mail = 'a@b'", ":5: user 1: no such field 'e_mail'; there are: name, domain, sid, mail,"),
        (DEMO + DEMO.replace("demo", "ann"), ":8: user 2: name or sid is that of demo"),
    ],
)
def test_a_mistake_in_users_toml_names_line_or_user_and_field(tmp_path: Path, text: str | bytes, said: str) -> None:
    assert said_of_users(tmp_path, text).startswith(said)


def test_a_default_user_who_is_none_or_not_there_is_told_when_he_is_needed(tmp_path: Path) -> None:
    (tmp_path / "users.toml").write_text(DEMO)
    with pytest.raises(DirectoryError, match="default_user is missing, and no user was named"):
        FolderDirectory(tmp_path).default_user()
    assert FolderDirectory(tmp_path).user("demo").principal == "demo@contoso.example"
    (tmp_path / "users.toml").write_text('default_user = "joe"\n' + DEMO)
    with pytest.raises(DirectoryError, match="no user 'joe'; there are: demo"):
        FolderDirectory(tmp_path).default_user()


def test_a_user_is_found_by_his_sid_in_any_case_and_nobody_by_another(tmp_path: Path) -> None:
    (tmp_path / "users.toml").write_text(DEMO)
    directory = FolderDirectory(tmp_path)
    found = directory.user_by_sid("s-1-5-21-1")
    assert found is not None and found.name == "demo"
    assert directory.user_by_sid("S-1-5-21-11") is None


def test_the_short_name_of_the_domain_is_its_first_label_unless_said(tmp_path: Path) -> None:
    (tmp_path / "users.toml").write_text('domain = "fabrikam.example"\n' + DEMO)
    assert FolderDirectory(tmp_path).user("FABRIKAM\\demo").name == "demo"


@pytest.mark.parametrize(
    ("access", "usable"),
    [
        ("[]", True),
        ('["DEMO"]', True),
        ('["Demo@Contoso.Example"]', True),
        ('["scanstaff"]', True),
        ('["s-1-5-21-1"]', True),
        ('["S-1-5-21-100"]', True),
        ('["CONTOSO\\\\demo"]', False),
        ('["demo@fabrikam.example"]', False),
        ('["Scan", "Staff"]', False),
        ('[""]', False),
    ],
)
def test_an_access_list_names_users_groups_or_sids_in_any_case(tmp_path: Path, access: str, usable: bool) -> None:
    groups = 'groups = ["ScanStaff", "S-1-5-21-100"]\n'
    (tmp_path / "users.toml").write_text('default_user = "demo"\n' + DEMO + groups)
    (tmp_path / "one.toml").write_text(PROCESS + f"access = {access}\n")
    (tmp_path / "one.xml").write_text(XML)
    directory = FolderDirectory(tmp_path)
    assert directory.broken == {}
    assert bool(directory.scan_processes(directory.default_user())) is usable


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PROCESS + "x = \n", "one.toml:4: is no TOML: "),
        (PROCESS.replace("one.xml", "one\\u0000.xml"), "one.toml:3: psp: U+0000 at character 4 "),
        (PROCESS + 'access = "demo"', "one.toml:4: access must be a list of texts"),
        (PROCESS + "server_name = 1", "one.toml:4: server_name must be a text in quotes"),
        (PROCESS.replace("6F9619FF-", ""), "one.toml:1: identifier: "),
        (PROCESS.replace("one.xml", "/one.xml"), "one.toml:3: psp '/one.xml' must stand beside this file"),
        (PROCESS.replace("one.xml", "a/../one.xml"), "one.toml:3: psp 'a/../one.xml' must stand beside this file"),
    ],
)
def test_a_mistake_in_a_scan_process_names_line_or_field(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "one.toml").write_text(text)
    (tmp_path / "one.xml").write_text(XML)
    with pytest.raises(DirectoryError) as caught:
        load_scan_processes(tmp_path / "one.toml")
    assert one_line(caught.value, tmp_path).startswith(f"/{said}".replace("/one.toml", str(Path("/one.toml"))))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not well-formed XML"),
        (XML.replace("</psp:ScanTicket>", ""), "line "),
        (XML.replace("<psp:ContinueOnError>false", "<psp:ContinueOnError>maybe"), "ContinueOnError: 'maybe'"),
        ("<PostScanProcess/>", "the root element is PostScanProcess"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "DTD"),
        ("<a>" * 2000, ""),
    ],
)
def test_a_mistake_in_xml_names_the_xml_file(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "one.toml").write_text(PROCESS)
    (tmp_path / "one.xml").write_text(text)
    for name in ("one.toml", "one.xml"):
        with pytest.raises(DirectoryError) as caught:
            load_scan_processes(tmp_path / name)
        assert said in one_line(caught.value, tmp_path / "one.xml")


def test_a_file_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "MAX_FILE_BYTES", 100)
    (tmp_path / "one.xml").write_text(XML)
    with pytest.raises(DirectoryError, match="larger than 100 octets"):
        load_scan_processes(tmp_path / "one.xml")


def test_what_is_no_folder_or_has_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "none"):
        with pytest.raises(DirectoryError, match="is no folder"):
            FolderDirectory(path)
    folder = tmp_path / "folder"
    folder.mkdir()
    directory = FolderDirectory(folder)
    folder.rmdir()
    for ask in (directory.scan_processes, directory.default_user):
        with pytest.raises(DirectoryError, match="cannot be read"):
            ask()


def test_two_scan_processes_of_one_name_are_told_apart_by_identifier(tmp_path: Path) -> None:
    for name, first in (("one", "6F9619FF"), ("two", "7F9619FF")):
        (tmp_path / f"{name}.toml").write_text(PROCESS.replace("6F9619FF", first))
    (tmp_path / "one.xml").write_text(XML)
    directory = FolderDirectory(tmp_path)
    with pytest.raises(DirectoryError, match="2 scan processes are named 'One'; give the identifier"):
        directory.scan_process("One")
    assert directory.scan_process("7F9619FF-8B86-D011-B42D-00C04FC964FF").source.name == "two.toml"


def test_files_of_other_kinds_are_none_of_the_directorys(tmp_path: Path) -> None:
    for name in ("notes.txt", "other.toml", "one.xml"):
        (tmp_path / name).write_text("title = 'no scan process'")
    directory = FolderDirectory(tmp_path)
    assert directory.scan_processes() == [] and directory.broken == {}
    with pytest.raises(DirectoryError, match=r"notes\.txt: a scan process is a \.toml, \.ldif, \.xml file"):
        load_scan_processes(tmp_path / "notes.txt")
