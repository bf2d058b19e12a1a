"""Who a device is over restarts: its UUID, an InstanceId that grows with every start, and a MetadataVersion that
grows with every change of its metadata and with nothing else (WS-Discovery 2005/04, sections 4.1 and 7).

Kept in one small file in a folder that the caller names. Several processes may use it at once.
[discovery/endpoint/address-stable] [discovery/endpoint/address-of-a-uuid]
[discovery/metadata-version/same-over-restart] [discovery/metadata-version/grows-with-each-change]
[discovery/app-sequence/instance-id-grows]
[wsdapi/app-sequence/lower-instance-or-version] [wsdapi/wsdbit/metadata-version-over-restart]
[clients/wsdd/uuid-endpoint]"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lxml import etree

from emulator.dpws.metadata import Metadata, get_response
from emulator.file_lock import FileLock
from emulator.soap.envelope import Message

_log = logging.getLogger(__name__)

_FILE: Final = "identities.json"
_LOCK_SECONDS: Final = 10.0
"""How long another process may hold the file."""
_LARGEST: Final = 2**32 - 1
"""InstanceId and MetadataVersion are xs:unsignedInt."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device is known by while it runs."""

    uuid: uuid.UUID
    instance_id: int
    metadata_version: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A device that is about to run."""

    name: str
    """Tells it from all others of the folder, for example `office-mfp#3`."""
    digest: str
    """Of its metadata; see `metadata_digest`."""
    uuid: uuid.UUID | None = None
    """A fixed one, of its profile; None: the one it had before, or a new one."""


class IdentityStore:
    """The identities of a folder. Its methods block for some milliseconds and raise OSError when the folder cannot
    be used (or another process holds it for longer than 10 s)."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        """`folder` is made when it is first needed. `clock`: seconds since 1970."""
        self._folder = folder
        self._clock = clock

    def claim(self, claims: Iterable[Claim]) -> dict[str, Identity]:
        """The identities of devices that start now, by name. Each gets an InstanceId greater than all it had."""
        with self._locked() as devices:
            return {claim.name: self._started(claim, devices) for claim in claims}

    def _started(self, claim: Claim, devices: dict[str, dict[str, Any]]) -> Identity:
        entry = devices.setdefault(claim.name, {})
        known = _uuid(entry.get("uuid"))
        own = claim.uuid or known or uuid.uuid4()
        # The time, so that a lost file does no harm; but never less than before, though the clock goes back.
        instance = max(int(self._clock()), _number(entry.get("instance_id")) + 1)
        entry["uuid"] = str(own)
        entry["instance_id"] = min(instance, _LARGEST)
        return Identity(own, entry["instance_id"], _version(entry, claim.digest))

    @contextmanager
    def _locked(self) -> Iterator[dict[str, dict[str, Any]]]:
        """The content of the file while nobody else has it; written back when the block ends well."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / _FILE
        with FileLock(path.with_suffix(".lock")) as lock:
            if not lock.acquire(_LOCK_SECONDS):
                raise TimeoutError(f"{path} is held by another process")
            devices = _read(path)
            yield devices
            _write(path, devices)


def metadata_digest(metadata: Metadata) -> str:
    """A hash of what a device says of itself. Make `metadata` for the same base URL each time: addresses that
    depend on who asks are no change."""
    body = get_response(Message("", None), metadata).body
    return hashlib.sha256(etree.tostring(body, method="c14n") if body is not None else b"").hexdigest()


def _version(entry: dict[str, Any], digest: str) -> int:
    version = _number(entry.get("metadata_version"))
    if not version or entry.get("digest") != digest:
        version = min(version + 1, _LARGEST)
    entry["metadata_version"] = version
    entry["digest"] = digest
    return version


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST else 0


def _uuid(value: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """A file that cannot be read as what it should be is put aside, and told."""
    try:
        found = json.loads(path.read_bytes())
        if isinstance(found, Mapping) and all(isinstance(entry, dict) for entry in found.values()):
            return dict(found)
    except FileNotFoundError:
        return {}
    except ValueError:
        pass
    aside = path.with_suffix(".broken")
    path.replace(aside)
    _log.warning("%s is damaged: it is now %s, and devices get new UUIDs", path, aside.name)
    return {}


def _write(path: Path, devices: Mapping[str, Mapping[str, Any]]) -> None:
    aside = path.with_suffix(".new")
    with aside.open("w", encoding="utf-8") as file:
        json.dump(devices, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
