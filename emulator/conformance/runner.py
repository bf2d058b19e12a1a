"""Runs checks in their order: an ordinary job, direct checks, hostile ones with a sign of life after each,
invariants over all that was recorded, an ordinary job again. Everything has a bound in time."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from emulator.clauses.clause import Clause, Grade
from emulator.conformance.check import Check, Direct, When
from emulator.conformance.expect import TIMED_OUT
from emulator.conformance.judged_peer import JudgedPeer
from emulator.conformance.speaker import on_behalf
from emulator.conformance.verdict import (
    Departure,
    Evidence,
    Inconclusive,
    Judged,
    NotApplicable,
    NotRun,
    OwnMistake,
    verdict_of_departure,
)
from emulator.environment.exit_codes import LabError
from emulator.reports.verdict import Verdict

FIRST: Final = "ordinary-job/first"
LAST: Final = "ordinary-job/last"
ORDINARY: Final = {
    FIRST: "One whole job, before anything else: found, created, ended, completed.",
    LAST: "One whole job, after everything else: the peer was running and kept running.",
}
"""Lines of a report that stand for no clause."""
SLOW_SECONDS: Final = 900.0
_SILENCES: Final = 3
"""Time-outs in a row after which a sign of life is asked for."""
_LIFE_PAUSES: Final = (0.0, 0.5, 2.0, 5.0)

Heard = Callable[[Judged], None]


@dataclass(slots=True)
class Run:
    """What has come of it."""

    judged: list[Judged] = field(default_factory=list)
    first_failure: Exception | None = None
    """Why the first ordinary job could not be had; None where it could."""

    def verdict(self, id: str) -> Verdict | None:
        """The verdict of that id; None where it was not run."""
        return next((each.verdict for each in self.judged if each.id == id), None)


class Runner:
    """Runs checks against one peer."""

    def __init__(
        self,
        peer: JudgedPeer,
        checks: Sequence[Check],
        heard: Heard = lambda _: None,
        *,
        begins: Callable[[str], None] = lambda _: None,
        shuffle: int | None = None,
        seconds: float | None = None,
    ) -> None:
        """These are its parameters.

        - `checks`: in their order.
        - `heard`: told of each verdict as soon as it is there.
        - `begins`: told of each id before it runs.
        - `shuffle`: runs direct checks in another order, by that seed.
        - `seconds`: longest time for one check; None: as the peer has it.
        """
        self._peer = peer
        self._checks = list(checks)
        if shuffle is not None:
            random.Random(shuffle).shuffle(self._checks)  # noqa: S311
        self._heard = heard
        self._begins = begins
        self._seconds = peer.longest_check if seconds is None else seconds
        self._run = Run()
        self._provoked: dict[Direct, Exception | None] = {}
        """What was brought about for invariants, and the judge's mistake in doing so; None where it made none."""
        self._dead = ""
        """Why nothing more can be asked; '' while it can."""
        self._hurt: Evidence | None = None
        """What has shown that a hostile check has hurt the peer."""

    async def run(self) -> Run:
        """All of it. Whoever interrupts it leaves no open job at the server. Raises LabError where what the judge
        itself needs cannot be had."""
        try:
            return await self._all()
        except asyncio.CancelledError:
            await self._peer.clear_away()
            raise

    async def _all(self) -> Run:
        if not await self._ordinary(FIRST):
            if isinstance(self._run.first_failure, Departure):
                await self._peer.clear_away()
            return self._run
        for when in (When.DIRECT, When.HOSTILE):
            for each in self._of(when):
                await self._direct(each)
        for each in self._of(When.INVARIANT):
            await self._provoke(each)
        for each in self._of(When.INVARIANT):
            self._tell(await self._judge(each.id, self._invariant(each), each.clause))
        if not self._dead:
            await self._peer.clear_away()
        if self._peer.ends_with_ordinary_job:
            await self._ordinary(LAST)
        return self._run

    def _of(self, when: When) -> list[Check]:
        return [each for each in self._checks if each.when is when]

    # The ordinary job

    async def _ordinary(self, id: str) -> bool:
        """Run one; whether it came to a good end."""

        async def whole() -> str:
            if self._hurt is not None:
                # Whatever the clause is worth by which it was hurt: it does not go on.
                shown = self._peer.numbered(self._hurt.exchanges)
                raise Departure(self._dead, "an ordinary job, as at the beginning", shown)
            if self._dead:
                raise NotRun(self._dead)
            return await self._peer.ordinary_job(first=id == FIRST)

        judged = await self._judge(id, whole())
        self._tell(judged)
        return judged.verdict is Verdict.PASSED

    # Direct checks

    async def _direct(self, each: Check) -> None:
        judged = await self._judge(each.id, self._asked(each), each.clause)
        if not self._dead:
            judged = await self._tidied(judged)
        if each.when is When.HOSTILE and not self._dead and not await self._lives():
            # Whoever hurts the peer is named; what comes behind cannot be asked any more.
            self._dead = f"{self._peer.called} has given no sign of life since {each.id}"
            found = Evidence(self._dead, f"{self._peer.called} goes on", exchanges=judged.evidence.exchanges)
            self._hurt = found
            judged = replace(judged, verdict=verdict_of_departure(each.clause), evidence=found)
        elif (
            judged.verdict is Verdict.INCONCLUSIVE and not self._dead and self._silent() and not await self._lives()
        ):
            self._dead = f"{self._peer.called} does not answer any more"
        self._tell(judged)

    async def _tidied(self, judged: Judged) -> Judged:
        """The verdict once the peer is tidied; a mistake of the judge in tidying takes its place."""
        try:
            await self._peer.tidy()
        except Exception as error:
            verdict, found = _verdict_of(error, None)
            return replace(judged, verdict=verdict, evidence=replace(found, exchanges=judged.evidence.exchanges))
        return judged

    async def _asked(self, each: Check) -> str | None:
        if self._dead:
            raise NotRun(self._dead)
        assert each.run is not None
        async with asyncio.timeout(SLOW_SECONDS if each.slow else self._seconds):
            return await each.run(self._peer)

    def _silent(self) -> bool:
        last = [each for each in self._peer.recording if not each.incoming][-_SILENCES:]
        return all(each.error for each in last)

    async def _lives(self) -> bool:
        with on_behalf("a sign of life"):
            for pause in _LIFE_PAUSES:
                await asyncio.sleep(pause)
                if await self._peer.is_alive():
                    return True
        return False

    # Invariants

    async def _provoke(self, each: Check) -> None:
        """Bring about what an invariant looks at: each situation once, whoever wants it."""
        if each.provoke is None or self._dead or each.provoke in self._provoked:
            return
        self._provoked[each.provoke] = None
        with on_behalf(each.id):
            try:
                async with asyncio.timeout(self._seconds):
                    await each.provoke(self._peer)
            except (Departure, Inconclusive, NotApplicable, NotRun, TimeoutError):
                return  # then nothing of the kind was seen, which is said
            except Exception as error:
                self._provoked[each.provoke] = error

    async def _invariant(self, each: Check) -> str:
        assert each.over is not None and each.invariant is not None
        if each.provoke is not None and (mistake := self._provoked.get(each.provoke)) is not None:
            raise mistake
        seen = list(each.over(self._peer.recording))
        if not seen:
            raise NotRun(self._dead or "no message of this kind was seen")
        departed = []
        for exchange in seen:
            try:
                each.invariant(exchange)
            except Departure as error:
                departed.append(error)
        if departed:
            first = departed[0]
            if len(departed) > 1:
                first.evidence = replace(
                    first.evidence,
                    met=f"{first.evidence.met} (and in {len(departed) - 1} more of {len(seen)})",
                    exchanges=tuple(number for error in departed[:5] for number in error.evidence.exchanges),
                )
            raise first
        return f"so in {len(seen)}"

    # Verdicts

    async def _judge(self, id: str, doing: Awaitable[str | None], clause: Clause | None = None) -> Judged:
        """The verdict of one check; whoever calls it tells it. `clause`: None of an ordinary job."""
        self._begins(id)
        begun = time.perf_counter()
        before = len(self._peer.recording.exchanges)
        failure: Exception | None = None
        with on_behalf(id):
            try:
                said = await doing
            except LabError:
                raise
            except Exception as error:
                failure = error
        own = tuple(each.number for each in self._peer.recording.exchanges[before:] if each.check == id)
        may = clause is not None and clause.grade is Grade.MAY
        if failure is None:
            verdict = Verdict.OBSERVED if may else Verdict.PASSED
            found = Evidence(("yes: " if may else "") + (said or "as the clause says"), exchanges=own)
        else:
            verdict, found = _verdict_of(failure, clause)
            found = replace(found, exchanges=found.exchanges or own)
            if verdict is Verdict.OBSERVED:
                found = replace(found, met=f"no: {found.met}")
        if id == FIRST:
            self._run.first_failure = failure
        return Judged(id, verdict, round((time.perf_counter() - begun) * 1000), found)

    def _tell(self, judged: Judged) -> None:
        self._run.judged.append(judged)
        self._heard(judged)


def _verdict_of(error: Exception, clause: Clause | None) -> tuple[Verdict, Evidence]:
    match error:
        case Departure():
            return Verdict.FAILED if clause is None else verdict_of_departure(clause), error.evidence
        case NotApplicable():
            return Verdict.NOT_APPLICABLE, error.evidence
        case NotRun():
            return Verdict.NOT_RUN, error.evidence
        case Inconclusive():
            return Verdict.INCONCLUSIVE, error.evidence
        case TimeoutError():
            return Verdict.INCONCLUSIVE, Evidence(f"{TIMED_OUT}: it took more than its time")
        case OwnMistake():
            return Verdict.ERROR, Evidence(str(error))
    return Verdict.ERROR, Evidence(f"a mistake of the judge: {type(error).__name__} in {_where(error)}: {error}")


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "the judge" if trace is None else trace.tb_frame.f_code.co_name
