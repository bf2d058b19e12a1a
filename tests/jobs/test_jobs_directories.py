"""Directories of many jobs: read once, again when they change, one whole state for each job; connections kept for
who binds and never for another (L9)."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from job_servers import Place, completed, options_for

import emulator.jobs.directory_sessions as sessions_module
from emulator.device.profile import ProfileError
from emulator.directory.model import Directory
from emulator.directory.secret import Secret
from emulator.environment.directories import office_folder
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.options import LdapOptions
from emulator.jobs.commons import JobCommons
from emulator.jobs.directory_sessions import DirectorySessions
from emulator.jobs.plan import make_plan

URL = "ldap://dsm.test"
LDAP = LdapOptions(password=Secret("one"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(office_folder(), tmp_path / "office"))


def rename(folder: Path, old: str, new: str) -> None:
    """The display name of the scan process `scan-to-folder`."""
    path = folder / "scan-to-folder.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


async def test_a_directory_that_changes_is_read_again_and_each_job_has_its_own_state_of_it(
    folder: Path, tmp_path: Path, page: Path, commons: JobCommons
) -> None:
    async with Place(tmp_path).server() as server:
        options = options_for(server.url, page, directory=folder)
        assert (await completed(options, commons)).stored.process.display_name == "Scan to folder"
        before = make_plan(options, commons)
        rename(folder, "Scan to folder", "Scan elsewhere")
        users = folder / "users.toml"
        users.write_text(users.read_text().replace('default_user = "demo"', 'default_user = "joe"'))
        outcome = await completed(options, commons)
        assert outcome.stored.process.display_name == "Scan elsewhere" and outcome.user.name == "joe"
        # The job that began before still sees users and scan processes as they were.
        assert before.directory is not None and before.directory.default_user().name == "demo"
        names = {each.process.display_name for each in before.directory.scan_processes()}
        assert "Scan to folder" in names and "Scan elsewhere" not in names
        identifier = before.stored.process.identifier
        assert identifier is not None
        found = before.embedded_directory.by_identifier(identifier)
        assert found is not None and found.process.display_name == "Scan to folder"


def test_a_folder_that_goes_is_told_and_one_that_comes_back_is_read(folder: Path) -> None:
    sessions = DirectorySessions()
    sessions.open(folder, None, LdapOptions())
    moved = folder.rename(folder.with_name("moved"))
    with pytest.raises(LabError) as refused:
        sessions.open(folder, None, LdapOptions())
    assert refused.value.code is ExitCode.USAGE and str(folder) in str(refused.value)
    moved.rename(folder)
    assert sessions.open(folder, None, LdapOptions()).directory.default_user().name == "demo"


def test_a_profile_is_read_again_when_its_file_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import emulator.jobs.commons as commons_module

    read: list[str] = []
    load = commons_module.load_profile

    def counted(name: str) -> Any:
        read.append(name)
        return load(name)

    monkeypatch.setattr(commons_module, "load_profile", counted)
    source = office_folder().parent / "office-mfp.toml"
    path = tmp_path / "mine.toml"
    path.write_bytes(source.read_bytes())
    profiles = JobCommons().profiles
    first = profiles.load(str(path))
    assert profiles.load(str(path)) is first and len(read) == 1
    path.write_text(source.read_text().replace(first.friendly_name, "Another name"))
    assert profiles.load(str(path)).friendly_name == "Another name" and len(read) == 2
    path.unlink()
    for _ in range(2):
        with pytest.raises(ProfileError, match="cannot be read"):
            profiles.load(str(path))


# Connections


@dataclass
class Connection:
    """A directory over LDAP that is not there."""

    key: tuple[Any, ...]
    closed: int = 0

    def close(self) -> None:
        self.closed += 1


@dataclass
class Connections:
    made: list[Connection] = field(default_factory=list)


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connections]:
    made = Connections()

    def open_directory(directory: Path | str | None, user: str | None, ldap: LdapOptions) -> Any:
        made.made.append(Connection((directory, user, ldap.password and ldap.password.reveal(), ldap.auth)))
        return made.made[-1]

    monkeypatch.setattr(sessions_module, "open_directory", open_directory)
    yield made


def test_a_connection_is_kept_for_who_binds_and_for_nobody_else(connections: Connections, tmp_path: Path) -> None:
    sessions = DirectorySessions()

    def asked(user: str, ldap: LdapOptions) -> Directory:
        opened = sessions.open(URL, user, ldap)
        opened.release()
        opened.release()
        return opened.directory

    first = asked("joe", LDAP)
    assert asked("joe", LDAP.but(password=Secret("one"))) is first
    ca = tmp_path / "ca.pem"
    ca.write_text("1")
    others: list[Directory] = [
        asked("ann", LDAP),
        asked("joe", LDAP.but(password=Secret("two"))),
        asked("joe", LDAP.but(password=None)),
        asked("joe", LDAP.but(auth="ntlm")),
        asked("joe", LDAP.but(start_tls=True)),
        asked("joe", LDAP.but(dns_server="192.0.2.1")),
        asked("joe", LDAP.but(timeout=1.0)),
        asked("joe", LDAP.but(ca_file=ca)),
    ]
    ca.write_text("2")
    others.append(asked("joe", LDAP.but(ca_file=ca)))
    assert len({id(each) for each in [first, *others]}) == len(connections.made) == 10
    assert not any(each.closed for each in connections.made)
    sessions.close()
    assert [each.closed for each in connections.made] == [1] * 10
    assert "one" not in repr(list(sessions._sessions))


def test_a_connection_is_closed_when_no_job_has_needed_it_for_a_while(connections: Connections) -> None:
    sessions = DirectorySessions(idle=0.05)
    two = [sessions.open(URL, "joe", LDAP) for _ in range(2)]
    (connection,) = connections.made
    two[0].release()
    time.sleep(0.2)
    assert not connection.closed, "a job still has it"
    two[1].release()
    for _ in range(200):
        if not connection.closed:
            time.sleep(0.02)
    assert connection.closed == 1
    again = sessions.open(URL, "joe", LDAP)
    assert len(connections.made) == 2
    again.release()
    sessions.open(URL, "joe", LDAP)
    time.sleep(0.2)
    assert len(connections.made) == 2 and not connections.made[1].closed, "the next job came in time"
    sessions.close()
