"""The progress bar of commands that make pages: pages, octets, rate; and what it waits for, where it waits."""

from __future__ import annotations

import sys
import time
from typing import Final

from emulator.cli.output import human_bytes

_LEAST, _MOST = 6, 40
"""Cells of the bar itself."""
_WORDS: Final = 44
"""Cells that are left to the words beside it before the bar takes any more."""


class PageBar:
    """See start_bar. Ends with stop()."""

    def __init__(self, total: int, *, stderr: bool) -> None:
        # Imported here: who has no terminal does not wait for it.
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn
        from rich.table import Column

        self._begin = time.monotonic()
        console = Console(stderr=stderr)
        pages = f"  page {total} of {total}"
        bar = max(_LEAST, min(_MOST, console.width - len(pages) - _WORDS))
        self._progress = Progress(
            TextColumn(
                "  page {task.completed:.0f} of {task.total:.0f}",
                table_column=Column(no_wrap=True, min_width=len(pages)),
            ),
            BarColumn(bar_width=bar),
            # One line whatever is told: what does not fit is cut, for a line that wraps is never wiped away.
            TextColumn(
                "{task.fields[words]}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")
            ),
            console=console,
            # What is printed meanwhile comes to stand above the bar; what goes to a file stays away from it.
            redirect_stdout=sys.stdout.isatty(),
            redirect_stderr=sys.stderr.isatty(),
        )
        self._rate = ""
        self._waits_for = ""
        self._task = self._progress.add_task("", total=total, words="")
        self._progress.start()
        _shown.append(self)

    def move(self, pages: int, octets: int) -> None:
        """So many pages are done."""
        seconds = max(time.monotonic() - self._begin, 0.001)
        self._rate = f"{human_bytes(octets)}  {pages / seconds:.0f} pages/s"
        self._progress.update(self._task, completed=pages, words=self._waits_for or self._rate)

    def wait(self, words: str) -> None:
        """Say what it waits for; '' where it does not."""
        self._waits_for = words
        self._progress.update(self._task, words=words or self._rate)

    def stop(self) -> None:
        """What is printed next stands below it."""
        if self in _shown:
            _shown.remove(self)
        self._waits_for = ""
        self._progress.update(self._task, words=self._rate)
        self._progress.stop()

    def print_above(self, text: str) -> None:
        """Lines that are wrapped by the terminal alone, so that a line stays one where it is copied."""
        self._progress.console.print(text, markup=False, highlight=False, emoji=False, soft_wrap=True, end="")


_shown: Final[list[PageBar]] = []
"""The bar that is on the screen; at most one."""


def write_to_stderr(text: str) -> None:
    """Write whole lines, above the bar where one is shown. In one piece, so that lines of threads do not mix."""
    if _shown and sys.stderr.isatty():
        _shown[-1].print_above(text)
    else:
        sys.stderr.write(text)
        sys.stderr.flush()


def start_bar(total: int, *, stderr: bool) -> PageBar | None:
    """A bar for `total` pages on stdout (or stderr), where that is a terminal."""
    return PageBar(total, stderr=stderr) if (sys.stderr if stderr else sys.stdout).isatty() else None
