"""`-v` and `-vv`: the journal of the process as lines on stderr."""

from __future__ import annotations

from emulator.cli.page_bar import write_to_stderr
from emulator.layers import Unplug
from emulator.trace.journal import Entry, Journal
from emulator.trace.kinds import EntryKind
from emulator.trace.lines import CONVERSATION, timed
from emulator.trace.recording import record
from emulator.trace.who import several


def show_journal(verbosity: int) -> Unplug:
    """Show what happens in this process, until the answer is called: with 1 the steps, with 2 each message too."""
    journal = Journal(size=1)  # it is shown at once, and read by nobody afterwards

    def show(entry: Entry) -> None:
        if not _hidden(entry, verbosity):
            lines = timed(entry, whose=several())
            if verbosity == 1 and entry.kind is EntryKind.EXCHANGE:
                del lines[0]  # the answer alone
            write_to_stderr("".join(f"{line}\n" for line in lines))

    journal.listen(show)
    return record(journal)


def _hidden(entry: Entry, verbosity: int) -> bool:
    """Return whether the lines of an entry are too many. Of a scan server that runs for a job of this process only
    what it delivers is shown: all else the job tells of its own side."""
    data = entry.data
    if entry.embedded:
        return entry.kind is not EntryKind.DELIVERY
    if entry.kind is EntryKind.DEVIATION and "://" not in data["peer"]:
        return bool(data["peer"])  # of who asks us: the log warns of it, once
    if verbosity > 1:
        return False
    if entry.kind is EntryKind.EXCHANGE:
        return not (data["fault"] or data["error"])
    return entry.kind in CONVERSATION or (entry.kind is EntryKind.STEP and data["what"] == "wait")
