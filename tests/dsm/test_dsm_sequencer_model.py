"""Every sequence of misbehaviour of a scan server, up to a number of misdeeds, at whatever request they come: the
sequencer is driven through all of them, against a model of a server that may or may not have done what was asked.

CI goes through all with two misdeeds, and all with one that stays; DSM_EXHAUSTIVE=1 through all with three.
"""

from __future__ import annotations

import pickle
from collections import Counter
from dataclasses import dataclass, field

import pytest
from server_model import ANOTHER, DETECTED, DIALECT, ServerModel, fates
from variants import exhaustive

from emulator.dsm.job_status import JobStatus
from emulator.dsm.outcome import JobOutcome
from emulator.dsm.sequence_steps import (
    Acknowledge,
    Acknowledged,
    Answered,
    Event,
    Failed,
    Finished,
    Interrupted,
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
from emulator.dsm.sequence_table import TRIES, Result
from emulator.dsm.sequencer import Sequencer
from emulator.dsm.states import FilterState, JobState

DOCUMENTS = 2
MOST_STEPS = 400
SUCCESSES = (JobOutcome.COMPLETED, JobOutcome.COMPLETED_WITH_WARNINGS)


@dataclass
class Run:
    """A job under way."""

    job: Sequencer
    server: ServerModel
    step: Step
    now: float = 0.0
    steps: int = 0
    documents: int = 0
    interrupted: bool = False
    open: bool = False
    """A SendImage or EndPostScanJob came to nothing certain, and nobody has asked since."""
    caught: bool = False
    """The server has said what contradicts its acknowledgements."""
    history: list[str] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)


