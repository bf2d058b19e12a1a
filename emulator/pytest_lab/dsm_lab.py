"""The lab of one test: made clean before it, asked after it what was wrong."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from emulator.environment.exit_codes import LabError
from emulator.jobs.outcome import ScanOutcome
from emulator.jobs.verify import Proof
from emulator.lab.blocking import BlockingLab, BlockingNetworkDevice, BlockingScanner, BlockingServer
from emulator.lab.proving import verify
from emulator.pytest_lab.dsm_scanner import DsmScanner
from emulator.pytest_lab.own_words import OwnWords
from emulator.pytest_lab.session import said
from emulator.pytest_lab.settings import LabSettings, Plan
from emulator.pytest_lab.story import Story, told
from emulator.trace.journal import Entry, Journal

if TYPE_CHECKING:
    from emulator.pytest_lab.lab_witness import LabWitness

_SHOWN: Final = 5
"""Lines of one kind of finding that a test tells."""
_OURS: Final = "dsm-emulator itself departs from the documents, which is a fault to be reported: "


class DsmLab:
    """What a test is given as `dsm_lab`. Devices that it makes are gone at its end."""

    def __init__(self, lab: BlockingLab, settings: LabSettings) -> None:
        self.lab = lab
        """The lab of the session, with all that `BlockingLab` can do."""
        self._settings = settings
        self._allowed = set(settings.allow)
        self._planned = False
        """Whether a fault plan has acted."""
        self._scanner: DsmScanner | None = None
        self._device: BlockingNetworkDevice | None = None
        self._made: list[BlockingScanner] = []
        self._ends = ExitStack()
        self._words: OwnWords | None = None
        self._begun = 0
        self._sections: list[tuple[str, str]] | None = None

    # What a test asks for

    @property
    def scanner(self) -> DsmScanner:
        """The scanner of the test, of the profile that its marker names."""
        if self._scanner is None:
            made = self.add_device(self._settings.profile)
            self._scanner = DsmScanner.of(made, self._settings.documents)
        return self._scanner

    @property
    def device(self) -> BlockingNetworkDevice:
        """A device of that profile on the network (loopback), for WS-Scan clients."""
        if self._device is None:
            self._device = self.add_network_device(self._settings.profile)
        return self._device

    @property
    def server(self) -> BlockingServer:
        """The embedded scan server from its own side. A test that asks for it is skipped where --dsm-server names
        another one."""
        if self._settings.server is not None:
            pytest.skip(f"it asks the embedded scan server, and --dsm-server names {self._settings.server}")
        return self.lab.server

    @property
    def url(self) -> str:
        """Address of the scan server that jobs go to: the embedded one, or that of --dsm-server."""
        return self.lab.url

    @property
    def ca_file(self) -> Path | None:
        """PEM of the roots that it is trusted by; None: the system's."""
        return self._settings.ca_file if self._settings.server is not None else self.lab.server.ca_file

    @property
    def documents(self) -> str | None:
        """The document set that `scanner.scan()` is of; None: synthetic letters."""
        return self._settings.documents

    @property
    def witness(self) -> LabWitness:
        """An independent client, WSDiscovery: what it makes of datagrams and of the lab's devices."""
        from emulator.pytest_lab.lab_witness import LabWitness

        return LabWitness(self.lab, multicast=self._settings.multicast)

    @property
    def journal(self) -> Journal:
        """What happens in the lab (docs/journal.md)."""
        return self.lab.journal

    def add_device(self, profile: str | PathLike[str] = "office-mfp") -> BlockingScanner:
        """One more scanner of that profile, a name or a TOML file. Raises LabError."""
        made = self.lab.add_device(profile)
        self._made.append(made)
        return made

    def add_network_device(
        self, profile: str | PathLike[str] = "office-mfp", *, name: str = "", seed: int = 0, https: bool = False
    ) -> BlockingNetworkDevice:
        """One more device on the network, as of `Lab.add_device`. Raises LabError."""
        made = self.lab.add_device(profile, network=True, name=name, seed=seed, https=https)
        self._made.append(made)
        return made

    def use_faults(self, plan: Plan | None) -> None:
        """Have this fault plan act from now on, in place of the one before: a TOML file, or its faults as tables
        (`[{"name": ..., "at": ..., "do": ...}]`); None: none. Raises LabError."""
        self.lab.change_faults(plan)
        self._planned = self._planned or plan is not None

    def allow(self, *ids: str) -> None:
        """Allow these deviations in this test."""
        self._allowed |= set(ids)

    def verify(
        self,
        job: ScanOutcome | Sequence[ScanOutcome],
        folder: str | PathLike[str] | None = None,
        *,
        copies: int | None = None,
        exact: bool = False,
    ) -> Proof:
        """Prove by content that the scan server has stored what was sent, as `emulator.verify`; where `folder` is
        not said, in the folder of --dsm-server-store."""
        where = folder
        if where is None and self._settings.server is not None:
            where = self._settings.server_store
            if where is None:
                pytest.skip("what --dsm-server stores cannot be read here: --dsm-server-store names the folder")
        return verify(job, where, copies=copies, exact=exact)

    # At its beginning and end

    def begin(self) -> str:
        """Make the lab clean and as the marker wants it; what is wrong with that, for people."""
        self._ends.callback(self._clean)
        try:
            self.lab.reset()
            self._begun = self.journal.last
            if self._settings.server is None:
                self._ends.callback(self.lab.server.layers.remembered())
            if self._settings.faults is not None:
                self.use_faults(self._settings.faults)
        except LabError as error:
            self._ends.close()
            return said(error)
        self._words = OwnWords()
        return ""

    def end(self, *, passed: bool) -> list[str]:
        """End what the test has begun; what the test must fail of, a line each. Of one that has not `passed` nobody
        asks for more than that we were right ourselves."""
        self._sections = self._told([])
        try:
            findings = self._of_ours()
            if passed:
                findings += self._of_faults() + self._of_peer()
            self._sections = self._told(findings)
        finally:
            self._ends.close()
        return findings

    def sections(self) -> list[tuple[str, str]]:
        """What a report of a test that failed tells: title and text."""
        return self._told([]) if self._sections is None else self._sections

    def _told(self, findings: Sequence[str]) -> list[tuple[str, str]]:
        story = self._story()
        deviations = story.deviations() + [line for line in findings if line.startswith(_OURS)]
        texts = {
            "DSM conversation": story.conversation(),
            "Deviations": deviations,
            "Journal": story.happened(),
        }
        return [(title, "\n".join(lines)) for title, lines in texts.items() if lines]

    def _story(self) -> Story:
        news = self.journal.since(self._begun)
        return Story(news.entries, news.lost)

    def _of_ours(self) -> list[str]:
        words, self._words = self._words, None
        return [] if words is None else _first([f"{_OURS}{each}" for each in words.problems()])

    def _of_faults(self) -> list[str]:
        return [f"the fault {name!r} has never happened: may_miss = true lets it" for name in self.lab.unfired]

    def _of_peer(self) -> list[str]:
        if not self._settings.peer_fails:
            return []
        found = self._peer_deviations()
        return _first(list(dict.fromkeys(told(each) for each in found)))

    def _peer_deviations(self) -> list[Entry]:
        with_habits = any(each.profile.habits for each in self._made)
        on_purpose = self._planned or self.lab._lab.disturbances.wanted or with_habits
        found = self._story().peer_deviations(on_purpose=on_purpose, elsewhere=self._settings.server is not None)
        return [each for each in found if each.data["id"] not in self._allowed]

    def _clean(self) -> None:
        for device in reversed(self._made):
            device.remove()
        self._made.clear()
        self.lab.change_faults(None)
        self.lab.reset()

    def __repr__(self) -> str:
        return f"<DsmLab {self.url}>"


def _first(lines: list[str]) -> list[str]:
    more = len(lines) - _SHOWN
    return [*lines[:_SHOWN], f"and {more} more"] if more > 0 else lines
