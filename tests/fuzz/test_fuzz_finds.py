"""What mutated messages have found, each as one message that does it again."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from judge import Verdicts, Watch
from lines import in_process, plain
from mutations import Template
from sides import Side, device_side, one, server_side

pytestmark = pytest.mark.wire_fault

NAMES = [
    b"xmlns:\xef\xbb\xbfp='urn:x'",
    "xmlns:\u00fc='urn:x'".encode(),
    "xmlns:\u0645='urn:x' \u0645:a='1'".encode(),
]
"""A name may have characters that ASCII has not (XML 1.0, 2.3), and a name cannot be escaped."""


async def asked(side: Side, template: Template, watch: Watch) -> tuple[int, bytes]:
    """The answer, which is as documented; nothing is logged as an error."""
    verdicts = Verdicts()
    status, headers, body = await in_process(side.handler, plain(template), None)
    verdicts.judge(plain(template), status, headers, body, "-")
    assert verdicts.wrong == [] and watch.found == []
    return status, body


async def send_to(side: Side, template: Template) -> tuple[int, bytes]:
    status, _, body = await in_process(side.handler, plain(template), None)
    return status, body


@pytest.mark.parametrize("declared", NAMES)
async def test_names_of_other_than_ascii_characters_in_what_is_copied(tmp_path: Path, declared: bytes) -> None:
    watch = Watch()
    async with device_side(tmp_path, listen=False) as side:
        messages = side.messages(sink="http://127.0.0.1:1/", job="0", token="t")
        with watch.alone():
            for operation in ("Renew", "GetStatus", "Unsubscribe"):
                message = one(messages, "manager", operation)
                body = message.body.replace(b"<wse:Identifier>", b"<wse:Identifier %b>" % declared)
                status, answer = await asked(side, replace(message, body=body), watch)
                assert status == (500 if operation == "Renew" else 400) and b"Fault" in answer
            subscribe = one(messages, "scan", "Subscribe")
            body = subscribe.body.replace(b"<my:Id ", b"<my:Id %b " % declared)
            assert (await asked(side, replace(subscribe, body=body), watch))[0] == 200


async def test_a_job_that_is_cancelled_before_its_filters_begin(tmp_path: Path) -> None:
    watch = Watch()
    async with server_side(tmp_path) as side:
        with watch.alone():
            # The next batch's job has no image yet.
            messages = await side.healthy(lambda template: send_to(side, template), "http://127.0.0.1:1/")
            assert (await asked(side, one(messages, "processing", "SendImage"), watch))[0] == 200
            ended, canceled = await asyncio.gather(
                asked(side, one(messages, "processing", "EndPostScanJob"), watch),
                asked(side, one(messages, "processing", "CancelPostScanJob"), watch),
            )
            assert (ended[0], canceled[0]) == (200, 200)
            for _ in range(500):
                kept = list((tmp_path / "store" / "unfinished").rglob("*.jpg"))
                if kept:
                    break
                await asyncio.sleep(0.01)
            assert len(kept) == 1
            status, answer = await asked(side, one(messages, "processing", "GetPostScanJobElements"), watch)
            assert status == 200 and b"JobState>Canceled<" in answer
    assert watch.found == []


async def test_a_line_break_in_an_action_breaks_no_line_of_log_and_journal(tmp_path: Path) -> None:
    watch = Watch()

    def posted(url: str, template: Template) -> int:
        parts = urlsplit(url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        with closing(connection):
            connection.request("POST", template.path, template.body, dict(template.headers))
            return connection.getresponse().status

    async with device_side(tmp_path, listen=True) as side:
        message = one(side.messages(sink="http://127.0.0.1:1/", job="0", token="t"), "scan", "GetActiveJobs")
        with watch.alone():
            for action in (b"GetActive\nJobs", b"Get\nActive\r\n Jobs" + b"x" * 5000):
                body = message.body.replace(b"scan/GetActiveJobs", b"scan/" + action)
                assert await asyncio.to_thread(posted, side.base, replace(message, body=body)) == 400
    assert watch.lines >= 2 and watch.found == []
