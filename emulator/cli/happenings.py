"""What `run` and `server` say while they run, a line each: sheets loaded, conditions, jobs, what is delivered
where. `-v` says more, `-q` nothing; a program reads the journal."""

from __future__ import annotations

import logging
import select
import sys
from typing import Final

from emulator.cli.running import until_command_ends
from emulator.layers import EVERYWHERE
from emulator.trace.journal import Entry, Journal
from emulator.trace.kinds import EntryKind
from emulator.trace.lines import timed
from emulator.trace.points import HAPPENED, Happened
from emulator.trace.who import several

_FINAL: Final = frozenset({"Completed", "Aborted", "Canceled", "Cancelled"})
"""States in which a scan job or a post-scan job has ended."""
_TOLD: Final = frozenset({EntryKind.JOB, EntryKind.INPUT, EntryKind.CONDITION, EntryKind.DELIVERY})


def tell_happenings() -> None:
    """Show what happens until the command ends. Nothing is shown where `-v` tells the same and more."""
    if logging.getLogger("emulator").level in (logging.INFO, logging.DEBUG):
        return
    journal = Journal(size=1)  # it is shown at once, and read by nobody afterwards
    journal.listen(_tell)

    def heard(happened: Happened) -> None:
        journal.add(happened)

    until_command_ends(EVERYWHERE.listen(HAPPENED, heard))


def _tell(entry: Entry) -> None:
    if not is_told(entry) or not _taken_at_once():
        return
    sys.stdout.write("".join(f"{line}\n" for line in timed(entry, whose=several())))
    sys.stdout.flush()


def is_told(entry: Entry) -> bool:
    """Return whether a person wants to hear of it who has not asked for more."""
    if entry.embedded:  # its job tells all else
        return entry.kind is EntryKind.DELIVERY
    if entry.kind is EntryKind.STATE:
        return entry.data["of"] in ("scan job", "post-scan job") and entry.data["state"] in _FINAL
    return entry.kind in _TOLD


def _taken_at_once() -> bool:
    """Return whether stdout takes a line without waiting: devices and servers do not stand still because a pipe is
    full that nobody reads, or a terminal is held."""
    if sys.platform == "win32":  # where one cannot ask
        return sys.stdout.isatty()
    try:
        return bool(select.select([], [sys.stdout.fileno()], [], 0)[1])
    except (OSError, ValueError):  # no descriptor: text that is kept in memory
        return True
