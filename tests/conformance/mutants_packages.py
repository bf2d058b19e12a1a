"""Mutants of how packages are read, of what is refused, and of time limits."""

from __future__ import annotations

from collections.abc import Callable

from mutant import Handle, Mutant, answered_as_if_right, status_instead

from emulator.transport.http import IncomingRequest, OutgoingResponse

PACKAGES = ("mtom/*", "notes/c-31/*", "habits/*", "soap/*", "dsp/*")
BLANK = b"Content-ID: < 1.image"


def _unread(id: str, when: bytes = b"", of_type: Callable[[str], bool] = lambda _: True) -> Mutant:
    return Mutant(id, "not read", http=status_instead(400, when=when, of_type=of_type), strict=False, also=PACKAGES)


def _package(of_type: str) -> bool:
    return of_type.startswith("multipart/")


async def _whole_alone(request: IncomingRequest, inner: Handle) -> OutgoingResponse:
    """Chunks are not read."""
    if request.content_length is None and request.method == "POST":
        return OutgoingResponse(411, close=True)
    return await inner(request)


async def _no_expectations(request: IncomingRequest, inner: Handle) -> OutgoingResponse:
    """Whoever expects something waits for ever."""
    if "expect" in request.headers:
        from emulator.transport.http import Unanswered

        raise Unanswered
    return await inner(request)


def _timed(id: str) -> Mutant:
    return Mutant(id, "never", server={"time_limit": 600.0}, strict=False, also=("dsp/*", "notes/*"))


MUTANTS = (
    _unread("mtom/outer/start-absent", of_type=lambda each: _package(each) and "start=" not in each),
    _unread("mtom/part/header-lines", b"CONTENT-ID:"),
    _unread("mtom/tolerant/header-case", b"CONTENT-ID:"),
    _unread("mtom/include/percent-encoded", b"1.image%40"),
    _unread("mtom/include/inline-base64-accepted", b"<dsp:ImageData>/9j"),
    _unread("mtom/delimiter/not-in-the-data", b"--another-boundary"),
    _unread("mtom/delimiter/preamble-and-epilogue", b"This is a preamble."),
    _unread("mtom/delimiter/form", b"=_odd+boundary"),
    _unread("mtom/delimiter/close", b"=_odd+boundary"),
    _unread("mtom/tolerant/semicolon-missing", of_type=lambda each: '" start=' in each),
    _unread("mtom/tolerant/type-unquoted", of_type=lambda each: "type=application" in each),
    _unread("mtom/tolerant/startinfo", of_type=lambda each: "startinfo" in each),
    _unread("mtom/tolerant/content-id-blanks", BLANK),
    _unread("mtom/tolerant/content-id-without-brackets", b"Content-ID: 1.image"),
    _unread("mtom/tolerant/lf-alone", b"Content-Transfer-Encoding: binary\nContent-ID"),
    _unread("notes/c-31/mime-header-of-the-examples-read", b" >\r\n", of_type=lambda each: "startinfo" in each),
    _unread("habits/client/lax-boundary", b"Envelope>--"),
    Mutant("soap/http/length-and-chunks", "411", http=_whole_alone, also=PACKAGES),
    Mutant("soap/http/expect-100-continue", "silence", http=_no_expectations, also=PACKAGES),
    Mutant("soap/envelope/no-dtd", "read", http=answered_as_if_right(b"<!DOCTYPE"), also=PACKAGES),
    _timed("dsp/job-transition/timed-out"),
    _timed("dsp/job-transition/timed-out-is-aborted"),
    _timed("dsp/job-state-reason/post-scan-job-timed-out"),
    _timed("notes/silent/final-state-after-time-out"),
)
