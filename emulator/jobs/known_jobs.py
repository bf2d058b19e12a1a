"""Which other jobs have sent to a store: their manifests lie in it, beside those that are judged, or in the user's
state folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emulator.environment.state import state_folder
from emulator.jobs.manifest import Manifest, ManifestError, is_manifest, read_manifest
from emulator.jobs.manifest_files import manifest_folder
from emulator.jobs.store_files import manifests_in

_CLOCK_STEP: Final = 2.0
"""Seconds: the coarsest time of a file (FAT)."""


@dataclass(frozen=True, slots=True)
class KnownJob:
    """A job that is not judged, but explains files."""

    manifest: Manifest
    until: float | None = None
    """When the job had ended (Unix time): younger files are not explained by their content. None: its manifest
    lies in the store itself, and no more is asked."""


def known_jobs(
    paths: Sequence[Path], judged: Sequence[Manifest], folder: Path, state: Path | None = None
) -> list[KnownJob]:
    """The other jobs of the store `folder`; `paths` and `judged` are the manifests that are looked at. A manifest
    that cannot be read explains nothing. Raises OSError."""
    seen = {path.resolve() for path in paths}
    servers = {server for each in judged if (server := each.server)}
    found: list[KnownJob] = []
    for path in manifests_in(folder):
        if (resolved := path.resolve()) not in seen:
            seen.add(resolved)
            found += [KnownJob(manifest) for manifest in _read(path)]
    kept = {path.resolve().parent for path in paths} | {manifest_folder(state_folder(state)).resolve()}
    for elsewhere in sorted(kept):
        for path in sorted(elsewhere.glob("*.jsonl")) if elsewhere.is_dir() else ():
            if (resolved := path.resolve()) in seen or not is_manifest(path):
                continue
            seen.add(resolved)
            for manifest in _read(path):
                # Of the same server, or of one that told where it stored; which then decides by itself.
                if manifest.server in servers or (manifest.places and not _lie_elsewhere(manifest, folder)):
                    ended = path.stat().st_mtime + _CLOCK_STEP
                    found.append(KnownJob(manifest, ended if manifest.server in servers else 0.0))
    return found


def _lie_elsewhere(manifest: Manifest, folder: Path) -> bool:
    """Return whether all its images are there, at the places that it names, and none of them lies in `folder`: its
    places end like files of that one, which nevertheless are not its own."""
    paths = [Path(place) for place in manifest.places]
    root = folder.resolve()
    try:
        return all(path.is_file() and not path.resolve().is_relative_to(root) for path in paths)
    except (OSError, ValueError):  # a URL, a UNC path, a name too long
        return False


def _read(path: Path) -> list[Manifest]:
    try:
        return [read_manifest(path)]
    except ManifestError:
        return []
