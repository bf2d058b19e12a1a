"""What is there already: refused without --overwrite, replaced with it, and nothing of others is touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from command_tree import Done, call, commands

Call = Callable[..., Done]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs a command in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DSM_EMULATOR_STATE", str(tmp_path / "state"))
    return lambda *arguments: call([str(each) for each in arguments], capsys)


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name[0] != "."}


def test_every_command_that_writes_a_file_has_the_option() -> None:
    writing = {"--trace", "--manifest", "--truth", "--output", "--gallery", "--junit", "--worst", "--report"}
    for name, found in commands().items():
        options = {option for parameter in found.params for option in parameter.opts}
        assert bool(options & writing) == ("--overwrite" in options) or name in ("lab-ca", "samples"), name
        if name in ("profiles capture", "lab-ca"):
            assert {"--overwrite", "--force"} <= options


def test_fewer_pages_into_the_same_folder(command: Call, tmp_path: Path) -> None:
    """Old pages and truths stayed beside the new ones."""
    more = ("--documents", "office-day", "--set", "Resolution=100x100", "--jobs", "1", "-o", "out")
    assert command("render", "--pages", 4, "--alto", "--hocr", "--gallery", *more).code == 0
    out = tmp_path / "out"
    before = {name: (out / name).read_bytes() for name in names(out)}
    refused = command("render", "--pages", 2, *more)
    assert refused.code == 2 and "--output out: pages of an earlier run lie there" in refused.stderr
    assert "--overwrite replaces them" in refused.stderr
    assert {name: (out / name).read_bytes() for name in names(out)} == before, "nothing has been touched"
    foreign = {"page-0009.jpg", "page-0003.txt", "note.txt", "thumbnails/mine.jpg", "page-0002.truth.json.bak"}
    for name in foreign:
        (out / name).write_text("somebody's")
    assert command("render", "--pages", 2, *more, "--overwrite").code == 0
    pages = {f"page-000{n}{ending}" for n in (1, 2) for ending in (".jpg", ".truth.json")}
    assert names(out) == {*pages, "set.truth.json", *foreign}
    assert len(json.loads((out / "set.truth.json").read_text())["pages"]) == 2
    assert all((out / name).read_text() == "somebody's" for name in foreign)


def test_another_format_leaves_none_of_the_one_before(command: Call, tmp_path: Path) -> None:
    small = ("--set", "Resolution=100x100", "--pages", 2)
    assert command("render", *small, "--set", "Format=png").code == 0
    other = ("--set", "Format=tiff-multi-g4", "--set", "ColorProcessing=BlackAndWhite1")
    assert command("render", *small, *other).code == 2
    assert command("render", *small, *other, "--overwrite").code == 0
    assert names(tmp_path / "pages") == {"pages.tif"}


def test_pages_of_nobody_known_are_refused_and_not_removed(command: Call, tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "page-0007.tif").write_text("of an older version, or somebody's")
    assert command("render", "--pages", 1).code == 2
    assert command("render", "--pages", 1, "--overwrite").code == 0
    assert names(tmp_path / "pages") == {"page-0001.jpg", "page-0007.tif"}


@pytest.mark.parametrize("listed", ["../mine", "/etc/passwd", "", 3, {"a": 1}])
def test_a_record_that_leads_out_of_the_folder_removes_nothing(
    command: Call, tmp_path: Path, listed: object
) -> None:
    (tmp_path / "mine").write_text("x")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / ".dsm-emulator-pages.json").write_text(json.dumps({"files": [listed]}))
    assert command("render", "--pages", 1, "--overwrite").code == 0
    assert (tmp_path / "mine").read_text() == "x"


@pytest.mark.parametrize("bad", ["nonsense", '{"files": 3}', "[]"])
def test_a_record_that_cannot_be_read_is_none(command: Call, tmp_path: Path, bad: str) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / ".dsm-emulator-pages.json").write_text(bad)
    assert command("render", "--pages", 1).code == 0


def test_truths_of_an_earlier_scan(command: Call, tmp_path: Path) -> None:
    scan = ("scan", "--documents", "office-day", "--truth", "truth", "--set", "Resolution=100x100")
    assert command(*scan, "--pages", 3).code == 0
    refused = command(*scan, "--pages", 1)
    assert refused.code == 2 and "--truth truth: pages of an earlier run" in refused.stderr
    assert len(names(tmp_path / "truth")) == 4
    assert command(*scan, "--pages", 1, "--overwrite").code == 0
    assert names(tmp_path / "truth") == {"page-0001.truth.json", "documents.jsonl"}


@pytest.mark.parametrize("option", ["--manifest", "--trace"])
def test_manifest_and_trace(command: Call, tmp_path: Path, option: str) -> None:
    (tmp_path / "mine").write_text("somebody's")
    refused = command("scan", "--pages", 1, option, "mine")
    assert refused.code == 2 and f"{option} mine: the file is there already" in refused.stderr
    assert (tmp_path / "mine").read_text() == "somebody's" and not list(tmp_path.glob("scans/contoso"))
    assert command("scan", "--pages", 1, option, "mine", "--overwrite").code == 0
    assert (tmp_path / "mine").read_text() != "somebody's"
    if option == "--trace" and Path("/dev/null").exists():
        assert command("scan", "--pages", 1, option, "/dev/null", "--overwrite").code == 2
        assert Path("/dev/null").is_char_device()
    (tmp_path / "folder").mkdir()
    assert "it is a folder" in command("scan", "--pages", 1, option, "folder", "--overwrite").stderr


@pytest.mark.parametrize("name", ["run", "server", "inspect", "profiles capture"])
def test_a_trace_of_the_other_commands(command: Call, tmp_path: Path, name: str) -> None:
    (tmp_path / "mine").write_text("somebody's")
    where = ["http://127.0.0.1:9/x"] if name in ("inspect", "profiles capture") else []
    refused = command(*name.split(), *where, "--trace", "mine")
    assert refused.code == 2 and "the file is there already" in refused.stderr
    assert (tmp_path / "mine").read_text() == "somebody's"


@pytest.mark.parametrize("option", ["--overwrite", "--force"])
def test_a_lab_s_certificates(command: Call, tmp_path: Path, option: str) -> None:
    ca = ("lab-ca", "ca", "--key", "ec", "--server", "127.0.0.1", "--json")
    first = json.loads(command(*ca).stdout)["certificates"][0]
    made = Path(first["certificate"]).read_bytes()
    assert json.loads(command(*ca).stdout)["certificates"][0]["new"] is False
    assert Path(first["certificate"]).read_bytes() == made
    assert json.loads(command(*ca, option).stdout)["certificates"][0]["new"] is True
    assert Path(first["certificate"]).read_bytes() != made
