"""What comes along, copied to a folder of the user's own: sample pages, device profiles, document sets, templates,
scenarios, and an office of users and scan processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from emulator.environment.exit_codes import LabError
from emulator.environment.whole_file import not_written, part_of
from emulator.resources import resource_folder

_FOLDERS: Final[tuple[Literal["profiles", "sample_images"], ...]] = ("profiles", "sample_images")
_NOT_COPIED: Final = frozenset({".py", ".pyc"})
"""The programs that made them are the project's."""


@dataclass
class Samples:
    """What was copied. Paths are relative to `folder`, in the form of POSIX."""

    folder: Path
    written: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    """Files that were there already, octet for octet."""

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {"folder": str(self.folder), "written": self.written, "there": self.there}


def copy_samples(folder: Path, *, overwrite: bool) -> Samples:
    """Copy all that comes along to `folder`, as `sample_images` and `profiles`. A file that is there with other
    content is replaced only with `overwrite`; without it nothing is written then. Raises LabError."""
    done = Samples(folder)
    wanted = {f"{name}/{below}": data for name in _FOLDERS for below, data in _files(resource_folder(name))}
    others = []
    for name, data in wanted.items():
        path = folder / name
        try:
            if not path.exists():
                done.written.append(name)
            elif path.read_bytes() == data:
                done.there.append(name)
            else:
                others.append(name)
        except OSError as error:
            raise not_written(path, error) from None
    if others and not overwrite:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        raise LabError(
            f"{folder}: files with other content are there already: {others[0]}{more}",
            hint="--overwrite replaces them; or name another folder",
        )
    done.written += others
    for name in done.written:
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part_of(path) as part:
                part.write_bytes(wanted[name])
        except OSError as error:
            raise not_written(path, error) from None
    return done


def _files(source: Path) -> list[tuple[str, bytes]]:
    """Name below the folder, and content, of each file that is copied."""
    found = [path for path in sorted(source.rglob("*")) if path.is_file() and path.suffix not in _NOT_COPIED]
    return [(path.relative_to(source).as_posix(), path.read_bytes()) for path in found]
