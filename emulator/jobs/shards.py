"""Shards of a run of `render`: pages A to B of a set, with the numbers and octets that they have in the whole, each
in a folder of its own; and the folder that joins them.

What a folder's pages are of stands in the record that prepare_page_folder leaves: program, settings, which pages of
how many. So shards of other runs are told apart, wherever they were made and in whichever order they come.
"""

from __future__ import annotations

import dataclasses
import filecmp
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.whole_file import not_written, part_of
from emulator.jobs.documents import TRUTH_ENDINGS, page_stem
from emulator.jobs.page_folder import prepare_page_folder, read_record
from emulator.jobs.set_files import SetFiles
from emulator.options.render import RenderOptions
from emulator.wsscan.values.ticket import EffectiveTicket

_SHOWN: Final = 3
"""Of what is alike not more are named."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a folder's pages are of."""

    version: str
    """Of the program."""
    first: int
    last: int
    of: int
    """Pages of the whole."""
    suffix: str
    """Of the image files, with its point."""
    sets: SetFiles
    """What stands beside the pages."""
    settings: Mapping[str, Any]
    """All that decides what the pages are, by name; JSON."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as it stands in the record."""
        return {**dataclasses.asdict(self), "settings": dict(self.settings)}

    @classmethod
    def read(cls, folder: Path) -> RunRecord:
        """Raises LabError for a folder without pages of `render`."""
        found = read_record(folder).get("run")
        try:
            if not isinstance(found, dict):
                raise ValueError("no record")
            record = cls(**{**found, "sets": SetFiles(**found["sets"])})
            if not 1 <= record.first <= record.last <= record.of:
                raise ValueError("no range")
            return record
        except (TypeError, ValueError, KeyError):
            raise LabError(
                f"{folder}: no pages that render --page-range has written",
                hint="name the folders that the shards were written to (their --output)",
            ) from None

    def files_of(self, number: int) -> list[str]:
        """Names of the files of page `number`."""
        stem = page_stem(number)
        truth, alto, hocr = TRUTH_ENDINGS
        endings = [truth] * self.sets.truth + [alto] * self.sets.alto + [hocr] * self.sets.hocr
        return [f"{stem}{ending}" for ending in (self.suffix, *endings)]

    def images(self) -> set[str]:
        """Names of the image files of the run's pages."""
        return {f"{page_stem(number)}{self.suffix}" for number in range(self.first, self.last + 1)}

    def names(self) -> list[str]:
        """Names of all files of the run's pages."""
        return [name for number in range(self.first, self.last + 1) for name in self.files_of(number)]


def settings_of(options: RenderOptions, profile: str, ticket: EffectiveTicket) -> dict[str, Any]:
    """What decides the pages of a run; a file that is named counts by its content. Raises OSError."""
    date = options.date
    return {
        "documents": _named(options.documents),
        "template": _named(options.template),
        "data": _named(options.data),
        "language": options.language,
        "files": [str(file) for file in options.files],
        "repeat": options.repeat,
        "seed": options.seed,
        "look": options.look,
        "date": None if date is None else date.isoformat(),
        "profile": profile,
        "ticket": json.loads(json.dumps(dataclasses.asdict(ticket), default=str)),
    }


def _named(name: str | Path | None) -> str | None:
    if name is None or not Path(name).is_file():
        return None if name is None else str(name)
    return hashlib.sha256(Path(name).read_bytes()).hexdigest()


@dataclass(slots=True)
class Collected:
    """The folder that joins shards."""

    folder: Path
    shards: int
    pages: int
    warnings: list[str] = field(default_factory=list)
    """Pages that came twice, one line for each two shards."""
    gallery: Path | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "folder": str(self.folder),
            "shards": self.shards,
            "pages": self.pages,
            "warnings": self.warnings,
            "gallery": None if self.gallery is None else str(self.gallery),
        }


def require_alone(options: RenderOptions) -> None:
    """Raise LabError for options that --collect has no use for: the shards say how their pages were made."""
    own = {"files", "output", "overwrite", "collect"}
    usual = RenderOptions()
    for name in RenderOptions.model_fields:
        if name not in own and getattr(options, name) != getattr(usual, name):
            flag = "--" + name.replace("_", "-")
            raise LabError(f"--collect joins pages that there are: {flag} does not go with it")


