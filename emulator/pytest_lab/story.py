"""What has happened in a lab during one test: for people, and what is to be said against the peer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from emulator.trace.journal import Entry
from emulator.trace.kinds import EntryKind
from emulator.trace.lines import CONVERSATION, lines_of, timed

EXCHANGES: Final = 20
"""Exchanges that are shown, the last ones."""
ENTRIES: Final = 40
"""Other entries that are shown, the last ones."""

_HTTP: Final = frozenset({EntryKind.EXCHANGE, EntryKind.EVENT})


@dataclass(frozen=True, slots=True)
class Story:
    """The entries of a test's journal, in order."""

    entries: Sequence[Entry]
    lost: int = 0
    """That the journal has no room for any more."""

    @property
    def own_jobs(self) -> frozenset[str]:
        """JobTokens of the post-scan jobs of the lab's own scanners."""
        return frozenset(each.job for each in self.entries if each.job and not each.embedded)

    @property
    def told_once(self) -> list[Entry]:
        """Entries without doubles: where a device of ours and the embedded scan server have told the same, the
        device's; of jobs of others all that the server told."""
        own = self.own_jobs
        by_device = Counter(_both(each) for each in self.entries if each.kind in _HTTP and not each.embedded)
        kept = []
        for each in self.entries:
            if each.embedded and each.kind in _HTTP:
                if by_device[_both(each)] > 0:
                    by_device[_both(each)] -= 1
                    continue
            elif each.embedded and each.job in own and each.kind is not EntryKind.DELIVERY:
                continue
            kept.append(each)
        return kept

    def conversation(self) -> list[str]:
        """The last exchanges, request and answer a line each."""
        messages = [each for each in self.told_once if each.kind in CONVERSATION]
        return _lines(messages, EXCHANGES, "messages")

    def happened(self) -> list[str]:
        """The last of all other entries."""
        others = [each for each in self.told_once if each.kind not in CONVERSATION]
        lines = _lines(others, ENTRIES, "entries")
        return [f"{self.lost} entries are lost", *lines] if self.lost else lines

    def deviations(self) -> list[str]:
        """Every deviation that was met, whoever's it was and whether it was meant or not; each once."""
        return list(dict.fromkeys(told(each) for each in self.told_once if each.kind is EntryKind.DEVIATION))

    def peer_deviations(self, *, on_purpose: bool, elsewhere: bool) -> list[Entry]:
        """Entries of deviations that somebody else's device, client or scan server has made.

        - `on_purpose`: a fault plan or a habit has ours depart from the documents.
        - `elsewhere`: jobs go to somebody else's scan server.
        """
        own = self.own_jobs
        return [
            each
            for each in self.entries
            if each.kind is EntryKind.DEVIATION and _of_peer(each, own, on_purpose=on_purpose, elsewhere=elsewhere)
        ]


def _of_peer(entry: Entry, own_jobs: Collection[str], *, on_purpose: bool, elsewhere: bool) -> bool:
    if entry.embedded:  # the embedded scan server has read it
        if entry.job:
            return entry.job not in own_jobs
        return not on_purpose  # before there is a job nobody can tell whose it is; ours is right unless it is meant
    if entry.job:  # a device of ours has read the scan server's answer
        return elsewhere
    return not on_purpose


def _both(entry: Entry) -> tuple[object, ...]:
    data = entry.data
    return data["operation"], data["where"], data["request_octets"], data["answer_octets"]


def _lines(entries: Sequence[Entry], most: int, what: str) -> list[str]:
    left_out = len(entries) - most
    shown = [line for entry in entries[-most:] for line in timed(entry)]
    return [f"the last {most} of {len(entries)} {what}:", *shown] if left_out > 0 else shown


def told(entry: Entry) -> str:
    """An entry in one line, without its time."""
    return " ".join(lines_of(entry))
