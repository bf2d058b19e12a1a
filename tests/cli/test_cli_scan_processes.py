"""`scan-processes list`, `show` and `validate`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import etree
from typer.testing import CliRunner, Result

from emulator.cli.main import app
from emulator.resources import resource_folder

OFFICE = resource_folder("profiles") / "office"
FOLDER_ID = "6F9619FF-8B86-D011-B42D-00C04FC964FF"


def scan_processes(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["scan-processes", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of one's own: the office, and one file that is broken."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for path in OFFICE.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "broken.toml").write_text('psp = "broken.xml"\nidentifier = "x"\ndisplay_name = "Broken"\n')
    (folder / "broken.xml").write_text("<broken")
    return folder


def test_list_shows_name_identifier_and_scan_server_sorted_by_name() -> None:
    done = scan_processes("list")
    lines = done.stdout.splitlines()
    assert done.exit_code == 0 and done.stderr == "" and lines == sorted(lines, key=str.casefold)
    assert any(line.split(FOLDER_ID)[0].strip() == "Scan to folder" for line in lines if FOLDER_ID in line)
    assert any(line.startswith("Staff duplex") and line.endswith("only ScanStaff") for line in lines)


def test_list_for_a_user_leaves_out_what_he_may_not_use() -> None:
    for user, may in (("demo", False), ("CONTOSO\\joe", True), ("joe@contoso.example", True)):
        assert ("Staff duplex" in scan_processes("list", "--user", user).stdout) is may


def test_list_json_is_one_object_and_broken_files_stand_in_it_and_on_stderr(folder: Path) -> None:
    done = scan_processes("list", "--directory", folder, "--json")
    told = json.loads(done.stdout)
    found = {each["name"]: each for each in told["scan_processes"]}
    assert done.exit_code == 0 and "Broken" not in found
    assert done.stderr.splitlines() == [f"cannot be used: {reason}" for reason in told["cannot_be_used"]]
    assert done.stderr.startswith("cannot be used: ") and "broken.xml: not well-formed XML" in done.stderr
    staff = found["Staff duplex"]
    assert staff["access"] == ["ScanStaff"] and Path(staff["source"]) == folder / "staff-duplex.toml"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["list", "--user", "nobody"], "no user 'nobody'; there are: demo, joe, ann"),
        (["list", "--directory", "none"], "none is no folder"),
        (["show", "No such"], "no scan process 'No such'; there are: 'Scan to archive'"),
        (["show", "gone.xml"], "gone.xml: cannot be read"),
        (["show", "gone.toml"], "gone.toml: cannot be read"),
        (["validate", "--directory", "none"], "none is no folder"),
    ],
)
def test_what_is_not_there_is_exit_code_2_in_one_line(arguments: list[str], said: str) -> None:
    done = scan_processes(*arguments)
    assert done.exit_code == 2 and done.stdout == ""
    assert done.stderr.startswith("error: ") and said in done.stderr and done.stderr.count("\n") == 2


@pytest.mark.parametrize("name", ["Scan to folder", "scan to FOLDER", FOLDER_ID, FOLDER_ID.lower()])
def test_show_by_name_or_identifier(name: str) -> None:
    done = scan_processes("show", name)
    assert done.exit_code == 0 and done.stdout.startswith(f"Scan to folder  {FOLDER_ID}\n")
    assert "\\\\contoso\\IncomingScans" in done.stdout and "stops" in done.stdout


@pytest.mark.parametrize("file", ["scan-to-everyone.toml", "scan-to-everyone.xml", "file-room.ldif"])
def test_show_of_a_file_needs_no_folder(file: str) -> None:
    shown = json.loads(scan_processes("show", OFFICE / file, "--json").stdout)
    assert bool(shown["id"]) is not file.endswith(".xml"), "bare XML names no identifier"
    assert shown["filters"][0]["dialect"].endswith("/fileshare") and shown["ticket"]["document_parameters"]


def test_show_json_tells_every_filter() -> None:
    shown = json.loads(scan_processes("show", "Scan to everyone", "--json").stdout)
    kinds = {each["dialect"].rpartition("/")[2]: each for each in shown["filters"]}
    assert kinds["fileshare"]["shares"] == ["\\\\contoso\\Everyone"]
    assert kinds["email"]["addresses"] == ["archive@contoso.example"] and kinds["email"]["send_to_scan_user"]
    assert kinds["sharepoint"]["sites"] == ["https://contoso.example/sites/scans"]


def test_show_xml_is_a_document_that_validate_takes(tmp_path: Path) -> None:
    for path in OFFICE.glob("*.toml"):
        if path.name == "users.toml":
            continue
        done = scan_processes("show", path, "--xml")
        assert etree.fromstring(done.stdout.encode()).tag.endswith("}PostScanProcess")
        (tmp_path / f"{path.stem}.xml").write_text(done.stdout, encoding="utf-8")
        checked = scan_processes("validate", tmp_path / f"{path.stem}.xml")
        assert checked.exit_code == 0, checked.stderr


def test_validate_of_the_office_finds_nothing() -> None:
    done = scan_processes("validate")
    assert done.exit_code == 0 and done.stderr == ""
    assert len(done.stdout.splitlines()) == len(list(OFFICE.glob("*.toml"))) - 1 + len(list(OFFICE.glob("*.ldif")))
    assert all(line.endswith(": valid") for line in done.stdout.splitlines())


def test_validate_of_a_folder_names_the_broken_file_once_and_goes_on(folder: Path) -> None:
    done = scan_processes("validate", "--directory", folder)
    assert done.exit_code == 2 and f"{folder / 'scan-to-folder.toml'}: valid" in done.stdout
    (line,) = done.stderr.splitlines()
    assert line.count(str(folder / "broken.toml")) == 1 and str(folder / "broken.xml") in line


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("\\\\contoso\\IncomingScans", "C:\\Scans", "is no UNC path"),
        ("scan1.contoso.example", "scan 1", "is no host name"),
        (">Invoice<", ">In/voice<", "is no file name"),
        (">ADF<", ">ADFTriplex<", "ADFTriplex"),
        ("filter/fileshare</psp:Dialect>", "filter/fax</psp:Dialect>", "none of the three"),
    ],
)
def test_validate_doubts_what_would_not_work(tmp_path: Path, before: str, after: str, said: str) -> None:
    text = (OFFICE / "scan-to-folder.xml").read_text(encoding="utf-8")
    assert before in text
    path = tmp_path / "mine.xml"
    path.write_text(text.replace(before, after), encoding="utf-8")
    done = scan_processes("validate", path)
    assert done.exit_code == 2 and done.stdout == ""
    assert any(line.startswith(f"{path}: ") and said in line for line in done.stderr.splitlines()), done.stderr


def test_validate_of_files_that_are_none_names_each_once(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"x")
    (tmp_path / "bad.toml").write_text("a = \n")
    files = [tmp_path / "picture.png", tmp_path / "bad.toml", tmp_path / "gone.ldif"]
    done = scan_processes("validate", *files)
    assert done.exit_code == 2
    for path, line in zip(files, done.stderr.splitlines(), strict=True):
        assert line.startswith(str(path)) and line.count(str(path)) == 1
