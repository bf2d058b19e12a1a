"""`--habit 2008r2`: every product behaviour note of MS-BDSRR that contradicts the document; none without it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from dsc_caller import DSC, DscCaller, texts
from raw_wire import SOAP_TYPE, head
from scan_server_bench import Answer, Caller, envelope, file_share, instructions, office

from emulator.directory.errors import DirectoryUnreachable
from emulator.directory.folder import FolderDirectory
from emulator.dsm.constants import DSP
from emulator.faults.alteration import Role
from emulator.faults.behaviours import BEHAVIOURS, Behaviour
from emulator.faults.habits import UnknownHabit, behaviours_of, habits, habits_named
from emulator.scan_server.server import ScanServer

SPX = 'xmlns:spx="http://schemas.microsoft.com/windows/2010/09/imaging/postscan/scanprocess/extensions"'
ALLOWED = (
    f"<spx:AllowDeviceFileNameChange {SPX}>true</spx:AllowDeviceFileNameChange>"
    f"<spx:AllowDeviceFilePathChange {SPX}>true</spx:AllowDeviceFilePathChange>"
)
ODD_TOKENS = ("no-guid", "1", "{58e4590c", "58e4590c-01e4-4933-a247-dc497b1d6c5g", "x" * 250)
NOTES = {
    1: "the same: no vendor keywords",
    2: Behaviour.NO_DEVICE_CHOICES,
    3: Behaviour.NO_DEVICE_CHOICES,
    4: Behaviour.NO_DEVICE_CHOICES,
    5: "the same: JobTokens are GUIDs",
    6: Behaviour.NO_DEVICE_CHOICES,
    7: Behaviour.NO_DEVICE_CHOICES,
    8: Behaviour.NO_COMPLETED_WITH_WARNINGS,
    9: "the same: never Terminating",
    10: "the same: never Stopped",
    11: Behaviour.NO_TEMPORARY_ERROR,
    12: "the same: the token is the detail",
    13: Behaviour.UNKNOWN_ELEMENT_UNANSWERED,
    14: Behaviour.ODD_TOKEN_UNAVAILABLE,
    15: Behaviour.ODD_TOKEN_UNAVAILABLE,
    16: Behaviour.UNKNOWN_ELEMENT_UNANSWERED,
    17: "the same: the configuration never changes, so that no event tells it",
    18: Behaviour.NO_DEVICE_CHOICES,
}
"""The notes of MS-BDSRR, section 7, and what becomes of each."""


@dataclass(frozen=True)
class Office:
    """A running server and whether it has the habit."""

    caller: Caller
    dsc: DscCaller
    directory: FolderDirectory
    habit: bool


@pytest_asyncio.fixture(params=[False, True], ids=["documents", "2008r2"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    directory = FolderDirectory(office(tmp_path / "office", extensions=ALLOWED))
    behaviours = _behaviours(["2008r2"] if request.param else [])
    async with ScanServer(store=tmp_path / "store", directory=directory, behaviours=behaviours) as server:
        dsc = DscCaller(server.configuration_url)
        yield Office(Caller(server.service_url), dsc, directory, request.param)


def _behaviours(names: list[str]) -> frozenset[Behaviour]:
    return behaviours_of(habits_named(names, [Role.SERVER]))


def test_the_preset_is_whole() -> None:
    # The law: [bdsrr/7/note-1-no-vendor-keywords] [bdsrr/7/note-5-token-is-a-guid]
    # The law: [bdsrr/7/note-9-never-terminating] [bdsrr/7/note-10-never-stopped]
    assert (
        {each for each in NOTES.values() if isinstance(each, Behaviour)}
        | {
            Behaviour.WRONG_ELEMENT_INVALID  # the second half of note 13
        }
        == habits()["2008r2"].behaviours
        == frozenset(Behaviour)
        == frozenset(BEHAVIOURS)
    )
    for behaviour, meaning in BEHAVIOURS.items():
        assert habits()[behaviour].behaviours == {behaviour}
        assert "MS-BDSRR" in meaning and "note" in meaning


def test_habits_add_up_and_unknown_ones_are_refused() -> None:
    assert _behaviours([]) == frozenset()
    assert _behaviours(["2008R2", "no-temporary-error"]) == frozenset(Behaviour)
    assert len(_behaviours(["no-temporary-error", "no-device-choices"])) == 2
    with pytest.raises(UnknownHabit, match=r"no habit '2008'; there are: .*2008r2"):
        _behaviours(["2008"])


@pytest.mark.parametrize("token", ODD_TOKENS)
async def test_a_token_that_is_no_guid(place: Office, token: str) -> None:
    """Notes 14 and 15; in WS-DSP, which has the same jobs, likewise.
    [bdsrr/7/note-14-malformed-token-of-cancel] [bdsrr/7/note-15-malformed-token-of-elements]
    [dsp/fault/endpoint-unavailable]"""
    answers: list[Answer] = [
        await place.dsc.cancel(token),
        await place.dsc.elements(token, "dsc:JobStatus"),
        await place.caller.elements(token),
        *[await place.caller.with_token(each, token) for each in ("EndPostScanJob", "CancelPostScanJob")],
        await place.caller.send(token),
    ]
    for answer in answers:
        if place.habit:
            assert (answer.status, *answer.fault[:2]) == (500, "Receiver", "EndpointUnavailable")
        else:
            assert (answer.status, *answer.fault[:2]) == (400, "Sender", "InvalidArgs")
            assert answer.fault[2].startswith("JobToken: ")


async def unanswered(url: str, data: bytes) -> bool:
    """Whether nothing at all comes back for a while, the connection staying open."""

    def ask() -> bool:
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=0.3) as connection:
            headers = (("Content-Type", SOAP_TYPE), ("Content-Length", str(len(data))))
            connection.sendall(head(url, *headers) + data)
            try:
                return connection.recv(1) == b"never"
            except TimeoutError:
                return True

    return await asyncio.to_thread(ask)


def asking(namespace: str, operation: str, url: str, names: list[str], token: str = "") -> bytes:
    token = f"<n:JobToken>{token}</n:JobToken>" if token else ""
    wanted = "".join(f"<n:Name>{name}</n:Name>" for name in names)
    body = (
        f'<n:{operation}Request xmlns:n="{namespace}" xmlns:dsc="{DSC}">{token}<n:RequestedElements>{wanted}'
        f"</n:RequestedElements></n:{operation}Request>"
    )
    return envelope(url, f"{namespace}/{operation}", body)


@pytest.mark.parametrize("names", [["wsa:Own"], ["dsp:JobStatus"], ["dsc:RepositoryStatus", "wsa:Own"]])
async def test_an_unknown_element_of_the_repository(place: Office, names: list[str]) -> None:
    """Note 13. [bdsrr/7/note-13-unknown-repository-element]"""
    data = asking(DSC, "GetRepositoryElements", place.dsc.url, names)
    if place.habit:
        assert await unanswered(place.dsc.url, data)
    else:
        answer = await place.dsc.repository(*names)
        assert texts(answer, "//dsc:ElementData/@dsc:Valid")[-1] == "false"


async def test_a_wrong_element_of_the_services_own_namespace(place: Office) -> None:
    """Note 13, second half. [bdsrr/7/note-13-wrong-repository-element]"""
    answer = await place.dsc.repository("dsc:RepositoryStatus", "dsc:JobStatus")
    if place.habit:
        assert answer.fault[:2] == ("Sender", "InvalidArgs") and "JobStatus" in answer.fault[2]
    else:
        assert texts(answer, "//dsc:ElementData/@dsc:Valid") == ["true", "false"]


@pytest.mark.parametrize("name", ["dsp:Own", "dsc:Own", "wsa:Own"])
@pytest.mark.parametrize("service", ["dsp", "dsc"])
async def test_an_unknown_element_of_a_job(place: Office, service: str, name: str) -> None:
    """Note 16. [bdsrr/7/note-16-unknown-job-element]"""
    token = await place.caller.job()
    url, namespace = (place.dsc.url, DSC) if service == "dsc" else (place.caller.url, DSP)
    if place.habit:
        names = [f"{service}:JobStatus", name]
        assert await unanswered(url, asking(namespace, "GetPostScanJobElements", url, names, token))
    else:
        asked = place.dsc if service == "dsc" else place.caller
        answer = await asked.elements(token, f"{service}:JobStatus", name)
        valid = answer.root.xpath("//@*[local-name()='Valid']")
        assert valid == ["true", "false"]


async def test_what_is_known_is_answered_either_way(place: Office) -> None:
    token = await place.caller.job()
    for answer in (
        await place.caller.elements(token, "dsp:JobStatus", "dsp:JobDescription", "dsp:Documents"),
        await place.dsc.elements(token, "dsc:JobStatus", "dsc:JobDescription", "dsc:Documents"),
        await place.dsc.repository("dsc:RepositoryStatus", "dsc:RepositoryConfiguration"),
    ):
        assert set(answer.root.xpath("//@*[local-name()='Valid']")) == {"true"}


async def test_a_job_without_images(place: Office) -> None:
    """A warning, and no success: whoever expected something hears of it. Windows Server 2008 R2 has no such reason
    (note 8). [bdsrr/7/note-8-no-warnings] [dsp/job-state-reason/post-scan-job-completed-with-warnings]"""
    token = await place.caller.job()
    assert (await place.caller.with_token("EndPostScanJob", token)).status == 200
    status = await place.caller.ended(token)
    assert status.text("//dsp:JobState") == "Completed"
    ending = "PostScanJobCompletedSuccessfully" if place.habit else "PostScanJobCompletedWithWarnings"
    assert status.text("//dsp:JobStateReason") == ending
    assert status.text("//dsp:FilterState") == "CompletedWithWarnings"


async def test_what_passes_by_itself(place: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Note 11. [bdsrr/7/note-11-no-temporary-error] [dsp/fault/server-error-temporary-error]
    [bdsrr/3.1.4.1.4/temporary-error]"""

    def unreachable(*_: object) -> None:
        raise DirectoryUnreachable("nobody answers")

    monkeypatch.setattr(FolderDirectory, "user_by_sid", unreachable)
    answer = await place.caller.create()
    expected = "ServerErrorInternalError" if place.habit else "ServerErrorTemporaryError"
    assert (answer.status, answer.fault[1]) == (500, expected)


@pytest.mark.parametrize(
    ("sent", "argument"),
    [
        (instructions(file_share(r"\\files\In"), name="Letter"), "DocumentRootName"),
        (instructions(file_share(r"\\other\Out")), "ShareUNC"),
    ],
)
async def test_the_choices_of_a_device(place: Office, sent: str, argument: str) -> None:
    """Notes 2 to 4, 6, 7 and 18: scan process extensions are not supported. [bdsrr/7/note-2-no-extension-flags]"""
    answer = await place.caller.create(sent)
    if place.habit:
        assert answer.fault[:2] == ("Sender", "InvalidArgs") and argument in answer.fault[2]
    else:
        assert answer.status == 200
