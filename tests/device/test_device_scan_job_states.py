"""The states of scan jobs and of the scanner: good and bad pairs, stated without the tables."""

from __future__ import annotations

import itertools

import pytest

from emulator.device.scan_job_states import (
    PROCESSING_REASONS,
    SCAN_JOB_ANSWERS,
    SCAN_JOB_TRANSITIONS,
    IllegalScanJobTransition,
    JobActivity,
    ScanJobAnswer,
    ScanJobTrigger,
    next_scan_job_state,
    scan_job_answer,
)
from emulator.device.scanner_states import CONDITION_RULES, SCANNER_STATES, ConditionEffect, ScannerSituation
from emulator.wsscan.values.jobs import ScanJobState, ScanJobStateReason
from emulator.wsscan.values.status import ConditionName, ScannerState, ScannerStateReason

T = ScanJobTrigger
OPEN = ("Creating", "Pending", "Held", "Started", "Processing")
FINAL = ("Canceled", "Aborted", "Completed")

GOOD = [
    # from, trigger, to, reason (None: as it was)
    (None, T.CREATED, "Creating", "None"),
    ("Creating", T.SET_UP, "Pending", None),
    ("Pending", T.TAKEN, "Started", None),
    ("Started", T.ACQUISITION_BEGINS, "Processing", None),
    ("Processing", T.DELIVERED, "Completed", "None"),
    ("Processing", T.DIGITISED, "Completed", "None"),
    ("Processing", T.TRANSFER_FAILED, "Aborted", "ImageTransferError"),
    *[(state, T.TIMED_OUT, "Aborted", "JobTimedOut") for state in ("Pending", "Started", "Processing")],
    *[(state, T.SCAN_FAILED, "Aborted", "DocumentFormatError") for state in ("Pending", "Started", "Processing")],
    *[(state, T.CANCELED, "Terminating", "None") for state in OPEN],
    *[(state, T.CANCELED_AT_DEVICE, "Terminating", "JobCanceledAtDevice") for state in OPEN],
    ("Terminating", T.TERMINATED, "Canceled", None),
]


@pytest.mark.parametrize(("state", "trigger", "to", "reason"), GOOD)
def test_good_pairs(state: str | None, trigger: ScanJobTrigger, to: str, reason: str | None) -> None:
    # The law: [notes/c-21/active-is-not-final] [wscn/job-state/none-to-creating]
    # The law: [wscn/job-state/creating-to-pending] [wscn/job-state/pending-to-started]
    # The law: [wscn/job-state/started-to-processing] [wscn/job-state/pending-to-aborted-by-time]
    # The law: [wscn/job-state/processing-to-aborted-by-time] [wscn/job-state/processing-to-completed]
    # The law: [wscn/job-state/open-to-terminating] [wscn/job-state/terminating-to-canceled]
    # The law: [wscn/job-state/open-to-terminating-at-device] [wscn/job-state/processing-to-aborted-by-transfer]
    transition = next_scan_job_state(None if state is None else ScanJobState(state), trigger)
    assert (transition.state, transition.reason) == (to, reason)


def test_every_other_pair_is_a_bug() -> None:
    good = {(state, trigger) for state, trigger, _, _ in GOOD}
    bad = [pair for pair in itertools.product([None, *ScanJobState], T) if pair not in good]
    assert len(bad) == 10 * 12 - len(GOOD)
    for state, trigger in bad:
        with pytest.raises(IllegalScanJobTransition, match="no transition"):
            next_scan_job_state(state, trigger)


@pytest.mark.parametrize("state", FINAL)
def test_nothing_moves_a_job_that_has_ended(state: str) -> None:
    # The law: [wscn/job-state/final-stays] [wscn/job-state/canceled] [wscn/job-state/aborted]
    # The law: [wscn/job-state/completed]
    assert not SCAN_JOB_TRANSITIONS[ScanJobState(state)]


def test_no_job_is_held_and_every_other_state_can_be_reached() -> None:
    # The law: [wscn/job-state/keywords] [notes/c-20/held-of-wscn] [wscn/job-state/held]
    # The law: [wscn/job-state/creating] [wscn/job-state/pending] [wscn/job-state/started]
    # The law: [wscn/job-state/processing] [wscn/job-state/terminating]
    reached = {each.state for row in SCAN_JOB_TRANSITIONS.values() for each in row.values()}
    assert reached == set(ScanJobState) - {ScanJobState.HELD}


@pytest.mark.parametrize(
    ("stopped", "scanning", "transferring", "reason"),
    [
        (False, True, False, "JobScanning"),
        (False, False, True, "JobTransferring"),
        (False, True, True, "JobScanningAndTransferring"),
        (False, False, False, "None"),
        (True, True, False, "ScannerStopped"),
        (True, True, True, "ScannerStopped"),
        (True, False, True, "JobTransferring"),
        (True, False, False, "None"),
    ],
)
def test_reasons_of_a_job_in_processing(stopped: bool, scanning: bool, transferring: bool, reason: str) -> None:
    # The law: [wscn/job-reason/detectable-ones] [wscn/job-reason/none] [wscn/job-reason/job-scanning]
    # The law: [wscn/job-reason/job-transferring] [wscn/job-reason/job-scanning-and-transferring]
    # The law: [wscn/job-reason/scanner-stopped]
    found = PROCESSING_REASONS[JobActivity(stopped, scanning, transferring)]
    assert found == ScanJobStateReason(reason)


