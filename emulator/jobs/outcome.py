"""How a job ended, for people, for programs and as an exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from emulator.directory.model import StoredScanProcess, User
from emulator.dsm.contradictions import CONTRADICTIONS
from emulator.dsm.device_choices import DeviceChoices
from emulator.dsm.job_status import JobStatus
from emulator.dsm.outcome import SUCCESSES, JobOutcome
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.faults.fired import Fired
from emulator.jobs.checking import CheckFindings, first_deviations, of_deliveries, of_filters
from emulator.jobs.manifest import ImageRecord
from emulator.jobs.runner import JobReport
from emulator.scan_server.delivery.outcome import Delivery
from emulator.soap.deviations import Deviation
from emulator.wsscan.values.ticket import EffectiveTicket


@dataclass(slots=True, repr=False)
class ScanOutcome:
    """The result of `scan`: what was asked, what was sent and acknowledged, how it ended."""

    server: str
    stored: StoredScanProcess
    user: User
    ticket: EffectiveTicket
    report: JobReport
    manifest: Path | None
    """None where none was to be written, or no job was made."""
    skipped: Sequence[str] = ()
    """Inputs left out by --skip-bad."""
    input_warnings: Sequence[str] = ()
    """What a person should know of inputs that were read, one line each."""
    choices: DeviceChoices = field(default_factory=DeviceChoices)
    """What the user chose at the device beside the ticket."""
    store: Path | None = None
    """Of the embedded server; None for any other."""
    delivered: Sequence[Path] = ()
    """Files of the embedded server's store; empty for any other server."""
    deliveries: Sequence[Delivery] = ()
    """What each target of the embedded server's filters got; empty for any other server."""
    error: LabError | None = None
    """Why the job failed before its end, if it did."""
    faults: Sequence[Fired] = ()
    """Faults of the plan that acted, in order."""
    unfired: Sequence[str] = ()
    """Names of those that should have and did not."""
    events: str | None = None
    """Why the scan server sent no events; '' where it was subscribed to, None where nobody wanted them."""

    @property
    def images(self) -> list[ImageRecord]:
        """Every image that was sent, acknowledged or not."""
        return self.report.images

    @property
    def outcome(self) -> str:
        """The job's outcome, or `Failed` when there is none."""
        return "Failed" if self.report.result is None else str(self.report.result.outcome)

    @property
    def end_status(self) -> JobStatus | None:
        """The last JobStatus that the server told."""
        return self.report.account.status

    @property
    def deviations(self) -> Sequence[tuple[str, Deviation]]:
        """Operation and deviation, for each departure of the scan server from the documents."""
        return list(self.report.account.deviations)

    @property
    def contradictions(self) -> Sequence[tuple[str, Deviation]]:
        """Those of the deviations that keep the job from being a success."""
        return [(operation, each) for operation, each in self.deviations if each.id in CONTRADICTIONS]

    @property
    def warnings(self) -> Sequence[str]:
        """What went otherwise than it should, and did no harm; a line each."""
        return [*self.input_warnings, *self.report.account.warnings]

    @property
    def reason(self) -> str:
        """Why the outcome is no plain final state; '' otherwise."""
        return "" if self.report.result is None else self.report.result.reason

    @property
    def exit_code(self) -> ExitCode:
        """0 only when everything was scanned, sent, acknowledged and, if it was waited for, completed, be it with
        warnings."""
        if self.error is not None:
            return self.error.code
        result = self.report.result
        good = result is not None and result.outcome in SUCCESSES | {JobOutcome.NOT_AWAITED}
        whole = all(image.acknowledged for image in self.report.images)
        return ExitCode.OK if good and whole and not (self.skipped or self.report.left_out) else ExitCode.FAILED

    def check(self, *, images: int | None = None, strict: bool = False) -> Self:
        """Itself, if its exit code is 0: all was scanned, sent and acknowledged, and the job Completed. Raises
        AssertionError with the reason, for people. `images`: how many must have been acknowledged; `strict`: no
        deviation of the scan server."""
        __tracebackhide__ = True
        findings = CheckFindings()
        if self.exit_code:
            findings.add(f"the job is {self.outcome}, not Completed: {self.error or self.reason or self._lacking}")
        if images is not None and (came := len(self.report.acknowledged)) != images:
            findings.add(f"{came} images were acknowledged, not {images}")
        if strict and self.deviations:
            findings.add("the scan server departs from the documents")
        status = self.end_status
        findings.require(
            f"{self!r}",
            {
                "scan server": self.server,
                "job": self.report.account.job_token,
                "its state": "" if status is None else _state(status),
                "filters": [] if status is None else of_filters(status.filter_statuses),
                "deliveries": of_deliveries(self.deliveries),
                "next step": "" if self.error is None else self.error.hint,
                "warnings": list(self.warnings),
                "deviations": first_deviations(self.deviations),
                "manifest": "" if self.manifest is None else str(self.manifest),
            },
        )
        return self

    @property
    def _lacking(self) -> str:
        unsure = sum(not image.acknowledged for image in self.images)
        told = [f"{unsure} of {len(self.images)} images were not acknowledged"] * bool(unsure)
        told += [f"{self.report.left_out} pages were left out"] * bool(self.report.left_out)
        told += [f"left out: {each}" for each in self.skipped[:3]]
        return "; ".join(told) or "the scan server says no more"

    def __repr__(self) -> str:
        images, seconds = self.report.images, self.report.seconds
        octets = sum(image.bytes for image in images)
        why = f" ({' '.join(str(self.error).split())[:80]})" if self.error is not None else ""
        return f"<ScanOutcome {self.outcome}{why}: {len(images)} images, {octets} bytes, {seconds:.1f} s>"

    def as_dict(self) -> dict[str, Any]:
        """The result as the manifest's last line and `--json` tell it."""
        result, account = self.report.result, self.report.account
        return {
            "outcome": self.outcome,
            "reason": self.reason,
            "exit_code": int(self.exit_code),
            "job_token": account.job_token,
            "canceled": account.canceled,
            "server": self.server,
            "service": account.service_url,
            **(job_line(self.stored, self.user, self.ticket, self.choices)),
            "images": [image.as_dict() for image in self.report.images],
            "left_out": self.report.left_out,
            "skipped": list(self.skipped),
            "end_state": _end_state(self.end_status),
            "end_known_by": (result.end_known_by if result is not None else "") or None,
            "events": {"subscribed": self.events == "", "reason": self.events or ""},
            "delivered": [str(path) for path in self.delivered],
            "deliveries": [each.as_dict() for each in self.deliveries],
            "deviations": [
                {"operation": operation, "id": d.id, "place": d.place, "detail": d.detail, "clause": d.clause}
                for operation, d in self.deviations
            ],
            "warnings": list(self.warnings),
            "faults": [each.as_dict() for each in self.faults],
            "unfired": list(self.unfired),
            "exchanges": asdict(account.exchanges),
            "error": None if self.error is None else str(self.error),
            "manifest": None if self.manifest is None else str(self.manifest),
            "timings": {
                "seconds": round(self.report.seconds, 3),
                **{name: round(value, 3) for name, value in account.timings.items()},
            },
        }


