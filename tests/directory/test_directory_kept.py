"""What is kept of a folder between jobs: each change is seen by the next job, and nothing else is read again."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from emulator.directory import folder_reader
from emulator.directory.errors import DirectoryError, NoScanProcess
from emulator.directory.folder import FolderDirectory
from emulator.directory.folder_reader import FEW, KEPT_FOLDERS, FolderReader, KeptReaders
from emulator.directory.scan_process_file import load_scan_processes
from emulator.directory.users_file import read_users
from emulator.resources import resource_folder

OFFICE = resource_folder("profiles") / "office"
XML = (OFFICE / "scan-to-folder.xml").read_bytes()
LDIF = (OFFICE / "file-room.ldif").read_bytes()
USERS = 'default_user = "demo"\ndomain = "contoso.example"\n[[user]]\nname = "demo"\nsid = "S-1-5-21-1-2-3-1001"\n'


def guid(number: int) -> UUID:
    return UUID(int=0x10000000000000000000000000000000 + number)


def write(folder: Path, number: int, name: str = "", more: str = "", identifier: int | None = None) -> None:
    """A scan process, in place where it is there already."""
    text = f'identifier = "{guid(number if identifier is None else identifier)}"\n'
    text += f'display_name = "{name or f"Scan {number}"}"\npsp = "{number:05d}.xml"\n{more}'
    (folder / f"{number:05d}.toml").write_text(text)
    (folder / f"{number:05d}.xml").write_bytes(XML)


def settle() -> None:
    """Wait until what was written shows in the times of files that are written from now on."""
    time.sleep(0.025)


@pytest.fixture(params=[1, FEW], ids=["few", "many"])
def folder(tmp_path: Path, request: pytest.FixtureRequest, seldom: Callable[[float], None]) -> Path:
    """Few scan processes, of which all files are asked for each time; many, of which they are not."""
    (tmp_path / "users.toml").write_text(USERS)
    for number in range(1, request.param + 1):
        write(tmp_path, number)
    settle()
    FolderDirectory(tmp_path).scan_processes()
    return tmp_path


@pytest.fixture
def seldom(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[float], None]]:
    """A clock of readers that stands, and is put forward."""
    now = [1000.0]
    monkeypatch.setattr(folder_reader, "kept_readers", KeptReaders(clock=lambda: now[0]))
    monkeypatch.setattr("emulator.directory.folder.kept_readers", folder_reader.kept_readers)
    yield lambda seconds: now.__setitem__(0, now[0] + seconds)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are read."""
    names: list[str] = []
    real: Callable[..., Any] = Path.open

    def opened(path: Path, *arguments: Any, **more: Any) -> Any:
        names.append(path.name)
        return real(path, *arguments, **more)

    monkeypatch.setattr(Path, "open", opened)
    return names


def test_nothing_is_read_twice(folder: Path, read: list[str]) -> None:
    for _ in range(3):
        directory = FolderDirectory(folder)
        assert directory.scan_process("Scan 1", directory.default_user()).process.identifier == guid(1)
        assert directory.refresh().by_identifier(guid(1)) is not None
        assert directory.refresh().default_scan_process(directory.default_user()).process.display_name == "Scan 1"
    assert read == []
    write(folder, 1, "Other")
    read.clear()
    assert FolderDirectory(folder).scan_process("Other").process.identifier == guid(1)
    assert read == ["00001.toml", "00001.xml"]


def test_each_change_is_seen_by_the_next_job(folder: Path) -> None:
    kept = FolderDirectory(folder)

    def job() -> FolderDirectory:
        return kept.refresh()

    assert job().scan_process("Scan 1").access == ()
    write(folder, 1, more='access = ["nobody"]\n')  # in place
    assert job().scan_process("Scan 1").access == ("nobody",)
    assert job().by_identifier(guid(1)).access == ("nobody",)  # type: ignore[union-attr]
    (folder / "00001.xml").write_bytes(XML.replace(b"IncomingScans", b"OtherScans"))  # its XML, in place
    (share,) = job().scan_process("Scan 1").process.instructions.filters
    assert "OtherScans" in str(share)
    write(folder, 1, "Renamed")
    assert job().scan_process("Renamed").process.identifier == guid(1)
    with pytest.raises(NoScanProcess, match="no scan process 'Scan 1'"):
        job().scan_process("Scan 1")
    write(folder, 1, "Renamed", identifier=70_000)
    assert job().by_identifier(guid(1)) is None
    write(folder, 5_000, "New")
    assert job().scan_process("New").process.identifier == guid(5_000)
    (folder / "00001.toml").unlink()
    with pytest.raises(NoScanProcess):
        job().scan_process("Renamed")
    (folder / "room.ldif").write_bytes(LDIF)
    assert job().scan_process("Scan to file room").source == folder / "room.ldif"
    (folder / "room.ldif").write_bytes(LDIF.replace(b"file room", b"file ROOM"))
    assert job().scan_process("Scan to file ROOM").source == folder / "room.ldif"
    aside = folder / "aside"
    aside.write_text((folder / "05000.toml").read_text().replace('"New"', '"Newer"'))
    aside.replace(folder / "05000.toml")  # as editors write
    assert job().scan_process("Newer").process.identifier == guid(5_000)
    (folder / "users.toml").write_text(USERS.replace("1001", "1009"))
    assert job().default_user().sid.endswith("-1009")
    assert job().user_by_sid("s-1-5-21-1-2-3-1009") is not None


