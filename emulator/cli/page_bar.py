"""The progress bar of commands that make pages: pages, octets, rate."""

from __future__ import annotations

import sys
import time
from typing import Final

from emulator.cli.output import human_bytes


class PageBar:
    """See start_bar. Ends with stop()."""

    def __init__(self, total: int, *, stderr: bool) -> None:
        # Imported here: who has no terminal does not wait for it.
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._begin = time.monotonic()
        self._progress = Progress(
            TextColumn("  page {task.completed:.0f} of {task.total:.0f}"),
            BarColumn(),
            TextColumn("{task.fields[bytes]}  {task.fields[rate]}"),
            console=Console(stderr=stderr),
            # What is printed meanwhile comes to stand above the bar; what goes to a file stays away from it.
            redirect_stdout=sys.stdout.isatty(),
            redirect_stderr=sys.stderr.isatty(),
        )
        self._task = self._progress.add_task("", total=total, bytes="", rate="")
        self._progress.start()
        _shown.append(self)

    def move(self, pages: int, octets: int) -> None:
        """So many pages are done."""
        seconds = max(time.monotonic() - self._begin, 0.001)
        self._progress.update(
            self._task, completed=pages, bytes=human_bytes(octets), rate=f"{pages / seconds:.0f} pages/s"
        )

    def stop(self) -> None:
        """What is printed next stands below it."""
        if self in _shown:
            _shown.remove(self)
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