class Exploration:
    """Goes through all of it, each state once."""

    def __init__(self, misdeeds: int, *, stays: bool = False, interrupts: bool = False) -> None:
        """`stays`: a misdeed is done at all later requests of the same kind too. `interrupts`: the user interrupts
        the job once, at any moment."""
        self.misdeeds = misdeeds
        self.stays = stays
        self.interrupts = interrupts
        self.ends: Counter[str] = Counter()
        self.seen: set[bytes] = set()
        self.sequences = 0

    def all(self) -> None:
        job = Sequencer("https://s/x", dialects=(DIALECT,), job_limit=2.0)
        begun = Run(job, ServerModel(), job.start())
        stack: list[tuple[bytes, int, tuple[str, str]]] = [(pickle.dumps(begun), self.misdeeds, ("", ""))]
        while stack:
            data, left, sticky = stack.pop()
            run: Run = pickle.loads(data)
            while True:
                if isinstance(run.step, Finished | Failed):
                    self.judge(run)
                    break
                assert run.steps < MOST_STEPS, f"the job does not end: {run.history}"
                run.steps += 1
                if self.interrupts and not run.interrupted:
                    other: Run = pickle.loads(pickle.dumps(run))
                    other.interrupted = True
                    other.history.append("interrupt")
                    if isinstance(other.step, SendRequest):  # it is on its way, and does not arrive
                        other.asked[other.step.operation] += 1
                    self.feed(other, Interrupted())
                    stack.append((pickle.dumps(other), left, sticky))
                if not isinstance(run.step, SendRequest):
                    self.feed(run, self.ours(run))
                    continue
                operation = run.step.operation
                if sticky[0] == operation:
                    self.exchange(run, sticky[1])
                    continue
                if left:
                    key = self.key(run, left, sticky)
                    if key in self.seen:
                        break
                    self.seen.add(key)
                    for fate in fates(operation):
                        branch: Run = pickle.loads(pickle.dumps(run))
                        self.exchange(branch, fate)
                        stays = (str(operation), fate) if self.stays else sticky
                        stack.append((pickle.dumps(branch), left - 1, stays))
                self.exchange(run, "well")

    def key(self, run: Run, left: int, sticky: tuple[str, str]) -> bytes:
        """The state without what no decision hangs on."""
        job = dict(run.job.__dict__)
        for name in ("warnings", "counts"):
            job.pop(name)
        return pickle.dumps(
            (job, run.server, run.step, run.documents, run.interrupted, run.open, run.caught, left, sticky)
        )

    def ours(self, run: Run) -> Event:
        match run.step:
            case Wait(seconds):
                run.now += seconds
                return Waited()
            case Acknowledge(document_id, attempts):
                assert 1 <= attempts <= TRIES
                run.documents = document_id
                return Acknowledged()
            case NextDocument():
                return NewDocument(run.documents + 1) if run.documents < DOCUMENTS else NoMoreDocuments()
        # The answer to an interrupted CreatePostScanJob.
        return run.server.exchange(SendRequest(Operation.CREATE, "", ""), "well")[1]

    def exchange(self, run: Run, fate: str) -> None:
        """One request, with what becomes of it."""
        step, server = run.step, run.server
        assert isinstance(step, SendRequest)
        run.history.append(f"{step.operation}{'' if step.document_id is None else step.document_id}: {fate}")
        run.asked[step.operation] += 1
        told = None if server.told is None else server.told.job_state
        if step.operation is Operation.CREATE:
            assert server.creates == 0, f"CreatePostScanJob again: {run.history}"
        if step.operation in (Operation.SEND_IMAGE, Operation.END):
            assert not server.told_final, f"after the end of the job: {run.history}"
        if step.operation is Operation.CANCEL:
            assert not server.told_final, f"cancels what has ended: {run.history}"
            if not run.interrupted:
                assert told in (None, JobState.CREATING), f"cancels what is {told}: {run.history}"
                assert not server.end_accepted, f"cancels what was handed over: {run.history}"
                assert not run.open, f"cancels without asking: {run.history}"
        event, answer = server.exchange(step, fate)
        if isinstance(answer, Trouble) and answer.result in (Result.PARTLY_SENT, Result.UNANSWERED):
            run.asked["dropped"] += 1
        if step.operation in (Operation.SEND_IMAGE, Operation.END):
            run.open = isinstance(answer, Trouble) and answer.result is not Result.NOT_SENT
        elif step.operation is Operation.ELEMENTS:
            run.open = False
            status = answer.content if isinstance(answer, Answered) else None
            if isinstance(status, JobStatus) and status.images_received is not None and status.job_token != ANOTHER:
                sent = run.asked[Operation.SEND_IMAGE]
                run.caught |= not len(run.job.acknowledged) <= status.images_received <= sent
        if event is not None:
            run.job.status_seen(event)
        self.feed(run, answer)

    def feed(self, run: Run, event: Event) -> None:
        run.step = run.job.feed(event, run.now)

    def judge(self, run: Run) -> None:
        """What must hold at the end of every job."""
        job, server, step = run.job, run.server, run.step
        self.sequences += 1
        outcome = str(step.outcome) if isinstance(step, Finished) else "Failed"
        self.ends[outcome] += 1
        story = run.history
        assert job.acknowledged == list(range(1, len(job.acknowledged) + 1)), story
        lied = server.lies - {"no count", "event without count"}
        for document_id, count in Counter(server.stored).items():
            assert count <= job.attempts[document_id], f"image {document_id} is there {count} times: {story}"
        if not lied:
            assert set(job.acknowledged) <= set(server.stored), f"acknowledged, and not there: {story}"
        assert job.counts.requests == sum(count for name, count in run.asked.items() if name != "dropped"), story
        assert job.counts.polls == run.asked[Operation.ELEMENTS], story
        assert job.counts.dropped == run.asked["dropped"], story
        again = job.counts.retries + job.counts.repeats
        assert again <= job.counts.requests and all(0 < each <= TRIES for each in job.attempts.values()), story
        if isinstance(step, Finished) and step.outcome in SUCCESSES:
            self.judge_success(run)

    def judge_success(self, run: Run) -> None:
        job, server, story = run.job, run.server, run.history
        told = server.told
        assert told is not None and told.job_state == JobState.COMPLETED, story
        assert told.job_token == job.job_token != ANOTHER, story
        assert [(each.dialect, each.filter_state) for each in told.filter_statuses] == [
            (DIALECT, FilterState.COMPLETED_SUCCESSFULLY)
        ], story
        assert told.images_received in (None, DOCUMENTS) and len(job.acknowledged) == DOCUMENTS, story
        assert server.end_accepted or server.taken_over, f"by an event alone: {story}"
        assert server.told_count == DOCUMENTS, f"it never counted them: {story}"
        assert not server.lies & DETECTED and not run.caught, f"a lie passed: {story}"
        if not server.lies - {"no count", "event without count"}:
            assert sorted(server.stored) == [1, 2] and server.state is JobState.COMPLETED, story


def explored(capsys: pytest.CaptureFixture[str], name: str, **options: bool | int) -> Exploration:
    exploration = Exploration(**options)  # type: ignore[arg-type]
    exploration.all()
    with capsys.disabled():
        ends = ", ".join(f"{outcome} {count}" for outcome, count in exploration.ends.most_common())
        print(f"\n  {name}: {exploration.sequences} jobs, {len(exploration.seen)} states; {ends}")
    return exploration


def test_every_pair_of_misdeeds(capsys: pytest.CaptureFixture[str]) -> None:
    found = explored(capsys, "two misdeeds", misdeeds=2)
    assert found.sequences > 2_000 and set(found.ends) >= {"Completed", "Failed", "Contradicted", "Unconfirmed"}


def test_every_misdeed_that_stays(capsys: pytest.CaptureFixture[str]) -> None:
    explored(capsys, "one misdeed that stays", misdeeds=1, stays=True)
    explored(capsys, "one misdeed that stays, and an interrupt", misdeeds=1, stays=True, interrupts=True)


def test_an_interrupt_at_every_moment_of_every_job_with_a_misdeed(capsys: pytest.CaptureFixture[str]) -> None:
    explored(capsys, "one misdeed and an interrupt", misdeeds=1, interrupts=True)


@exhaustive
@pytest.mark.timeout(3600)
def test_every_three_misdeeds(capsys: pytest.CaptureFixture[str]) -> None:
    explored(capsys, "three misdeeds", misdeeds=3)
    explored(capsys, "two misdeeds that stay", misdeeds=2, stays=True)