@pytest.mark.parametrize(
    "broken",
    [
        b"display_name = ",
        b'identifier = "x"\ndisplay_name = "Scan 1"\npsp = "00001.xml"\n',
        b'identifier = "10000000-0000-0000-0000-000000000001"\ndisplay_name = "Scan 1"\npsp = "gone.xml"\n',
        b"\xff",
    ],
)
def test_a_file_that_an_edit_broke_is_named_as_ever(folder: Path, broken: bytes) -> None:
    (folder / "00001.toml").write_bytes(broken)
    with pytest.raises(DirectoryError) as said:
        load_scan_processes(folder / "00001.toml")
    directory = FolderDirectory(folder)
    assert directory.broken == {folder / "00001.toml": str(said.value)}
    with pytest.raises(DirectoryError) as named:
        directory.refresh().scan_process("00001")
    assert str(named.value) == str(said.value)
    assert directory.refresh().by_identifier(guid(1)) is None
    (folder / "gone.xml").write_bytes(XML)  # what was missing is seen too
    write(folder, 1)
    assert FolderDirectory(folder).scan_process("Scan 1").process.identifier == guid(1)


def test_users_that_an_edit_broke(folder: Path) -> None:
    (folder / "users.toml").write_text("user = 1")
    with pytest.raises(DirectoryError) as said:
        read_users(folder / "users.toml")
    directory = FolderDirectory(folder)
    for ask in (directory.default_user, lambda: directory.user("demo"), lambda: directory.user_by_sid("S-1-5-1-2")):
        with pytest.raises(DirectoryError) as found:
            ask()
        assert str(found.value) == str(said.value)
    (folder / "users.toml").unlink()
    with pytest.raises(DirectoryError, match="cannot be read"):
        directory.refresh().default_user()
    (folder / "users.toml").write_text(USERS)
    assert directory.refresh().default_user().name == "demo"


def test_what_one_job_was_told_stays(folder: Path) -> None:
    directory = FolderDirectory(folder)
    names = [each.process.display_name for each in directory.scan_processes()]
    write(folder, 1, "Renamed")
    write(folder, 9_000)
    (folder / "users.toml").write_text(USERS.replace("1001", "1002"))
    assert [each.process.display_name for each in directory.scan_processes()] == names
    assert directory.scan_process("Scan 1").process.identifier == guid(1)
    assert directory.default_user().sid.endswith("-1001")
    other = directory.refresh()
    assert len(other.scan_processes()) == len(names) + 1 and other.default_user().sid.endswith("-1002")


