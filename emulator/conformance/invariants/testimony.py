"""What a server says of one job agrees with itself."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from emulator.conformance.check import invariant
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.expect import require
from emulator.conformance.kinds import a_description, a_watched_job, answers, holding, messages, said
from emulator.conformance.names import FILTER_FINAL_STATES, FINAL_STATES
from emulator.conformance.peer import ScanServerPeer
from emulator.conformance.reading import Envelope

_TIME: Final = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
_REASONS: Final = {
    "Completed": ("CompletedSuccessfully", "CompletedWithErrors", "CompletedWithWarnings", "None"),
    "Canceled": ("Canceled", "None"),
    "Aborted": ("TimedOut", "Failed", "NoValidPostScanInstructionsFound", "None"),
}
"""Final state -> how the reasons end that it can have."""
_OF_ENDS: Final = (
    "TimedOut",
    "Canceled",
    "ProcessingFailed",
    "CompletedSuccessfully",
    "CompletedWithErrors",
    "CompletedWithWarnings",
)
"""How reasons end that a job which has not ended cannot have."""


async def two_at_once(peer: ScanServerPeer) -> str:
    """Two jobs whose images come in turns, each asked for."""
    first, second = await peer.new_job(0), await peer.new_job(0)
    for number in (1, 2):
        await peer.add_image(first, number)
        await peer.add_image(second, number)
        for job in (first, second, first):
            await peer.elements(job.token)
    return ""


@invariant(
    "dsp/job-token/answer-is-about-that-job",
    over=holding(answers, "//dsp:JobStatus/dsp:JobToken"),
    provoke=two_at_once,
)
def about_that_job(exchange: Exchange) -> None:
    """An answer about a job has the token that was asked for."""
    assert exchange.asked is not None
    wanted = exchange.asked.text("//*[local-name()='JobToken']")
    came = said(exchange).text("//dsp:JobStatus/dsp:JobToken")
    require(came == wanted, f"JobToken {came}", wanted, [exchange], "//dsp:JobStatus/dsp:JobToken")


def _with_status(recording: Recording) -> list[Exchange]:
    return list(holding(messages, "//dsp:JobStatus")(recording))


def _texts(envelope: Envelope, path: str) -> list[str]:
    return [(each.text or "").strip() for each in envelope.all(path)]


@invariant("dsp/filter-state/goes-with-its-job", over=_with_status)
def filters_go_with_their_job(exchange: Exchange) -> None:
    """Filters are Pending while the job is in Creating, and at their end when it is."""
    told = said(exchange)
    state = told.text("//dsp:JobStatus/dsp:JobState")
    for of_filter in _texts(told, "//dsp:JobStatus//dsp:FilterState"):
        if state == "Creating":
            require(of_filter == "Pending", f"{state}, and a filter {of_filter}", "Pending", [exchange])
        if state in FINAL_STATES:
            ended = of_filter in FILTER_FINAL_STATES or ":" in of_filter
            require(ended, f"{state}, and a filter {of_filter}", "a filter that has ended", [exchange])


@invariant(
    "dsp/job-state-reason/goes-with-its-state", over=holding(messages, "//dsp:JobStatus//dsp:JobStateReason")
)
def reasons_go_with_their_state(exchange: Exchange) -> None:
    """A reason is one that the state can have."""
    told = said(exchange)
    state = told.text("//dsp:JobStatus/dsp:JobState")
    for reason in _texts(told, "//dsp:JobStatus//dsp:JobStateReason"):
        if ":" in reason:
            continue  # a vendor's
        if state in _REASONS:
            right = reason.endswith(_REASONS[state])
        else:
            right = not reason.endswith(_OF_ENDS)
        require(right, f"{state} with the reason {reason}", "a reason of that state", [exchange])


@invariant(
    "dsp/time/date-time",
    "notes/c-12/job-times-are-date-times",
    over=holding(messages, "//dsp:JobCreatedTime | //dsp:JobCompletedTime"),
)
def times_are_points(exchange: Exchange) -> None:
    """Times of a job are an xs:dateTime."""
    for each in said(exchange).all("//dsp:JobCreatedTime | //dsp:JobCompletedTime"):
        text = (each.text or "").strip()
        require(bool(_TIME.fullmatch(text)), f"{text!r}", "an xs:dateTime", [exchange], each)


def _timed(recording: Recording) -> list[Exchange]:
    """Answers that tell a time with its zone, and the server's own clock beside it."""
    found = holding(answers, "//dsp:JobCreatedTime")(recording)
    return [
        each
        for each in found
        if each.header("Date") and re.search(r"(Z|[+-]\d\d:\d\d)$", said(each).text("//dsp:JobCreatedTime"))
    ]


@invariant("dsp/time/local-time", "bdsrr/2.2.4.1/local-time", over=_timed)
def times_are_now(exchange: Exchange) -> None:
    """The creation of a job of this run lies within the last hours by the server's own clock."""
    text = said(exchange).text("//dsp:JobCreatedTime")
    try:
        created = datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
        now = parsedate_to_datetime(exchange.header("Date")).astimezone(UTC)
    except (ValueError, OverflowError):
        require(False, f"JobCreatedTime {text}", "a time", [exchange])
        return
    near = now - timedelta(hours=3) < created < now + timedelta(minutes=5)
    require(
        near,
        f"JobCreatedTime {text}, where the server's clock is {exchange.header('Date')}",
        "its current time",
        [exchange],
    )


@invariant("notes/c-20/pending-held-of-dsp", over=_with_status, provoke=a_description)
def held_is_pending_held(exchange: Exchange) -> None:
    """A held job is told as Pending-Held."""
    state = said(exchange).text("//dsp:JobStatus/dsp:JobState")
    require(state not in ("PendingHeld", "Held"), f"JobState {state}", "Pending-Held", [exchange])


@invariant(
    "notes/c-21/terminating-is-not-final", over=holding(messages, "//dsp:JobCompletedState"), provoke=a_watched_job
)
@invariant(
    "notes/c-30/completed-state-is-a-state",
    over=holding(messages, "//dsp:JobCompletedState"),
    provoke=a_watched_job,
)
def completed_state_is_final(exchange: Exchange) -> None:
    """JobCompletedState is a final state."""
    state = said(exchange).text("//dsp:JobCompletedState")
    require(state in FINAL_STATES or ":" in state, f"JobCompletedState {state}", "a final state", [exchange])


@invariant("notes/c-03/sharepoint-reasons-sent", "notes/c-04/send-image-failed-sent", over=_with_status)
def spelling_of_reasons(exchange: Exchange) -> None:
    """Reasons are not sent in the spellings of the misprints."""
    for reason in _texts(said(exchange), "//dsp:JobStateReason | //dsp:FilterStateReason"):
        wrong = reason == "SendImangeFailed" or reason.startswith("Sharepoint")
        require(not wrong, f"the reason {reason}", "the right spelling", [exchange])