def job_line(
    stored: StoredScanProcess, user: User, ticket: EffectiveTicket, choices: DeviceChoices
) -> dict[str, Any]:
    """Return what is known of a job before it runs: the first line of the manifest holds it too."""
    return {
        "scan_process": {
            "id": str(stored.process.identifier).upper() if stored.process.identifier else "",
            "name": stored.process.display_name,
        },
        "user": f"{user.name}@{user.domain}",
        "user_sid": user.sid,
        "ticket": _plain(ticket),
        "choices": {
            "mail_to": list(choices.addresses),
            "file_name": choices.file_name,
            "folders": list(choices.folders),
        },
    }


def _plain(value: Any) -> Any:
    """Do what dataclasses.asdict does, with values that have no need to be copied deeply."""
    names = getattr(value, "__dataclass_fields__", None)
    if names is not None:
        return {name: _plain(getattr(value, name)) for name in names}
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value


def _state(status: JobStatus) -> str:
    reasons = ", ".join(map(str, status.job_state_reasons))
    return f"{status.job_state} ({reasons}), {status.images_received} images received"


def _end_state(status: JobStatus | None) -> dict[str, Any] | None:
    if status is None:
        return None
    return {
        "state": str(status.job_state),
        "reasons": [str(reason) for reason in status.job_state_reasons],
        "images_received": status.images_received,
        "filters": [
            {
                "dialect": each.dialect,
                "state": str(each.filter_state),
                "reasons": [str(reason) for reason in each.filter_state_reasons],
            }
            for each in status.filter_statuses
        ],
    }
