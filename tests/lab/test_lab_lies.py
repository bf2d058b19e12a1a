"""`scan` at a scan server that lies in every way that we know of: exit code, result and manifest say so, with both
values. The server is the tests' own, on plain sockets (lying_server.py)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from lying_server import (
    BUSY,
    DROP,
    EMAIL,
    EMPTY_202,
    FILE_SHARE,
    HOLD,
    HTML,
    NS,
    Fault,
    Lie,
    LyingServer,
    Raw,
    Told,
    gateway,
)
from PIL import Image
from programs import end, interrupt, run, start
from typer.testing import CliRunner

from emulator.cli.main import app

TABLE: list[tuple[str, str, str]] = []


@pytest.fixture(scope="module", autouse=True)
def table(pytestconfig: pytest.Config) -> Iterator[None]:
    """Print what each lie came to (pytest -s)."""
    yield
    print("\n  lie                                                        exit  outcome              told")
    for name, verdict, told in TABLE:
        print(f"  {name:<58} {verdict:<26} {told}")


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses are those of the table, a tenth as long; a busy machine may take its time for answers."""
    monkeypatch.setattr("emulator.dsm.job_under_way.CONFIRM_LIMIT", 20.0)
    for module, name in (
        ("open_request", "STORING_PAUSES"), ("open_request", "PARTIAL_PAUSES"), ("open_request", "ENDING_PAUSES"),
        ("sequencer", "CONFIRM_PAUSES"), ("sequence_steps", "RETRY_PAUSES"),
    ):  # fmt: skip
        target = f"emulator.dsm.{module}.{name}"
        value = __import__(f"emulator.dsm.{module}", fromlist=[name]).__dict__[name]
        monkeypatch.setattr(target, tuple(each / 10 for each in value))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small images, which go out as they are."""
    folder = tmp_path_factory.mktemp("pages")
    for number in range(2):
        Image.new("RGB", (40, 40), (200, 90 * number, 30)).save(folder / f"{number}.jpg")
    return folder


@dataclass
class Case:
    """A lie, and what must come of it. `told`: pieces of what the result says about it; `deviations`: ids."""

    lie: Lie
    exit_code: int
    outcome: str
    told: tuple[str, ...] = ()
    deviations: tuple[str, ...] | None = None
    exchanges: dict[str, int] = field(default_factory=dict)
    attempts: tuple[int, ...] = (1, 1)
    process: bool = False
    canceled: bool = False
    stored: int = 2
    filters: tuple[str, ...] = (FILE_SHARE,)


def says(**changes: Any) -> Callable[[Told, int], None]:
    """Every answer says this."""

    def change(told: Told, number: int) -> None:
        for name, value in changes.items():
            setattr(told, name, value)

    return change


def at_end(**changes: Any) -> Callable[[Told, int], None]:
    """The answer that tells the end says this."""

    def change(told: Told, number: int) -> None:
        if told.state == "Completed":
            says(**changes)(told, number)

    return change


def each(*answers: dict[str, Any]) -> Callable[[Told, int], None]:
    """The first answer says this, the second that."""

    def change(told: Told, number: int) -> None:
        if number <= len(answers):
            says(**answers[number - 1])(told, number)

    return change


def event(**changes: Any) -> Callable[[Told], None]:
    return lambda told: says(**changes)(told, 0)


def first(operation: str, answer: Raw | Fault, *, done: bool, times: int = 1) -> dict[str, Any]:
    """The first such requests are answered so."""
    return {operation: [(done, answer)] * times}


ANOTHER = "00000000-0000-4000-8000-00000000beef"
FOLDER_FILTER = [(FILE_SHARE, "CompletedSuccessfully")]
HELD = says(state="Processing", reasons=[], filters=[(FILE_SHARE, "Pending")])
GOOD = Case(
    Lie(), 0, "Completed", deviations=(), exchanges={"retries": 0, "repeats": 0, "dropped": 0}, process=True
)

COUNT: dict[str, Case] = {
    "V1 Completed with ImagesReceived 0": Case(
        Lie(status=at_end(count=0)), 1, "Contradicted", ("0 in Completed, 2 acknowledged",),
        ("images-received",), process=True),
    "fewer images at the end than acknowledged": Case(
        Lie(status=at_end(count=1)), 1, "Contradicted", ("1 in Completed, 2 acknowledged",), ("images-received",)),
    "more images than were sent": Case(
        Lie(status=at_end(count=5)), 1, "Contradicted", ("5 in Completed, 2 sent",), ("images-received",)),
    "ImagesReceived falls between two answers": Case(
        Lie(status=each({"count": 2}, {"count": 1}), polls_to_end=3), 1, "Contradicted",
        ("1 in Processing, 2 acknowledged",), ("images-received",)),
    "ImagesReceived never told": Case(
        Lie(status=says(count=None)), 1, "Unconfirmed", ("never told", "2 images were acknowledged"),
        ("element-missing",)),
    "two ImagesReceived that differ": Case(
        Lie(status=says(raw="<d:ImagesReceived>0</d:ImagesReceived>")), 1, "Contradicted", ("2 and 0",),
        ("images-received", "element-doubled")),
    "two JobStatus that differ": Case(
        Lie(second_status=event(count=0)), 1, "Contradicted", ("Completed 2 and", "Completed 0"), ("job-state",)),
    "an image sent again is counted twice": Case(
        Lie(answer=first("SendImage", gateway(502), done=False), status=at_end(count=3)), 1, "Contradicted",
        ("3 in Completed, 2 acknowledged of 3 sent",), ("images-received",), {"repeats": 1}, (2, 1)),
}  # fmt: skip
TOKEN: dict[str, Case] = {
    "V2 every answer is about another job": Case(
        Lie(status=says(token=ANOTHER)), 1, "Unconfirmed", (ANOTHER, "another job", "asked for {token}"),
        ("job-token",), {"retries": 4}, process=True),
    "one answer is about another job": Case(
        Lie(status=each({"token": ANOTHER})), 1, "Contradicted", (ANOTHER, "asked for {token}"), ("job-token",)),
    "the token written otherwise": Case(
        Lie(status=lambda told, number: setattr(told, "token", "{" + told.token.upper() + "}")), 0, "Completed",
        (), ("spelling",)),
    "two JobTokens to CreatePostScanJob": Case(
        Lie(create="<d:JobToken>{token}</d:JobToken><d:JobToken>" + ANOTHER + "</d:JobToken>"), 1, "Contradicted",
        (ANOTHER, "{token} and"), ("job-token", "element-doubled")),
    "CreatePostScanJobResponse without a token": Case(
        Lie(create="<!-- none -->"), 4, "Failed", ("JobToken", "unknown whether the job exists"), attempts=(),
        stored=0),
    "CreatePostScanJobResponse with an empty token": Case(
        Lie(create="<d:JobToken> </d:JobToken>"), 4, "Failed", ("JobToken", "unknown whether the job exists"),
        attempts=(), stored=0),
    "ClientErrorJobTokenNotFound to EndPostScanJob of a job that goes on": Case(
        Lie(answer=first("EndPostScanJob", Fault("ClientErrorJobTokenNotFound", 400), done=True)), 1,
        "Contradicted", ("Processing when asked, ClientErrorJobTokenNotFound before",), ("job-state",)),
    "ServerErrorPostScanJobCanceled to SendImage of a job that goes on": Case(
        Lie(answer=first("SendImage", Fault("ServerErrorPostScanJobCanceled"), done=False)), 1, "Canceled",
        ("Creating when asked, ServerErrorPostScanJobCanceled before",), ("job-state",), attempts=(1,), stored=0),
}  # fmt: skip
FILTERS: dict[str, Case] = {
    "V3 only filters that the scan process has not": Case(
        Lie(status=at_end(filters=[("urn:other:filter", "CompletedSuccessfully")])), 1, "Contradicted",
        ("urn:other:filter, asked for fileshare", "missing of " + FILE_SHARE), ("filter-statuses",), process=True),
    "a filter more": Case(
        Lie(status=at_end(filters=[*FOLDER_FILTER, (EMAIL, "CompletedSuccessfully")])), 1, "Contradicted",
        ("1 more of " + EMAIL,), ("filter-statuses",)),
    "a filter told twice": Case(
        Lie(status=at_end(filters=FOLDER_FILTER * 2)), 1, "Contradicted", ("1 more of " + FILE_SHARE,),
        ("filter-statuses",)),
    "a filter of ours is not told of": Case(
        Lie(status=at_end(filters=FOLDER_FILTER)), 1, "Contradicted", ("1 missing of " + EMAIL, "told fileshare"),
        ("filter-statuses",), filters=(FILE_SHARE, EMAIL)),
    "no FilterStatus at all": Case(
        Lie(status=at_end(filters=[])), 1, "Contradicted", ("1 missing of " + FILE_SHARE,),
        ("filter-statuses", "element-missing")),
    "Completed, a filter still Processing": Case(
        Lie(status=at_end(filters=[(FILE_SHARE, "Processing")])), 1, "Contradicted",
        ("Processing of " + FILE_SHARE + ", job Completed",), ("filter-state",)),
    "Completed, a filter still Pending": Case(
        Lie(status=at_end(filters=[(FILE_SHARE, "Pending")])), 1, "Contradicted", ("Pending of " + FILE_SHARE,),
        ("filter-state",)),
    "a filter is done before the job is processed": Case(
        Lie(status=each({"state": "Pending", "filters": FOLDER_FILTER})), 1, "Contradicted",
        ("CompletedSuccessfully of " + FILE_SHARE + ", job Pending",), ("filter-state",)),
    "CompletedSuccessfully, a filter with errors": Case(
        Lie(status=at_end(filters=[(FILE_SHARE, "CompletedWithErrors")])), 1, "CompletedWithErrors",
        ("CompletedWithErrors of " + FILE_SHARE + ", job PostScanJobCompletedSuccessfully",), ("filter-state",)),
    "PostScanJobCompletedWithErrors, no filter has any": Case(
        Lie(status=at_end(reasons=["PostScanJobCompletedWithErrors"])), 1, "CompletedWithErrors",
        ("no filter with errors",), ("filter-state",)),
    "Aborted, a filter still Processing": Case(
        Lie(status=at_end(state="Aborted", reasons=[], filters=[(FILE_SHARE, "Processing")])), 1, "Aborted",
        ("Processing of " + FILE_SHARE + ", job Aborted",), ("filter-state",)),
}  # fmt: skip
STATE: dict[str, Case] = {
    "the state goes back": Case(
        Lie(status=each({"state": "Processing"}, {"state": "Pending"}), polls_to_end=3), 1, "Contradicted",
        ("Pending, before Processing",), ("job-state",)),
    "Processing before EndPostScanJob": Case(
        Lie(answer=first("SendImage", DROP, done=True), status=each({"state": "Processing"})), 1, "Contradicted",
        ("Processing, before EndPostScanJob",), ("job-state",)),
    "Completed before EndPostScanJob": Case(
        Lie(answer=first("SendImage", DROP, done=True), status=says(state="Completed", filters=FOLDER_FILTER)), 1,
        "Contradicted", ("Completed, before EndPostScanJob",), ("job-state",), attempts=(1,), stored=1),
    "Completed, because SendImageFailed": Case(
        Lie(status=at_end(reasons=["SendImageFailed"])), 1, "Contradicted", ("SendImageFailed in Completed",),
        ("job-state-reason",)),
    "Completed, because PostScanJobCanceled": Case(
        Lie(status=at_end(reasons=["PostScanJobCanceled"])), 1, "Contradicted",
        ("PostScanJobCanceled in Completed",), ("job-state-reason",)),
    "Completed successfully and with errors": Case(
        Lie(status=at_end(reasons=["PostScanJobCompletedSuccessfully", "PostScanJobCompletedWithErrors"])), 1,
        "CompletedWithErrors", ("PostScanJobCompletedSuccessfully and PostScanJobCompletedWithErrors",),
        ("job-state-reason", "filter-state")),
    "PostScanJobCompletedSuccessfully while Processing": Case(
        Lie(status=each({"reasons": ["PostScanJobCompletedSuccessfully"]})), 1, "Contradicted",
        ("PostScanJobCompletedSuccessfully in Processing",), ("job-state-reason",)),
    "Aborted, because PostScanJobCompletedSuccessfully": Case(
        Lie(status=at_end(state="Aborted", filters=[(FILE_SHARE, "Canceled")])), 1, "Aborted",
        ("PostScanJobCompletedSuccessfully in Aborted",), ("job-state-reason",)),
    "two JobStates that differ": Case(
        Lie(status=at_end(raw="<d:JobState>Aborted</d:JobState>")), 1, "Contradicted", ("Completed and Aborted",),
        ("job-state", "element-doubled", "element-order")),
}  # fmt: skip
EVENTS: dict[str, Case] = {
    "an event says Completed, the server when asked Processing": Case(
        Lie(event=event(), status=HELD), 1, "Contradicted", ("Processing when asked, Completed in an event",),
        ("job-state",), process=True),
    "an event says Completed, the server when asked Aborted": Case(
        Lie(event=event(), status=says(state="Aborted", reasons=[], filters=[(FILE_SHARE, "Canceled")])), 1,
        "Aborted", ("Aborted, before Completed",), ("job-state",)),
    "an event says Aborted, the server when asked Completed": Case(
        Lie(event=event(state="Aborted", reasons=["PostScanJobProcessingFailed"],
                        filters=[(FILE_SHARE, "Canceled")]),
            polls_to_end=1),
        1, "Contradicted", ("Completed, before Aborted",), ("job-state",)),
    "an event counts fewer images than were acknowledged": Case(
        Lie(event=event(count=0), polls_to_end=1), 1, "Contradicted", ("0 in Completed, 2 acknowledged",),
        ("images-received",)),
    "an event counts images before any was sent": Case(
        Lie(status_event=event(count=9)), 1, "Contradicted", ("9 in Creating, 0 sent",), ("images-received",)),
    "an event says Aborted while images are sent, the server when asked Creating": Case(
        Lie(status_event=event(state="Aborted", reasons=["PostScanJobTimedOut"],
                               filters=[(FILE_SHARE, "Canceled")])),
        4, "Failed", ("an event told the state Aborted", "when asked, Creating", "cancelled at the scan server"),
        ("job-state",), attempts=(0,), canceled=True, stored=0),
    "an event names another scan process": Case(
        Lie(event=lambda told: setattr(told, "psp", ANOTHER), polls_to_end=1), 1, "Contradicted",
        (ANOTHER + ", created with 6F9619FF-8B86-D011-B42D-00C04FC964FF",), ("job-description",)),
    "an event of filters that are not ours": Case(
        Lie(event=event(filters=[("urn:other", "CompletedSuccessfully")]), polls_to_end=1), 1, "Contradicted",
        ("urn:other, asked for fileshare",), ("filter-statuses",)),
    "V8 an end-state event without ImagesReceived": Case(
        Lie(event=event(count=None), polls_to_end=1), 0, "Completed", (), ("element-missing",)),
    "V8 the same, and questions are left without an answer": Case(
        Lie(event=event(count=None), answer={"GetPostScanJobElements": [(False, DROP)] * 9}), 1, "Unconfirmed",
        ("never told",), ("element-missing",)),
}  # fmt: skip
OPEN: dict[str, Case] = {
    **{
        f"V4 EndPostScanJob taken, answered {name}": Case(
            Lie(answer=first("EndPostScanJob", answer, done=True)), 0, "Completed",
            ("EndPostScanJob is acknowledged by JobState alone",), (), {"repeats": 0}, process=name == "HTTP 502")
        for name, answer in {
            "HTTP 500": gateway(500), "HTTP 502": gateway(502), "HTTP 503": gateway(503), "HTTP 504": gateway(504),
            "an empty 202": EMPTY_202, "HTML": HTML, "a fault": Fault("ServerErrorInternalError"),
            "OperationFailed": Fault("OperationFailed"), "by closing": DROP,
        }.items()
    },
    **{
        f"EndPostScanJob not taken, answered {name}": Case(
            Lie(answer=first("EndPostScanJob", answer, done=False)), 0, "Completed", (), (), {"repeats": 1})
        for name, answer in {"HTTP 502": gateway(502), "an empty 202": EMPTY_202, "HTML": HTML}.items()
    },
    "EndPostScanJob not taken, answered a fault": Case(
        Lie(answer=first("EndPostScanJob", Fault("ServerErrorInternalError"), done=False)), 4, "Failed",
        ("EndPostScanJob", "cancelled at the scan server"), (), canceled=True),
    **{
        f"V5 SendImage taken, answered {name}": Case(
            Lie(answer=first("SendImage", answer, done=True)), 0, "Completed",
            ("image 1 is acknowledged by ImagesReceived alone",), (), {"repeats": 0})
        for name, answer in {
            "HTTP 500": gateway(500), "HTTP 502": gateway(502), "HTTP 504": gateway(504),
            "an empty 202": EMPTY_202, "HTML": HTML, "a fault": Fault("ServerErrorInternalError"),
        }.items()
    },
    **{
        f"V5 SendImage not taken, answered HTTP {status}": Case(
            Lie(answer=first("SendImage", gateway(status), done=False)), 0, "Completed", (), (), {"repeats": 1},
            (2, 1))
        for status in (502, 504)
    },
    "SendImage not taken, answered HTML": Case(
        Lie(answer=first("SendImage", HTML, done=False)), 4, "Failed", ("SendImage, image 1", "cancelled at"), (),
        attempts=(1,), canceled=True, stored=0),
    "V6 every SendImage taken, and the connection closed": Case(
        Lie(answer=first("SendImage", DROP, done=True, times=2)), 0, "Completed", ("image 2 is acknowledged",), (),
        {"dropped": 2, "repeats": 0, "polls": 4, "requests": 8}, process=True),
    **{
        f"503 with Retry-After to {operation}": Case(
            Lie(answer=first(operation, BUSY, done=False)), 0, "Completed", (), (), {"retries": 1, "repeats": 0},
            (2, 1) if operation == "SendImage" else (1, 1), process=operation == "EndPostScanJob")
        for operation in ("CreatePostScanJob", "SendImage", "EndPostScanJob", "GetPostScanJobElements")
    },
    "a question answered HTTP 502": Case(
        Lie(answer=first("GetPostScanJobElements", gateway(502), done=False)), 0, "Completed", (), (),
        {"retries": 1}),
    "CreatePostScanJob taken, answered HTTP 502": Case(
        Lie(answer=first("CreatePostScanJob", gateway(502), done=True)), 4, "Failed",
        ("unknown whether the job exists",), (), attempts=(), stored=0),
    "ServerErrorPostScanJobCanceled to the question": Case(
        Lie(answer=first("GetPostScanJobElements", Fault("ServerErrorPostScanJobCanceled"), done=False)), 1,
        "Canceled"),
}  # fmt: skip
WARNED: dict[str, Case] = {
    "V8 Completed with warnings of a filter": Case(
        Lie(status=at_end(reasons=["PostScanJobCompletedWithWarnings"],
                          filters=[(FILE_SHARE, "CompletedWithWarnings")])),
        0, "CompletedWithWarnings", ("filter fileshare: CompletedWithWarnings",), (), process=True),
    "Completed with warnings of the job": Case(
        Lie(status=at_end(reasons=["PostScanJobCompletedWithWarnings"])), 0, "CompletedWithWarnings",
        ("PostScanJobCompletedWithWarnings",), ()),
    "a filter with warnings at a server without that reason": Case(
        Lie(status=at_end(filters=[(FILE_SHARE, "CompletedWithWarnings")])), 0, "CompletedWithWarnings",
        ("filter fileshare: CompletedWithWarnings",), ()),
}  # fmt: skip
CASES = {"no lie": GOOD} | COUNT | TOKEN | FILTERS | STATE | EVENTS | OPEN | WARNED


def arguments(server: LyingServer, pages: Path, manifest: Path, case: Case) -> list[str]:
    process = "Scan to everyone" if EMAIL in case.filters else "Scan to folder"
    return [
        "scan", str(pages / "0.jpg"), str(pages / "1.jpg"), "--as-is", "--set", "Format=jfif", "--json",
        "--service", server.service, "--scan-process", process, "--manifest", str(manifest),
        *(() if case.lie.event or case.lie.status_event else ("--events", "none")),
    ]  # fmt: skip


def check(name: str, case: Case, server: LyingServer, code: int, out: str, err: str, manifest: Path) -> None:
    result = json.loads(out)
    written = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
    assert written[-1]["result"] == result, "the manifest says what the result says"
    told = json.dumps(result, ensure_ascii=False)
    ids = tuple(dict.fromkeys(each["id"] for each in result["deviations"]))
    words = [each["detail"] for each in result["deviations"]] + result["warnings"] + [result["error"] or ""]
    TABLE.append((name, f"{code:>4}  {result['outcome']}", "; ".join(word for word in words if word)[:110]))
    assert (code, result["exit_code"], result["outcome"]) == (case.exit_code, case.exit_code, case.outcome), told
    for piece in case.told:
        assert piece.format(token=server.token) in told
        assert piece.format(token=server.token) in err, "a person is told the same"
    if case.deviations is not None:
        of_http = {"http-content-type", "http-status"}  # of what gateways say
        assert set(ids) - of_http == set(case.deviations), result["deviations"]
    for key, count in case.exchanges.items():
        assert result["exchanges"][key] == count, (key, result["exchanges"])
    assert tuple(image["attempts"] for image in result["images"]) == case.attempts
    answered = "unknown whether the job exists" not in case.told
    assert result["job_token"] == (server.token if answered else "")
    assert server.canceled is case.canceled, "cancelled only where it is known to be in Creating"
    assert len(server.images) == case.stored
    sent = [image["sha256"] for image in result["images"]]
    assert set(server.images) <= set(sent) and len(server.images) == len(set(server.images))
    if result["exit_code"] == 0:
        assert server.images == sent
    counted = result["exchanges"]
    assert counted["requests"] == len(
        [each for each in server.operations if each not in ("Subscribe", "Unsubscribe")]
    )
    assert counted["polls"] == server.operations.count("GetPostScanJobElements")
    line = next((line for line in err.splitlines() if " requests: " in line), "")
    for key, word in (("retries", "retried"), ("repeats", "repeated"), ("dropped", "dropped")):
        assert bool(counted[key]) is (word in line), (line, counted)


@pytest.mark.parametrize("name", CASES)
def test_a_lie_is_told_and_no_success(name: str, pages: Path, tmp_path: Path) -> None:
    case = CASES[name]
    with LyingServer(case.lie, case.filters) as server:
        given = arguments(server, pages, tmp_path / "m.jsonl", case)
        done = CliRunner().invoke(app, given)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        check(name, case, server, done.exit_code, done.stdout, done.stderr, tmp_path / "m.jsonl")


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.process])
def test_the_same_in_a_process_of_its_own(name: str, pages: Path, tmp_path: Path) -> None:
    case = CASES[name]
    with LyingServer(case.lie, case.filters) as server:
        done = run(*arguments(server, pages, tmp_path / "m.jsonl", case), cwd=tmp_path)
        check(f"{name} (process)", case, server, done.returncode, done.stdout, done.stderr, tmp_path / "m.jsonl")


def test_a_lie_is_a_failure_where_the_user_wants_no_deviation(pages: Path, tmp_path: Path) -> None:
    """With --strict; what was handed over is not cancelled for that."""
    case = COUNT["V1 Completed with ImagesReceived 0"]
    with LyingServer(case.lie) as server:
        done = CliRunner().invoke(app, [*arguments(server, pages, tmp_path / "m.jsonl", case), "--strict"])
        assert done.exit_code == 4 and not server.canceled, done.output
        result = json.loads(done.stdout)
        assert result["outcome"] == "Failed" and result["job_token"] == server.token
        assert "strict: images-received" in result["error"] and "0 in Completed, 2 acknowledged" in result["error"]


def test_a_lie_before_the_job_was_handed_over_counts_though_nobody_waits(pages: Path, tmp_path: Path) -> None:
    case = STATE["Processing before EndPostScanJob"]
    with LyingServer(case.lie) as server:
        done = CliRunner().invoke(app, [*arguments(server, pages, tmp_path / "m.jsonl", case), "--no-wait"])
        assert (done.exit_code, json.loads(done.stdout)["outcome"]) == (1, "Contradicted"), done.output


PARAMETERS = (
    '<a:ReferenceProperties><v:Tenant xmlns:v="urn:vendor" v:kind="big">t &amp; 1</v:Tenant>'
    "</a:ReferenceProperties>"
    '<a:ReferenceParameters xmlns:v="urn:vendor" xmlns:q="urn:names"><v:Queue>q:first</v:Queue><Plain/>'
    "</a:ReferenceParameters>"
)


def test_what_goes_with_an_address_is_in_every_message_to_it(pages: Path, tmp_path: Path) -> None:
    """WS-Addressing 2004/08, 2.3: as header blocks, unchanged, and without the mark of 2005/08."""
    with LyingServer(Lie(parameters=PARAMETERS, event=event(), polls_to_end=1)) as server:
        given = ["scan", str(pages / "0.jpg"), "--as-is", "--set", "Format=jfif", "--json", "--server", server.url]
        done = CliRunner().invoke(app, [*given, "--manifest", str(tmp_path / "m.jsonl")])
        assert done.exit_code == 0, done.output
        result = json.loads(done.stdout)
    assert result["deviations"] == [] and result["events"]["subscribed"] is True
    expected = [
        etree.tostring(each, method="c14n", exclusive=True)
        for each in _blocks(etree.fromstring(f"<r xmlns:a='{NS['a']}'>{PARAMETERS}</r>"))
    ]
    to_service = [(o, d) for o, d in server.seen if o not in ("Probe", "Get", "Unsubscribe", "Renew")]
    assert {o for o, _ in to_service} == {
        "Subscribe", "CreatePostScanJob", "SendImage", "EndPostScanJob", "GetPostScanJobElements",
    }  # fmt: skip
    for operation, document in to_service:
        header = document.find("S:Header", NS)
        assert header is not None
        blocks = [each for each in header if not str(each.tag).startswith("{" + NS["a"])]
        found = [etree.tostring(each, method="c14n", exclusive=True) for each in blocks]
        assert found == expected, operation
        queue = next(each for each in blocks if each.tag == "{urn:vendor}Queue")
        assert queue.nsmap["q"] == "urn:names", "a name in the content means the same"
    for operation, document in server.seen:
        if operation in ("Probe", "Get"):
            assert document.find("S:Header/{urn:vendor}Queue", NS) is None, "only the service has them"


def _blocks(root: etree._Element) -> list[etree._Element]:
    return [etree.fromstring(etree.tostring(each)) for group in root for each in group]


@pytest.mark.parametrize("reserved", ["<a:To>urn:elsewhere</a:To>", '<S:Fault xmlns:S="' + NS["S"] + '"/>'])
def test_an_address_that_wants_headers_of_its_own_for_ours_is_not_used(
    reserved: str, pages: Path, tmp_path: Path
) -> None:
    lie = Lie(parameters=f"<a:ReferenceParameters>{reserved}</a:ReferenceParameters>")
    with LyingServer(lie) as server:
        given = ["scan", str(pages / "0.jpg"), "--as-is", "--set", "Format=jfif", "--json", "--server", server.url]
        done = CliRunner().invoke(app, [*given, "--manifest", str(tmp_path / "m.jsonl")])
        assert done.exit_code == 4, done.output
        assert "reference-header" in [each["id"] for each in json.loads(done.stdout)["deviations"]]
        assert "CreatePostScanJob" not in server.operations


def test_an_interrupted_job_can_be_found_by_its_token(pages: Path, tmp_path: Path) -> None:
    """In the manifest, with what was acknowledged up to then (V11)."""
    manifest = tmp_path / "m.jsonl"
    with LyingServer(Lie(answer={"SendImage": [None, (True, HOLD)]})) as server:
        device = start(*arguments(server, pages, manifest, GOOD), cwd=tmp_path)
        try:
            for _ in range(600):
                if server.operations.count("SendImage") == 2:
                    break
                time.sleep(0.05)
            interrupt(device)
            out, err = device.communicate(timeout=60)
        finally:
            end(device)
        assert device.returncode == 130 and "the job was cancelled at the scan server" in err
        assert server.canceled
        result = json.loads(manifest.read_text(encoding="utf-8").splitlines()[-1])["result"]
        assert (result["job_token"], result["canceled"], result["exit_code"]) == (server.token, True, 130)
        assert [(each["acknowledged"], each["attempts"]) for each in result["images"]] == [(True, 1), (False, 1)]
        assert json.loads(out)["job_token"] == server.token, "the one object says so too"
        assert result["exchanges"]["requests"] == 4 and result["service"] == server.service