def collect(folders: Sequence[Path], output: Path, *, overwrite: bool) -> Collected:
    """Join shards into the folder `output`, as one run would have left it; they stay. Raises LabError: shards of
    different runs, pages that are missing or that two have otherwise, and what cannot be written."""
    if not folders:
        raise LabError("--collect joins the folders of shards: name them")
    if any(folder.resolve() == output.resolve() for folder in folders):
        raise LabError(f"--output {output}: it is one of the shards", hint="--output names a folder of its own")
    records = [(folder, RunRecord.read(folder)) for folder in folders]
    first_folder, first = records[0]
    for folder, record in records[1:]:
        _require_same(first_folder, first, folder, record)
    collected = Collected(output, len(records), first.of)
    try:
        places = _places(records, collected)
        whole = dataclasses.replace(first, first=1, last=first.of)
        names = [*whole.names(), *first.sets.names(first.of)]
        prepare_page_folder(output, names, "--output", overwrite=overwrite, run=whole.as_dict())
        for number in range(1, first.of + 1):
            for name in first.files_of(number):
                with part_of(output / name) as part:
                    _placed(places[number] / name, part)
        images = [output / f"{page_stem(number)}{first.suffix}" for number in range(1, first.of + 1)]
        collected.gallery = first.sets.write(output, images)
    except OSError as error:
        raise not_written(output, error, "--output") from None
    return collected


def _require_same(first_folder: Path, first: RunRecord, folder: Path, record: RunRecord) -> None:
    """Raises LabError that names the first few differences."""
    one, other = (
        {"version": each.version, "pages": each.of, **_flat(each.settings), **dataclasses.asdict(each.sets)}
        for each in (first, record)
    )
    apart = [
        f"{name} is {other.get(name)!r} in {folder} and {one.get(name)!r} in {first_folder}"
        for name in dict.fromkeys([*one, *other])
        if one.get(name) != other.get(name)
    ]
    if apart:
        more = f", and {len(apart) - _SHOWN} more" if len(apart) > _SHOWN else ""
        raise LabError(f"shards of different runs: {'; '.join(apart[:_SHOWN])}{more}", ExitCode.FAILED)


def _flat(settings: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{before}{name}.")
        else:
            found[f"{before}{name}"] = value
    return found


def _places(records: Sequence[tuple[Path, RunRecord]], collected: Collected) -> dict[int, Path]:
    """The shard that each page is taken from. Raises LabError, OSError."""
    places: dict[int, Path] = {}
    doubles: dict[tuple[Path, Path], list[int]] = {}
    for folder, record in records:
        there = {path.name for path in folder.iterdir()}
        lost = [name for name in record.names() if name not in there]
        if lost:
            more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
            pages = _range(record.first, record.last)
            reason = f"{lost[0]}{more} of {pages} is not there: its run did not end"
            raise LabError(f"{folder}: {reason}", ExitCode.FAILED)
        for number in range(record.first, record.last + 1):
            other = places.setdefault(number, folder)
            if other.resolve() == folder.resolve():
                continue
            for name in record.files_of(number):
                if not filecmp.cmp(other / name, folder / name, shallow=False):
                    where = f"page {number} is in {other} and in {folder}"
                    raise LabError(f"{where}, and {name} differs", ExitCode.FAILED)
            doubles.setdefault((other, folder), []).append(number)
    missing = [number for number in range(1, collected.pages + 1) if number not in places]
    if missing:
        ranges = [_range(*each) for each in _runs(missing)]
        more = f" and {len(ranges) - _SHOWN} more gaps" if len(ranges) > _SHOWN else ""
        lacking = f"{', '.join(ranges[:_SHOWN])}{more}"
        raise LabError(f"of {collected.pages} pages no shard has {lacking}", ExitCode.FAILED)
    collected.warnings = [
        f"{', '.join(_range(*each) for each in _runs(numbers))}: in {other} and in {folder}, the same"
        for (other, folder), numbers in doubles.items()
    ]
    return places


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last of each stretch of numbers that rise."""
    first = last = numbers[0]
    for number in numbers[1:]:
        if number != last + 1:
            yield first, last
            first = number
        last = number
    yield first, last


def _range(first: int, last: int) -> str:
    return f"page {first}" if first == last else f"pages {first} to {last}"


def _placed(source: Path, target: Path) -> None:
    """The same file under another name where the disk can, else a copy."""
    with suppress(OSError):
        target.unlink(missing_ok=True)
        os.link(source, target)
        return
    shutil.copyfile(source, target)
