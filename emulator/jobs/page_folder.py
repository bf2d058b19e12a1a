"""A folder that pages or truths are written to: what an earlier run left in it is not mixed with what comes.

A run notes in a hidden file which names are its own, so that the next one removes these and nothing of others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, Final

from emulator.environment.exit_codes import LabError
from emulator.environment.whole_file import not_written, part_of

RECORD: Final = ".dsm-emulator-pages.json"
_PAGE: Final = re.compile(r"(?:page-\d{4,}|pages|set)\.[a-z0-9.]+\Z")
"""What a run names its files; of runs that left no record."""


def prepare_page_folder(
    folder: Path,
    names: Iterable[str],
    option: str,
    *,
    overwrite: bool,
    run: Mapping[str, Any] | None = None,
) -> None:
    """Make the folder ready for files of those names (POSIX paths below it), and note them.

    Pages of an earlier run, and files of the same names, are refused without `overwrite`; with it those of the
    earlier run are removed, and others stay. Raises LabError.

    - `folder`: is made where there is none.
    - `names`: of the files to come.
    - `option`: which names the folder.
    - `overwrite`: whether what is in the way goes.
    - `run`: JSON; what the pages are of.
    """
    wanted = list(dict.fromkeys(names))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        recorded = _recorded(folder)
        old = [name for name in recorded if (folder / name).is_file()]
        in_the_way = old or [name for name in wanted if (folder / name).is_file()]
        if not recorded:
            in_the_way = in_the_way or sorted(each.name for each in folder.iterdir() if _PAGE.match(each.name))
        if in_the_way and not overwrite:
            more = f" and {len(in_the_way) - 1} more" if len(in_the_way) > 1 else ""
            raise LabError(
                f"{option} {folder}: pages of an earlier run lie there: {in_the_way[0]}{more}",
                hint=f"--overwrite replaces them, {option} names another folder",
            )
        for name in old:
            (folder / name).unlink(missing_ok=True)
        for parent in {str(PurePosixPath(name).parent) for name in old} - {"."}:
            with suppress(OSError):  # others may have put something there
                (folder / parent).rmdir()
        with part_of(folder / RECORD) as part:
            record = {"files": wanted} if run is None else {"files": wanted, "run": run}
            part.write_text(json.dumps(record, indent=1), encoding="utf-8")
    except OSError as error:
        raise not_written(folder, error, option) from None


def read_record(folder: Path) -> Mapping[str, Any]:
    """What the run that wrote to a folder has left; empty where none has. Raises OSError."""
    try:
        found = json.loads((folder / RECORD).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _recorded(folder: Path) -> list[str]:
    """The names that an earlier run noted; only such as lie below the folder."""
    found = read_record(folder).get("files")
    names = [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
    paths = [(name, PurePosixPath(name)) for name in names]
    return [name for name, path in paths if path.parts and not path.is_absolute() and ".." not in path.parts]
