"""What an HTTP answer without a message is, and how long the server wants to be left alone."""

from __future__ import annotations

import pytest
from answer_events import read_answer

from emulator.dsm.answers import retry_after
from emulator.dsm.sequence_steps import Operation, Trouble, pause_before_retry
from emulator.dsm.sequence_table import RETRY_AFTER_LONGEST, RETRY_PAUSES, Result
from emulator.soap import envelope
from emulator.transport.http import HttpResponse

ASKED = envelope.request("urn:a/GetPostScanJobElements", "urn:b", None)
DATE = ("Date", "Sun, 29 Nov 2026 12:00:00 GMT")


def answer(status: int, *headers: tuple[str, str], body: bytes = b"<html>no</html>") -> Trouble:
    response = HttpResponse(status, "", (("Content-Type", "text/html"), *headers), body)
    event, _ = read_answer(Operation.ELEMENTS, ASKED, response)
    assert isinstance(event, Trouble)
    return event


def test_every_status_is_something() -> None:
    """RFC 9110, 15: 4xx was not processed, 5xx may have been, and 2xx and 3xx without a message are nonsense."""
    own = {
        401: Result.REFUSED_US,
        403: Result.REFUSED_US,
        407: Result.REFUSED_US,
        408: Result.HTTP_FAILED,
        429: Result.BUSY,
    }
    for status in range(200, 600):
        of_class = Result.NONSENSE if status < 400 else Result.TURNED_AWAY if status < 500 else Result.HTTP_FAILED
        assert answer(status).result is own.get(status, of_class), status
    assert answer(503, ("Retry-After", "3")).result is Result.BUSY


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ((("Retry-After", "3"),), 3.0),
        ((("Retry-After", " 120 "),), 120.0),
        ((("Retry-After", "9" * 400),), 999999999.0),
        ((("Retry-After", "Sun, 29 Nov 2026 12:00:07 GMT"), DATE), 7.0),
        ((("Retry-After", "Sun, 29 Nov 2026 11:00:00 GMT"), DATE), 0.0),
        ((("Retry-After", "Sun, 29 Nov 2026 12:00:07 GMT"),), None),
        ((("Retry-After", "soon"), DATE), None),
        ((("Retry-After", "-1"), DATE), None),
        ((("Retry-After", "٣"), DATE), None),
        ((("Retry-After", "Sun, 99 Nov 2026 12:00:07 GMT"), DATE), None),
        ((), None),
    ],
)
def test_retry_after_in_each_of_its_forms(headers: tuple[tuple[str, str], ...], seconds: float | None) -> None:
    assert retry_after(HttpResponse(503, "", headers, b"")) == seconds
    assert answer(503, *headers).retry_after == seconds


def test_a_pause_is_as_long_as_the_server_asks_for_within_bounds() -> None:
    for tries, shortest in enumerate(RETRY_PAUSES, start=1):
        for asked in (None, 0.0, 0.1, 3.0, 1e9):
            pause = pause_before_retry(tries, Trouble(Result.BUSY, "", retry_after=asked))
            assert shortest <= pause <= max(RETRY_AFTER_LONGEST, shortest)
            assert asked is None or pause == max(shortest, min(asked, RETRY_AFTER_LONGEST))
