"""`--report DIR`: the folder of a run's reports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emulator.environment.whole_file import not_written, part_of, require_free
from emulator.reports.files import FILES, JUNIT, RESULTS
from emulator.reports.junit import junit_of
from emulator.reports.reading import read_results
from emulator.reports.result import Header
from emulator.reports.writing import LinesNotWritten, ResultLines

_OPTION = "--report"


@contextmanager
def report_lines(header: Header, folder: Path | None, *, overwrite: bool = False) -> Iterator[ResultLines]:
    """Within: where the results of a run go. At the end, with a footer or without, junit.xml is made of what then
    stands in results.jsonl.

    - `folder`: None: they are kept in memory alone;
    - `overwrite`: files of an earlier run in that folder are replaced, those too that this run will not write.

    Raises LabError for files that are there, and where nothing can be written.
    """
    if folder is None:
        yield ResultLines(header)
        return
    for name in FILES:
        require_free(folder / name, _OPTION, overwrite=overwrite)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:  # else a run that is killed would leave an earlier one's junit.xml
            (folder / name).unlink(missing_ok=True)
        lines = ResultLines(header, folder / RESULTS)
    except OSError as error:
        raise not_written(folder, error, _OPTION) from None
    try:
        with lines:
            yield lines
    except LinesNotWritten as error:
        raise not_written(folder / RESULTS, error, _OPTION) from None
    finally:
        write_junit(folder)


def write_junit(folder: Path) -> None:
    """Make junit.xml of a folder anew from its results.jsonl. Raises LabError; ReportError for lines that say what
    no run says."""
    report = read_results(folder / RESULTS)
    try:
        with part_of(folder / JUNIT) as part:
            part.write_bytes(junit_of(report))
    except OSError as error:
        raise not_written(folder / JUNIT, error, _OPTION) from None
