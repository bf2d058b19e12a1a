"""A sequencer that is played through by hand: what it is told, and the steps that it takes."""

from __future__ import annotations

from dataclasses import dataclass, field

from emulator.dsm.job_status import FilterStatus, JobStatus
from emulator.dsm.sequence_steps import (
    Acknowledge,
    Acknowledged,
    Answered,
    Content,
    Event,
    NewDocument,
    NextDocument,
    NoMoreDocuments,
    Operation,
    SendRequest,
    Step,
    Trouble,
    Wait,
    Waited,
)
from emulator.dsm.sequence_table import Result
from emulator.dsm.sequencer import Sequencer

SERVICE = "https://dsm1:5362/ScanServer/1"
TOKEN = "264a19bf-3604-4603-b59d-b47e0f669a1e"


FILTERS = {"Completed": "CompletedSuccessfully", "Aborted": "Canceled", "Canceled": "Canceled"}


def status(state: str, images: int = 0, *reasons: str, filters: tuple[str, ...] = ()) -> JobStatus:
    filters = filters or (FILTERS.get(state, "Pending"),)
    return JobStatus(
        job_token=TOKEN,
        job_state=state,
        job_state_reasons=tuple(reasons),
        filter_statuses=tuple(FilterStatus(dialect="urn:f", filter_state=each) for each in filters),
        images_received=images,
    )


def trouble(result: Result, *, whole: bool | None = None) -> Trouble:
    return Trouble(result, str(result), whole=result is Result.UNANSWERED if whole is None else whole)


@dataclass
class Play:
    """Feeds a sequencer and keeps its steps."""

    job: Sequencer
    step: Step = field(init=False)
    clock: float = 0.0
    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.step = self.job.start()

    def tell(self, *events: Event) -> Step:
        for event in events:
            self.step = self.job.feed(event, self.clock)
        return self.step

    def answer(self, content: Content = None) -> Step:
        assert isinstance(self.step, SendRequest), self.step
        return self.tell(Answered(content))

    def wait(self) -> Step:
        """Let all pauses pass."""
        while isinstance(self.step, Wait):
            self.waits.append(self.step.seconds)
            self.clock += self.step.seconds
            self.tell(Waited())
        return self.step

    @property
    def asks(self) -> Operation:
        assert isinstance(self.step, SendRequest), self.step
        return self.step.operation

    def documents(self, count: int) -> None:
        """From NextDocument through `count` documents that go well."""
        for _ in range(count):
            assert self.step == NextDocument()
            self.tell(NewDocument(len(self.job.acknowledged) + 1))
            self.answer()
            assert isinstance(self.step, Acknowledge)
            self.tell(Acknowledged())


def created(*, wait: bool = True, job_limit: float = 600) -> Play:
    play = Play(Sequencer(SERVICE, wait=wait, job_limit=job_limit))
    play.answer(TOKEN)
    return play


def sending(acknowledged: int = 0) -> Play:
    play = created()
    play.documents(acknowledged)
    play.tell(NewDocument(acknowledged + 1))
    return play


def ending(images: int = 2) -> Play:
    play = created()
    play.documents(images)
    play.tell(NoMoreDocuments())
    assert play.asks is Operation.END
    return play
