"""What a device that is judged as a post-scan client does otherwise: at HTTP, below everything of ours."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import urlsplit

from lxml import etree
from mutant import Change

from emulator.conformance.post_scan import answers
from emulator.conformance.reading import read_envelope
from emulator.transport.http import (
    BytesBody,
    ConnectionLost,
    ExchangeError,
    HttpRequest,
    HttpResponse,
    IncomingRequest,
    NotHttp,
    OutgoingResponse,
    Stage,
)

Go = Callable[[HttpRequest], Awaitable[HttpResponse]]
Lie = Callable[[HttpRequest, Go], Awaitable[HttpResponse]]
"""Sends a request, or something else, and returns an answer, or something else."""
MakesLie = Callable[[], Lie]
Answers = Callable[
    [IncomingRequest, Callable[[IncomingRequest], Awaitable[OutgoingResponse]]], Awaitable[OutgoingResponse]
]
"""What is said where events are taken: by itself, or of what would be said."""
SOAP_TYPE = (("Content-Type", "application/soap+xml; charset=utf-8"),)
STATUS = answers.job_elements(
    [
        (
            "JobStatus",
            answers.job_status(
                "TOKEN", "Completed", [], answers.filter_statuses(["urn:x"], "Pending"), 2, ended=True
            ),
        )
    ]
)


def operation_of(request: HttpRequest) -> str:
    """Of WS-DSP, WS-Eventing, discovery or metadata."""
    return "" if request.carried is None else request.carried.operation


def octets_of(request: HttpRequest) -> bytes:
    """The whole body."""
    return b"".join(bytes(each) for each in request.body.chunks())


def envelope_of(octets: bytes) -> tuple[int, int]:
    """Where the envelope begins and ends, in a package or alone."""
    return octets.index(b"<?xml"), octets.rindex(b"Envelope>") + len(b"Envelope>")


def said_right(request: HttpRequest, content: str) -> HttpResponse:
    """An answer that the server has not given."""
    octets = octets_of(request)
    start, end = envelope_of(octets)
    asked = read_envelope(octets[start:end])
    token = asked.root.findtext(".//{*}JobToken") or "TOKEN"
    body = answers.answer(asked, answers.response_action(operation_of(request)), content.replace("TOKEN", token))
    return HttpResponse(200, "OK", SOAP_TYPE, body)


def octets(change: Callable[[bytes], bytes], *operations: str) -> MakesLie:
    """The body is another, as octets."""

    async def lie(request: HttpRequest, go: Go) -> HttpResponse:
        if operation_of(request) not in operations:
            return await go(request)
        return await go(replace(request, body=BytesBody(change(octets_of(request)))))

    return lambda: lie


def replaced(old: str, new: str, *operations: str, count: int = -1) -> MakesLie:
    """Octets of the body are others."""
    return octets(lambda body: body.replace(old.encode(), new.encode(), count), *operations)


def substituted(pattern: str, new: str, *operations: str) -> MakesLie:
    """What a regular expression matches in the body is another."""
    return octets(lambda body: re.sub(pattern.encode(), new.encode(), body, flags=re.DOTALL), *operations)


def xml(change: Change, *operations: str) -> MakesLie:
    """The envelope is another, changed by a function of its root."""

    def changed(body: bytes) -> bytes:
        start, end = envelope_of(body)
        root = etree.fromstring(body[start:end])
        change(root)
        return body[:start] + etree.tostring(root, xml_declaration=True, encoding="utf-8") + body[end:]

    return octets(changed, *operations)


def headed(name: str, change: Callable[[str], str], *operations: str) -> MakesLie:
    """A header of HTTP is another; one that was not there is added."""

    async def lie(request: HttpRequest, go: Go) -> HttpResponse:
        if operation_of(request) not in operations:
            return await go(request)
        before = next((value for key, value in request.headers if key.lower() == name.lower()), "")
        others = tuple(each for each in request.headers if each[0].lower() != name.lower())
        return await go(replace(request, headers=(*others, (name, change(before)))))

    return lambda: lie


def both(*lies: MakesLie) -> MakesLie:
    """One after the other."""

    def make() -> Lie:
        made = [each() for each in lies]

        async def lie(request: HttpRequest, go: Go) -> HttpResponse:
            def inner(number: int) -> Go:
                if number == len(made):
                    return go

                async def goes(each: HttpRequest) -> HttpResponse:
                    return await made[number](each, inner(number + 1))

                return goes

            return await inner(0)(request)

        return lie

    return make


def elsewhere(path: str, *operations: str) -> MakesLie:
    """It goes to another path."""

    async def lie(request: HttpRequest, go: Go) -> HttpResponse:
        if operation_of(request) not in operations:
            return await go(request)
        parts = urlsplit(request.url)
        return await go(replace(request, url=f"{parts.scheme}://{parts.netloc}{path}"))

    return lambda: lie


def method(name: str, *operations: str) -> MakesLie:
    """It goes by another method of HTTP."""

    async def lie(request: HttpRequest, go: Go) -> HttpResponse:
        return await go(replace(request, method=name) if operation_of(request) in operations else request)

    return lambda: lie


def unsent(*operations: str) -> MakesLie:
    """It is never sent."""

    async def lie(request: HttpRequest, go: Go) -> HttpResponse:
        if operation_of(request) not in operations:
            return await go(request)
        raise ConnectionLost("not sent", Stage.ANSWER)

    return lambda: lie


def made_up(operation: str, content: str, holding: str = "") -> MakesLie:
    """It is not sent, and taken for answered. `holding`: only requests that hold this text."""

    async def lie(request: HttpRequest, go: Go) -> HttpResponse:
        if operation_of(request) != operation or holding.encode() not in octets_of(request):
            return await go(request)
        return said_right(request, content)

    return lambda: lie


def taken_for_answered(operation: str, content: str) -> MakesLie:
    """Where no answer comes, that is taken for one."""

    async def lie(request: HttpRequest, go: Go) -> HttpResponse:
        try:
            return await go(request)
        except ExchangeError:
            if operation_of(request) != operation:
                raise
            return said_right(request, content)

    return lambda: lie


Met = Callable[[HttpResponse], bool]


def holds(text: str) -> Met:
    """True of answers that hold this text."""
    return lambda response: text.encode() in response.body


def believed(operation: str, content: str, met: Met) -> MakesLie:
    """Some answers are taken for another one."""

    async def lie(request: HttpRequest, go: Go) -> HttpResponse:
        response = await go(request)
        return said_right(request, content) if operation_of(request) == operation and met(response) else response

    return lambda: lie


def cannot_read(operations: str, met: Met) -> MakesLie:
    """From such an answer on, none to these operations is understood. `operations`: between blanks; "": all."""

    def make() -> Lie:
        seen: list[None] = []

        async def lie(request: HttpRequest, go: Go) -> HttpResponse:
            response = await go(request)
            if operations and operation_of(request) not in operations.split():
                return response
            if met(response):
                seen.append(None)
            if seen:
                raise NotHttp("an answer that is not understood", Stage.ANSWER)
            return response

        return lie

    return make


def taken_for_the_end(text: str) -> MakesLie:
    """Once a state with that text was told, the job is believed to be over, and nobody is asked again."""

    def make() -> Lie:
        seen: list[None] = []

        async def lie(request: HttpRequest, go: Go) -> HttpResponse:
            if operation_of(request) != "GetPostScanJobElements":
                return await go(request)
            if not seen and text.encode() not in (await go(request)).body:
                return said_right(request, STATUS.replace("Completed", "Creating"))
            seen.append(None)
            return said_right(request, STATUS)

        return lie

    return make


def sent_again(operation: str) -> MakesLie:
    """What was not answered is sent again at once."""

    async def lie(request: HttpRequest, go: Go) -> HttpResponse:
        try:
            return await go(request)
        except ConnectionLost:
            if operation_of(request) != operation:
                raise
            return await go(request)

    return lambda: lie


def an_image_behind_the_end() -> MakesLie:
    """The last image comes once more, behind EndPostScanJob."""

    def make() -> Lie:
        images: list[HttpRequest] = []

        async def lie(request: HttpRequest, go: Go) -> HttpResponse:
            if operation_of(request) == "SendImage":
                request = replace(request, body=BytesBody(octets_of(request)))
                images.append(request)
            try:
                return await go(request)
            finally:
                if operation_of(request) == "EndPostScanJob":
                    await go(images[-1])

        return lie

    return make


def an_end_that_does_not_wait() -> MakesLie:
    """EndPostScanJob comes before the answer to an image that is slow."""

    async def lie(request: HttpRequest, go: Go) -> HttpResponse:
        sending = asyncio.ensure_future(go(request))
        if operation_of(request) == "SendImage":
            done, _ = await asyncio.wait([sending], timeout=0.4)
            if not done:
                body = octets_of(request)
                start, end = envelope_of(body)
                early = body[start:end].replace(b"/SendImage<", b"/EndPostScanJob<")
                early = early.replace(b"SendImageRequest", b"EndPostScanJobRequest")
                early = re.sub(rb"<dsp:DocumentDescription>.*</dsp:ImageData>", b"", early, flags=re.DOTALL)
                await go(replace(request, headers=SOAP_TYPE, body=BytesBody(early)))
        return await sending

    return lambda: lie


def asked_over_and_over(times: int) -> MakesLie:
    """A question for a job that is refused is asked again, so often."""

    async def lie(request: HttpRequest, go: Go) -> HttpResponse:
        response = await go(request)
        if operation_of(request) == "GetPostScanJobElements" and b"Fault>" in response.body:
            for _ in range(times):
                await go(request)
        return response

    return lambda: lie


def takes_the_first_answer() -> MakesLie:
    """An interim answer is taken for the answer."""

    async def lie(request: HttpRequest, go: Go) -> HttpResponse:
        if operation_of(request) != "CreatePostScanJob":
            return await go(request)
        parts = urlsplit(request.url)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, ssl=context)
        body = octets_of(request)
        headers = (*request.headers, ("Host", parts.netloc), ("Content-Length", str(len(body))))
        head = "".join(f"{name}: {value}\r\n" for name, value in headers)
        writer.write(f"POST {parts.path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        try:
            answer = await reader.readuntil(b"\r\n\r\n")
        except (EOFError, OSError):
            raise ConnectionLost("no answer", Stage.ANSWER) from None
        if answer.startswith(b"HTTP/1.1 1"):
            writer.close()
            raise NotHttp("an answer without a message", Stage.ANSWER)
        found = re.search(rb"Content-Length: (\d+)", answer)
        if found is None:
            raise NotHttp("an answer without a length", Stage.ANSWER)
        try:
            response = HttpResponse(200, "OK", SOAP_TYPE, await reader.readexactly(int(found[1])))
        except (EOFError, OSError):
            raise ConnectionLost("half an answer", Stage.ANSWER) from None
        writer.close()
        return response

    return lambda: lie


def lost_without_events() -> MakesLie:
    """Whoever refuses Subscribe gets no job."""

    def make() -> Lie:
        refused: list[None] = []

        async def lie(request: HttpRequest, go: Go) -> HttpResponse:
            if refused and operation_of(request) == "CreatePostScanJob":
                raise ConnectionLost("no events, no job", Stage.ANSWER)
            response = await go(request)
            if operation_of(request) == "Subscribe" and b"Fault>" in response.body:
                refused.append(None)
            return response

        return lie

    return make


def one_message_id(*operations: str) -> MakesLie:
    """Their messages all have the same MessageID, whose answers are taken."""
    return new_message_id(lambda _: b"urn:uuid:00000000-0000-4000-8000-000000000001", *operations)


def new_message_id(change: Callable[[bytes], bytes], *operations: str) -> MakesLie:
    """Another MessageID, whose answer is taken."""

    async def lie(request: HttpRequest, go: Go) -> HttpResponse:
        if operation_of(request) not in operations:
            return await go(request)
        body = octets_of(request)
        found = re.search(rb"<wsa:MessageID>([^<]*)</wsa:MessageID>", body)
        assert found is not None
        other = change(found[1])
        response = await go(replace(request, body=BytesBody(body.replace(found[1], other, 1))))
        return replace(response, body=response.body.replace(other, found[1]))

    return lambda: lie


# Where events are taken


def takes_everything() -> Answers:
    """Whatever comes is an event."""

    async def answers(request: IncomingRequest, go: object) -> OutgoingResponse:
        async for _ in request.body:
            pass
        return OutgoingResponse(202)

    return answers


def answered(status: int = 0, pattern: bytes = b"", new: bytes = b"", *, fault: bool = True) -> Answers:
    """Answers are others. `fault`: faults alone; else what is taken.

    - `status`: 0 for the right one.
    - `pattern`: what is another in the body; b"" for all of it.
    """

    async def answers(
        request: IncomingRequest, go: Callable[[IncomingRequest], Awaitable[OutgoingResponse]]
    ) -> OutgoingResponse:
        right = await go(request)
        assert isinstance(right.body, bytes)
        if (b"Fault>" in right.body) is not fault:
            return right
        body = re.sub(pattern, new, right.body) if pattern else new or right.body
        return replace(right, status=status or right.status, body=body)

    return answers
