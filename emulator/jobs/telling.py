"""What the journal is told of a post-scan job: translated from the steps of its driver and from its account, which
the result and the manifest are made of too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Final, ParamSpec

from emulator.dpws.points import DEVIATION_MET, DeviationMet
from emulator.dsm.job_status import JobStatus
from emulator.dsm.outcome import JobAccount
from emulator.dsm.sequence_steps import Acknowledge, AwaitAnswer, Operation, SendRequest, Step, Wait
from emulator.jobs.manifest import ImageRecord
from emulator.jobs.outcome import ScanOutcome
from emulator.layers import Layers, Unplug
from emulator.soap.deviations import Deviation
from emulator.trace.kinds import (
    DeviationTold,
    ImageTold,
    JobTold,
    RetryTold,
    StateTold,
    StepTold,
    Told,
    WarningTold,
)
from emulator.trace.points import HAPPENED, tell_happened
from emulator.trace.purpose import PURPOSE, RequestPurpose
from emulator.trace.who import Who

_NO_ACCOUNT: Final = JobAccount()

P = ParamSpec("P")


def both(first: Callable[P, None], second: Callable[P, None]) -> Callable[P, None]:
    """Calls one, then the other."""

    def call(*args: P.args, **kwargs: P.kwargs) -> None:
        first(*args, **kwargs)
        second(*args, **kwargs)

    return call


class JobTeller:
    """Of one job. Where nobody listens it does next to nothing."""

    def __init__(self, who: Who, layers: Layers) -> None:
        """`who`: is given the job's token; `layers`: those of the job."""
        self._who = who
        self._layers = layers
        self._account: Callable[[], JobAccount] = lambda: _NO_ACCOUNT
        self._last: RequestPurpose | None = None
        self._found = ""
        self._dropped = 0
        self._status: JobStatus | None = None
        self._warnings = 0
        self._met: set[tuple[str, Deviation]] = set()
        self._unplug: Unplug = lambda: None

    def _tell(self, told: Told) -> None:
        tell_happened(told, self._who, self._layers)

    @property
    def _heard(self) -> bool:
        return self._layers.heard(HAPPENED)

    def begun(self, server: str, name: str, account: Callable[[], JobAccount]) -> None:
        """The job is about to begin; `account`: that of its driver, as it is when it is asked for."""
        self._account = account
        if self._heard:
            self._unplug = self._layers.listen(DEVIATION_MET, self._deviation_met)
            self._tell(JobTold("begun", where=server, name=name))

    def created(self, job_token: str, service_url: str) -> None:
        """The scan server has made the job."""
        self._who.job = job_token
        if self._heard:
            self._tell(JobTold("created", token=job_token, where=service_url))

    def acknowledged(self, image: ImageRecord) -> None:
        """The scan server has the image."""
        if self._heard:
            self._tell(ImageTold("acknowledged", image.document_id, image.attempts, image.bytes))

    def step(self, step: Step) -> None:
        """The driver is about to do it; what came of the one before is known."""
        if not self._heard:
            return
        account = self._account()
        self._look(account)
        match step:
            case SendRequest():
                self._asks(step, account)
            case Wait(seconds):
                reason = "" if self._last is None else self._last.problem
                self._tell(StepTold("wait", seconds=seconds, reason=reason))
            case AwaitAnswer(limit):
                self._tell(StepTold("await answer", seconds=limit))
            case Acknowledge():
                pass  # told when the manifest has it
        if not isinstance(step, SendRequest):
            PURPOSE.set(None)

    def _asks(self, step: SendRequest, account: JobAccount) -> None:
        if step.operation is Operation.CREATE and self._found != step.url:
            self._found = step.url
            self._tell(StepTold("found", where=step.url))
        if step.operation is Operation.END and not step.again:
            self._tell(StepTold("end"))
        attempt = account.attempts.get(step.document_id, 1) if step.document_id is not None else 1
        if step.again:
            reason = self._last.problem if self._last is not None else ""
            self._tell(
                RetryTold(
                    step.again,
                    str(step.operation),
                    attempt if step.document_id is not None else None,
                    step.document_id,
                    reason,
                )
            )
        elif step.document_id is not None:
            self._tell(ImageTold("sending", step.document_id, attempt))
        self._last = RequestPurpose(str(step.operation), step.again, step.poll, step.document_id)
        PURPOSE.set(self._last)

    def _look(self, account: JobAccount) -> None:
        """Tell what is new in the account."""
        last = self._last
        if account.exchanges.dropped > self._dropped and last is not None:
            self._tell(RetryTold("dropped", last.operation, None, last.document_id, last.problem))
        self._dropped = account.exchanges.dropped
        if account.status is not None and account.status != self._status:
            self._tell_status(account.status)
        for warning in account.warnings[self._warnings :]:
            self._tell(WarningTold(warning))
        self._warnings = len(account.warnings)
        for operation, found in account.deviations:
            if (operation, found) not in self._met:  # a contradiction: no single message has it
                self._met.add((operation, found))
                self._tell(DeviationTold(operation, found.id, found.place, found.detail, found.clause))

    def _deviation_met(self, met: DeviationMet) -> None:
        """It has been told by who read the message."""
        self._met.add((met.operation, met.deviation))

    def _tell_status(self, status: JobStatus) -> None:
        before, self._status = self._status, status
        if before is None or (before.job_state, before.job_state_reasons) != (
            status.job_state,
            status.job_state_reasons,
        ):
            self._tell(
                StateTold(
                    "post-scan job",
                    str(status.job_state),
                    tuple(map(str, status.job_state_reasons)),
                    status.job_token,
                    status.images_received,
                )
            )
        known = () if before is None else before.filter_statuses
        for each in status.filter_statuses:
            if each not in known:
                self._tell(
                    StateTold(
                        "filter", str(each.filter_state), tuple(map(str, each.filter_state_reasons)), each.dialect
                    )
                )

    def ended(self, outcome: ScanOutcome) -> None:
        """The job has come to its end, whichever."""
        if not self._heard:
            return
        account = outcome.report.account
        self._look(account)
        self._unplug()
        self._tell(
            JobTold(
                "ended",
                token=account.job_token,
                where=account.service_url or outcome.server,
                outcome=outcome.outcome,
                reason=str(outcome.error or "") or outcome.reason,
                images=len(outcome.report.acknowledged),
                exchanges=asdict(account.exchanges),
            )
        )
