"""Identities of devices over restarts, clocks that go back, damaged files and processes at once."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from programs import environment

from emulator.dpws.metadata import HostedService, Metadata, ThisDevice, ThisModel
from emulator.network.identity import Claim, Identity, IdentityStore, metadata_digest
from emulator.soap.xml import QName


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def start(folder: Path, *, name: str = "mfp#1", digest: str = "a", now: float = 1_700_000_000) -> Identity:
    """One start of one device."""
    return IdentityStore(folder, clock=Clock(now)).claim([Claim(name, digest)])[name]


def test_the_uuid_stays_and_each_device_has_its_own(tmp_path: Path) -> None:
    # The law: [discovery/endpoint/address-stable] [discovery/endpoint/address-of-a-uuid]
    first, again, other = start(tmp_path), start(tmp_path), start(tmp_path, name="mfp#2")
    assert first.uuid == again.uuid != other.uuid
    assert first.uuid.version == 4


def test_a_fixed_uuid_is_taken_and_kept(tmp_path: Path) -> None:
    fixed = uuid.UUID("978e9349-e854-444f-87a6-1946553e14a6")
    assert IdentityStore(tmp_path).claim([Claim("a", "x", fixed)])["a"].uuid == fixed
    assert start(tmp_path, name="a").uuid == fixed


@pytest.mark.parametrize("times", [(5, 5, 5), (100, 50, 1), (7, 8, 8), (2**32 - 3, 1, 1)])
def test_the_instance_id_grows_whatever_the_clock_does(tmp_path: Path, times: tuple[int, ...]) -> None:
    # The law: [discovery/app-sequence/instance-id-grows]
    found = [start(tmp_path, now=now).instance_id for now in times]
    assert found == sorted(set(found)) and found[0] == times[0]


def test_the_metadata_version_grows_with_a_change_and_with_nothing_else(tmp_path: Path) -> None:
    # The law: [wsdapi/wsdbit/metadata-version-over-restart] [wsdapi/app-sequence/lower-instance-or-version]
    # The law: [discovery/metadata-version/grows-with-each-change]
    # The law: [discovery/metadata-version/same-over-restart]
    found = [start(tmp_path, digest=digest).metadata_version for digest in "aabba"]
    assert found == [1, 1, 2, 2, 3]


def test_the_digest_tells_metadata_apart() -> None:
    service = HostedService("http://host.invalid/scan", (QName("urn:x", "T"),), "urn:x:1")
    metadata = Metadata(ThisModel("A", "B"), ThisDevice("C"), (service,))
    assert metadata_digest(metadata) == metadata_digest(Metadata(ThisModel("A", "B"), ThisDevice("C"), (service,)))
    assert metadata_digest(metadata) != metadata_digest(Metadata(ThisModel("A", "B"), ThisDevice("D"), (service,)))


@pytest.mark.parametrize("content", ["", "{", "[]", '{"mfp#1": 7}', "\x00"])
def test_a_damaged_file_is_put_aside_and_told(
    tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "identities.json").write_text(content)
    assert start(tmp_path).metadata_version == 1
    assert (tmp_path / "identities.broken").read_text() == content
    assert "damaged" in caplog.text


def test_wrong_values_in_the_file_are_made_good(tmp_path: Path) -> None:
    wrong = {"mfp#1": {"uuid": "no", "instance_id": True, "metadata_version": -3, "digest": 5}}
    (tmp_path / "identities.json").write_text(json.dumps(wrong))
    assert start(tmp_path).metadata_version == 1


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = start(tmp_path)
    text = (tmp_path / "identities.json").read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="space"):
        patch.setattr("os.fsync", full)
        start(tmp_path, name="other")
    assert (tmp_path / "identities.json").read_bytes() == text
    assert start(tmp_path).uuid == before.uuid


PROCESS = """
import sys
from pathlib import Path
from emulator.network.identity import Claim, IdentityStore
store = IdentityStore(Path(sys.argv[1]))
for turn in range(40):
    found = store.claim([Claim("shared", "a"), Claim(sys.argv[2], str(turn))])
    print(found["shared"].instance_id, found["shared"].uuid)
"""


def test_processes_at_once_do_not_spoil_it(tmp_path: Path) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(tmp_path), name],
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        for name in ("one", "two")
    ]
    lines = [line.split() for process in running for line in process.communicate(timeout=60)[0].splitlines()]
    assert [process.returncode for process in running] == [0, 0]
    assert len(lines) == 80
    assert len({instance for instance, _ in lines}) == 80, "no InstanceId is given twice"
    assert len({own for _, own in lines}) == 1
    kept = json.loads((tmp_path / "identities.json").read_text())
    assert kept["one"]["metadata_version"] == kept["two"]["metadata_version"] == 40