@pytest.mark.parametrize(
    ("operation", "states", "answer"),
    [
        ("RetrieveImage", OPEN, "accepted"),
        ("RetrieveImage", ("Terminating", "Canceled"), "ClientErrorJobCancelled"),
        ("RetrieveImage", ("Completed",), "ClientErrorNoImagesAvailable"),
        ("RetrieveImage", ("Aborted",), "OperationFailed"),
        ("RetrieveImage", (None,), "ClientErrorJobIdNotFound"),
        ("CancelJob", OPEN, "accepted"),
        ("CancelJob", (*FINAL, "Terminating"), "OperationFailed"),
        ("CancelJob", (None,), "ClientErrorJobIdNotFound"),
        ("GetJobElements", (*OPEN, "Terminating", *FINAL), "accepted"),
        ("GetJobElements", (None,), "ClientErrorJobIdNotFound"),
    ],
)
def test_answers_by_state(operation: str, states: tuple[str | None, ...], answer: str) -> None:
    # The law: [wscn/cancel-job/ended-job-refused] [wscn/retrieve-image/after-the-last-image]
    # The law: [wscn/fault/client-error-job-cancelled] [wscn/get-job-elements/unknown-job]
    row = SCAN_JOB_ANSWERS[operation]
    assert {row[state and ScanJobState(state)] for state in states} == {ScanJobAnswer(answer)}
    assert set(row) == {None, *ScanJobState}


def test_who_comes_too_late_for_an_image_finds_no_job() -> None:
    """What clients know: JobIdNotFound ends a batch, OperationFailed is an error
    [clients/sane-airscan/batch-ends-by-fault]."""
    for reason in ScanJobStateReason:
        late = reason is ScanJobStateReason.JOB_TIMED_OUT
        found = [
            scan_job_answer(each, ScanJobState.ABORTED, reason)
            for each in ("RetrieveImage", "CancelJob", "GetJobElements")
        ]
        first = ScanJobAnswer.NOT_FOUND if late else ScanJobAnswer.OPERATION_FAILED
        assert found == [first, ScanJobAnswer.OPERATION_FAILED, ScanJobAnswer.ACCEPTED]


@pytest.mark.parametrize(
    ("stopped", "at_work", "state"),
    [
        (False, False, "Idle"),
        (False, True, "Processing"),
        (True, False, "Stopped"),
        (True, True, "Stopped"),
    ],
)
def test_the_scanners_state(stopped: bool, at_work: bool, state: str) -> None:
    # The law: [wscn/scanner-state/idle] [wscn/scanner-state/processing] [wscn/scanner-state/stopped]
    # The law: [wscn/scanner-state/idle-to-processing] [wscn/scanner-state/processing-to-idle]
    # The law: [wscn/scanner-state/idle-to-stopped] [wscn/scanner-state/processing-to-stopped]
    # The law: [wscn/scanner-state/stopped-to-idle] [wscn/scanner-state/stopped-to-processing]
    assert SCANNER_STATES[ScannerSituation(stopped, at_work)] == ScannerState(state)


STOPPING = {
    "CoverOpen",
    "InterlockOpen",
    "InternalStorageFull",
    "LampError",
    "MediaJam",
    "MultipleFeedError",
}


def test_conditions_that_stop_the_scanner_and_those_that_do_not() -> None:
    # The law: [wscn/condition/calibrating] [wscn/condition/lamp-warming] [wscn/condition/cover-open]
    # The law: [wscn/condition/interlock-open] [wscn/condition/internal-storage-full] [wscn/condition/media-jam]
    # The law: [wscn/condition/multiple-feed-error] [wscn/condition/critical-stops]
    assert set(CONDITION_RULES) == set(ConditionName)
    assert {name for name, rule in CONDITION_RULES.items() if rule.effect is ConditionEffect.STOP} == STOPPING
    assert {name for name, rule in CONDITION_RULES.items() if rule.effect is ConditionEffect.WAIT} == {
        "Calibrating",
        "LampWarming",
    }


def test_every_condition_but_an_empty_tray_is_a_reason_of_the_same_name() -> None:
    # The law: [notes/c-29/conditions-are-no-reasons] [notes/c-29/reasons-are-no-conditions]
    # The law: [wscn/condition/input-tray-empty] [wscn/condition/reasons-only] [wscn/condition/detectable-ones]
    for name, rule in CONDITION_RULES.items():
        if name is ConditionName.INPUT_TRAY_EMPTY:
            assert rule.reason is None
        else:
            assert rule.reason == ScannerStateReason(str(name))


def test_an_error_of_the_lamp_is_critical_as_printed() -> None:
    # The law: [wscn/condition/lamp-error]
    assert CONDITION_RULES[ConditionName.LAMP_ERROR].severity == "Critical"