def test_what_is_seen_late_in_a_large_folder(
    tmp_path: Path, seldom: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """That an edit in place gave another scan process the wanted name too; and by identifier, of one asked for
    in vain a moment ago."""
    monkeypatch.setattr(folder_reader, "FEW", 2)
    (tmp_path / "users.toml").write_text(USERS)
    for number in range(1, 9):
        write(tmp_path, number)
    settle()
    kept = FolderDirectory(tmp_path)
    kept.scan_processes()
    assert kept.refresh().by_identifier(guid(99)) is None
    write(tmp_path, 2, "Scan 1", identifier=99)
    assert kept.refresh().scan_process("Scan 1").process.identifier == guid(1)
    assert kept.refresh().by_identifier(guid(99)) is None
    seldom(18 * 3e-3)
    with pytest.raises(DirectoryError, match="2 scan processes are named 'Scan 1'"):
        kept.refresh().scan_process("Scan 1")
    assert kept.refresh().by_identifier(guid(99)) is not None


def test_times_within_one_tick_hide_nothing(folder: Path) -> None:
    """A file that is read in the tick in which it was written is read again."""
    for number in range(30):
        write(folder, 1, f"Name {number % 10}")  # of the same size
        assert FolderDirectory(folder).scan_process(f"Name {number % 10}").process.identifier == guid(1)


def test_a_folder_removed_and_made_anew(folder: Path) -> None:
    kept = FolderDirectory(folder)
    shutil.rmtree(folder)
    with pytest.raises(DirectoryError, match="cannot be read"):
        kept.refresh().scan_process("Scan 1")
    with pytest.raises(DirectoryError, match="no folder"):
        FolderDirectory(folder)
    folder.mkdir()
    (folder / "users.toml").write_text(USERS)
    write(folder, 1, "Anew")
    assert [each.process.display_name for each in kept.refresh().scan_processes()] == ["Anew"]


@pytest.mark.parametrize("few", [2, FEW])
def test_any_history_reads_as_a_fresh_reader_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """150 changes of any kind; after each the kept state, asked by name, identifier and as a list, is that of one
    that has just read everything."""
    monkeypatch.setattr(folder_reader, "FEW", few)
    dice = random.Random(few)
    (tmp_path / "users.toml").write_text(USERS)
    kept = FolderDirectory(tmp_path)
    for _ in range(150):
        number = dice.randint(1, 12)
        path = tmp_path / f"{number:05d}.toml"
        match dice.choice(("write", "write", "break", "remove", "remove xml", "ldif", "users")):
            case "write":
                write(tmp_path, number, f"Scan {dice.randint(1, 6)}")
            case "break":
                path.write_text("?")
            case "remove":
                path.unlink(missing_ok=True)
            case "remove xml":
                path.with_suffix(".xml").unlink(missing_ok=True)
            case "ldif":
                (tmp_path / "room.ldif").write_bytes(LDIF[: dice.choice((len(LDIF), 400, 0))])
            case "users":
                (tmp_path / "users.toml").write_text(USERS.replace("1001", str(dice.randint(1000, 1003))))
        fresh, _ = FolderReader(tmp_path).look()
        job = kept.refresh()
        if dice.randint(0, 1):
            assert job.scan_processes() == list(fresh.stored) and job.broken == fresh.broken
            assert job.default_user() == fresh.users.default()
        wanted = f"Scan {dice.randint(1, 6)}"
        found = fresh.scan_processes_named(wanted)
        job = kept.refresh()
        if few == FEW and len(found) == 1:
            assert job.scan_process(wanted) == found[0]
        elif not found:
            with pytest.raises(DirectoryError, match="no scan process"):
                job.scan_process(wanted)


def test_jobs_at_once_see_whole_states(folder: Path) -> None:
    """While two scan processes change places all the time, no job ever finds one of them missing or twice."""
    stop, seen, errors = threading.Event(), [0], []

    def jobs() -> None:
        while not stop.is_set():
            directory = FolderDirectory(folder)
            try:
                names = [each.process.display_name for each in directory.scan_processes()]
                assert len(set(names)) == len(names), names
                assert directory.scan_process(names[0]).process.display_name == names[0]
                seen[0] += 1
            except Exception as error:
                errors.append(error)
                return

    threads = [threading.Thread(target=jobs) for _ in range(3)]
    for each in threads:
        each.start()
    for number in range(20):
        aside = folder / "aside"
        aside.write_text(f'identifier = "{guid(1)}"\ndisplay_name = "Turn {number}"\npsp = "00001.xml"\n')
        aside.replace(folder / "00001.toml")
        time.sleep(0.002)
    stop.set()
    for each in threads:
        each.join()
    assert not errors and seen[0] > 3


def test_the_readers_that_are_kept_are_bounded(tmp_path: Path) -> None:
    readers = KeptReaders()
    paths = [tmp_path / str(number) for number in range(3 * KEPT_FOLDERS)]
    for path in paths:
        readers.of(path)
    assert len(readers) == KEPT_FOLDERS
    assert readers.of(paths[-1]) is readers.of(paths[-1])


def test_ten_thousand_users_are_read_in_linear_time(tmp_path: Path) -> None:
    text = 'domain = "contoso.example"\n'
    text += "".join(f'[[user]]\nname = "u{n}"\nsid = "S-1-5-21-1-2-3-{n}"\n' for n in range(10_000))
    (tmp_path / "users.toml").write_text(text)
    begun = time.process_time()
    users = read_users(tmp_path / "users.toml")
    first = time.process_time() - begun
    begun = time.process_time()
    for number in range(0, 10_000, 7):
        assert users.find(f"CONTOSO\\U{number}") is users.by_sid(f"s-1-5-21-1-2-3-{number}")
    assert time.process_time() - begun < first / 2


def test_the_first_of_equal_users_is_named(tmp_path: Path) -> None:
    path = tmp_path / "users.toml"
    others = "".join(f'[[user]]\nname = "{name}"\nsid = "S-1-5-21-1-2-3-1002"\n' for name in ("ann", "DEMO"))
    path.write_text(USERS + others)
    with pytest.raises(DirectoryError, match="user 3: name or sid is that of demo"):
        read_users(path)
