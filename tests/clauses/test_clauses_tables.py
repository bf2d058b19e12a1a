"""Every operation, fault, state, transition, answer, ticket rule and contradiction of docs/protocol has its clause:
the tables of the pages are counted against the law book and against the tables that the program runs by."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from protocol_tables import WSCN_OPERATIONS, Row, all_rows, rows_of

from emulator.clauses.book import book
from emulator.dsm.states import OPERATION_ANSWERS, FilterState, FilterStateReason, JobState, JobStateReason
from emulator.wsscan.constants import DSD_EVENTS, WSCN_EVENTS
from emulator.wsscan.resolving.rules import TicketRule
from emulator.wsscan.values.jobs import ScanJobState, ScanJobStateReason
from emulator.wsscan.values.status import ConditionName, ScannerState

DSP_OPERATIONS = (
    "CreatePostScanJob",
    "SendImage",
    "EndPostScanJob",
    "CancelPostScanJob",
    "GetPostScanJobElements",
)
DSP_FAULTS = (
    "wsa:ActionNotSupported",
    "dsp:InvalidArgs",
    "dsp:OperationFailed",
    "dsp:ServerErrorTemporaryError",
    "dsp:ServerErrorInternalError",
    "dsp:ClientErrorJobTokenNotFound",
    "dsp:ClientErrorCurrentUserNotScanAdmin",
    "dsp:ServerErrorPostScanJobCanceled",
    "wsa:EndpointUnavailable",
)
WSCN_FAULTS = (
    "wsa:ActionNotSupported",
    "wscn:InvalidArgs",
    "wscn:OperationFailed",
    "wscn:ServerErrorTemporaryError",
    "wscn:ServerErrorInternalError",
    "wscn:ServerErrorNotAcceptingJobs",
    "wscn:ClientErrorFormatNotSupported",
    "wscn:ClientErrorInvalidScanIdentifier",
    "wscn:ClientErrorInvalidDestinationToken",
    "wscn:ClientErrorNoImagesAvailable",
    "wscn:ClientErrorJobIdNotFound",
    "wscn:ClientErrorInvalidJobToken",
    "wscn:ClientErrorJobCancelled",
    "wscn:ClientErrorConflictingRequiredParameters",
)
ADDRESSING_FAULTS = (
    "wsa:ActionNotSupported",
    "wsa:DestinationUnreachable",
    "wsa:EndpointUnavailable",
    "wsa:InvalidMessageInformationHeader",
    "wsa:MessageInformationHeaderRequired",
    "soap:MustUnderstand",
    "soap:VersionMismatch",
)
EVENTING_FAULTS = (
    "wse:DeliveryModeRequestedUnavailable",
    "wse:InvalidExpirationTime",
    "wse:UnsupportedExpirationType",
    "wse:FilteringNotSupported",
    "wse:FilteringRequestedUnavailable",
    "wsdp:FilterActionNotSupported",
    "wse:EventSourceUnableToProcess",
    "wse:UnableToRenew",
    "wse:InvalidMessage",
)

#: Page, section, what has a row there.
COUNTED: list[tuple[str, str, Iterable[str]]] = [
    ("ws-scan.md", "1", WSCN_OPERATIONS),
    ("ws-scan.md", "2.3", ConditionName),
    ("ws-scan.md", "2.3", ScannerState),
    ("ws-scan.md", "2.4", ScanJobState),
    ("ws-scan.md", "2.4", ScanJobStateReason),
    ("ws-scan.md", "5", [str(rule.value) for rule in TicketRule]),
    ("ws-scan.md", "8", WSCN_EVENTS),
    ("ws-scan.md", "9", WSCN_FAULTS),
    ("dsm.md", "5", DSP_OPERATIONS),
    ("dsm.md", "5.1", ("PostScanJobStatusEvent", "PostScanJobEndStateEvent")),
    ("dsm.md", "6.1", JobState),
    ("dsm.md", "6.1", JobStateReason),
    ("dsm.md", "6.2", FilterState),
    ("dsm.md", "6.2", FilterStateReason),
    ("dsm.md", "6.3", OPERATION_ANSWERS),
    ("dsm.md", "7", DSP_FAULTS),
    ("dsm.md", "11", DSD_EVENTS),
    (
        "dsm.md",
        "11",
        ("GetActiveJobs", "GetJobElements", "GetJobHistory", "GetScannerElements", "ValidateScanTicket"),
    ),
    ("dsm.md", "12.3", ("3.2.4.1", "3.2.4.3", "3.2.4.4", "3.2.4.5")),
    ("dsm.md", "12.4", ("3.2.4.2",)),
    ("dsm.md", "12.5", ("3.2.4.6", "3.2.4.7", "3.2.4.8", "3.2.4.9")),
    ("dsm.md", "13", [str(number) for number in range(1, 19)]),
    ("dpws.md", "2", ("Hello", "Bye", "Probe", "ProbeMatches", "Resolve", "ResolveMatches")),
    ("dpws.md", "4", ADDRESSING_FAULTS),
    ("dpws.md", "5", ("Subscribe", "Renew", "GetStatus", "Unsubscribe", "SubscriptionEnd")),
    ("dpws.md", "5", EVENTING_FAULTS),
    ("dpws.md", "8", [str(number) for number in range(1, 15)]),
    ("contradictions.md", "3", [f"C-{number:02}" for number in range(1, 41)]),
]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return all_rows()


def without_clause(rows: Iterable[Row]) -> list[str]:
    """Rows of tables with a column for clauses that have none in it: file and line."""
    return [f"{row} cites no clause" for row in rows if row.cites and not row.clauses]


def without_row(rows: Iterable[Row], page: str, section: str, keys: Iterable[str]) -> list[str]:
    """Of what has to have a row with a clause in that section, all that has none."""
    here = [row for row in rows if (row.page, row.section) == (page, section) and row.clauses]
    named = {name for row in here for name in _names(row.cells[0])}
    return [f"{page} section {section} has no row with a clause for {key}" for key in keys if key not in named]


def _names(cell: str) -> set[str]:
    """What a first cell is about: `Held`, `jfif, exif`, `CreatePostScanJobFailed / SendImageFailed`."""
    for mark in "`*,/":
        cell = cell.replace(mark, " ")
    return set(cell.split())


def test_every_row_of_a_table_with_a_column_for_clauses_has_one(rows: list[Row]) -> None:
    wrong = without_clause(rows)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("page", "section", "keys"), COUNTED, ids=lambda each: each if isinstance(each, str) else ""
)
def test_what_the_program_knows_has_a_row_with_a_clause(
    page: str, section: str, keys: Iterable[str], rows: list[Row]
) -> None:
    wrong = without_row(rows, page, section, keys)
    assert not wrong, "\n".join(wrong)


def test_every_rule_of_a_ticket_is_the_clause_of_its_row(rows: list[Row]) -> None:
    told = {row.cells[0]: row.clauses for row in rows if (row.page, row.section) == ("ws-scan.md", "5")}
    for rule in TicketRule:
        assert rule.clause in told[str(rule.value)], rule.name
        assert book()[rule.clause].document == "wscn"


def test_every_operation_has_a_clause_for_each_state_of_its_job(rows: list[Row]) -> None:
    """Of Pending-Held and Terminating no document tells what is answered."""
    here = [row for row in rows if (row.page, row.section) == ("dsm.md", "6.3") and row.clauses]
    for operation, answers in OPERATION_ANSWERS.items():
        told = {name for row in here if row.cells[0] == operation for name in row.cells[1].split(", ")}
        wanted = {str(state or "no such token") for state in answers} - {"Pending-Held", "Terminating"}
        assert told == wanted, operation


def test_a_grade_that_a_row_tells_is_that_of_its_clause(rows: list[Row]) -> None:
    """MS-BDSRR says MUST, SHOULD and MAY itself."""
    graded = [row for row in rows if "Grade" in row.heads and row.clauses]
    wrong = [
        f"{row} says {told}, {id} is a {book()[id].grade}"
        for row in graded
        for id in row.clauses[:1]
        if (told := row.cells[row.heads.index("Grade")]) != book()[id].grade
    ]
    assert graded and not wrong, "\n".join(wrong)


def test_every_contradiction_has_a_clause_of_its_own_number() -> None:
    numbers = {id.split("/")[1] for id in book() if id.startswith("notes/c-")}
    assert numbers == {f"c-{number:02}" for number in range(1, 41)}


def test_the_law_book_has_four_hundred_clauses_and_more() -> None:
    assert sum(not each.withdrawn for each in book().values()) >= 400


# The tests of these tests

PAGE = """\
## 6. States
### 6.3 Answers
| Operation | Answer | Clause |
|---|---|---|
| `SendImage` | yes \\| no | `zzz/a/b` [zzz/a/c] |
| EndPostScanJob / CancelPostScanJob | no | none |

| Operation | Answer |
|---|---|
| GetJobElements | no |
"""


def test_a_row_without_clause_is_told_with_file_and_line() -> None:
    rows = list(rows_of("page.md", PAGE, frozenset({"zzz"})))
    assert [(row.line, row.section, row.clauses) for row in rows] == [
        (5, "6.3", ("zzz/a/b", "zzz/a/c")),
        (6, "6.3", ()),
        (10, "6.3", ()),
    ]
    assert without_clause(rows) == ["page.md:6 cites no clause"]
    assert without_row(rows, "page.md", "6.3", ("SendImage", "EndPostScanJob", "Other")) == [
        "page.md section 6.3 has no row with a clause for EndPostScanJob",
        "page.md section 6.3 has no row with a clause for Other",
    ]
