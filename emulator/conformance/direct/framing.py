"""Heads of requests as no client writes them: what HTTP demands of whoever reads them."""

from __future__ import annotations

from typing import Final

from emulator.conformance.check import check
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import TIMED_OUT, met, require
from emulator.conformance.http_octets import LAST_CHUNK, chunk, head
from emulator.conformance.peer import ScanServerPeer
from emulator.conformance.requests import SOAP_TYPE
from emulator.conformance.verdict import Inconclusive

_BODY: Final = b"<a/>"
"""Whole, so that who reads XML from the connection waits for no more of it."""
_LONG: Final = 200_000
"""Characters, far beyond what anybody reads as a target or as one field."""
_PIECE: Final = 16 * 1024
_ATTEMPTS: Final = 3
"""To send what is long, where a reset overtakes the answer."""
_PAUSE: Final = 0.02
"""Seconds between pieces of what is long, in which a server that has seen enough can say so."""


async def _sent(peer: ScanServerPeer, octets: bytes, what: str, *, closing: bool = False) -> Exchange:
    """Octets, and what came of them; read on until the connection is closed. Raises Inconclusive where nothing came
    in time. `closing`: it has to be closed, for which a slow server is given the time of an answer."""
    pieces = [octets[start : start + _PIECE] for start in range(0, len(octets), _PIECE)]
    for _ in range(_ATTEMPTS):
        answer = await peer.speaker.raw(
            peer.service,
            *pieces,
            operation=what,
            pause=_PAUSE,
            until_closed=peer.limits.silence if closing else peer.limits.quiet,
            heeds=True,
        )
        if answer.answered or not answer.error or len(pieces) == 1 or answer.error.startswith(TIMED_OUT):
            break
    else:
        # A reset takes with it what was said before: who answers before all is sent may have done so rightly.
        raise Inconclusive(f"reset before an answer could be read: {answer.error}", [answer])
    if not answer.answered and answer.error.startswith(TIMED_OUT):
        raise Inconclusive(f"no answer in time: {answer.error}", [answer])
    return answer


def _require_400(answer: Exchange, what: str, *, closed: bool = False) -> None:
    require(answer.status == 400, f"{what}: {met(answer)}", "HTTP 400", [answer])
    if closed:
        require(answer.closed, f"{what}: the connection stays open", "it is closed", [answer])


@check("http/host/one-and-no-more", hostile=True)
async def hosts(peer: ScanServerPeer) -> None:
    """Requests without a Host header and with two are answered with 400."""
    for number, what in ((0, "no Host"), (2, "two Hosts")):
        octets = head(peer.service, "Content-Length: 0", hosts=number, content_type=SOAP_TYPE)
        _require_400(await _sent(peer, octets, what), what)


@check("http/field/blank-before-colon", hostile=True)
async def blank_before_colon(peer: ScanServerPeer) -> None:
    """A header field with a blank before its colon is answered with 400."""
    octets = head(peer.service, "X-Judge : 1", "Content-Length: 0", content_type=SOAP_TYPE)
    _require_400(await _sent(peer, octets, "a blank before a colon"), "a blank before a colon")


@check("http/target/too-long", hostile=True)
async def long_target(peer: ScanServerPeer) -> str:
    """A target of 200 000 characters is answered with 414, or it is read like any other."""
    target = "/" + "a" * _LONG
    answer = await _sent(peer, head(peer.service, "Content-Length: 0", target=target), "a long target")
    # Who reads so much looks for it, and finds that there is nothing.
    read = answer.status in (200, 404, 405, 415)
    require(read or answer.status == 414, met(answer), "HTTP 414", [answer])
    return met(answer)


@check("http/field/too-large", hostile=True)
async def large_fields(peer: ScanServerPeer) -> str:
    """A field of 200 000 characters, and five thousand fields, are answered with a status of the 400s, or read."""
    said = []
    many = [f"X-Judge-{number}: {number}" for number in range(5000)]
    for what, lines in (("a long field", [f"X-Judge: {'a' * _LONG}"]), ("many fields", many)):
        answer = await _sent(peer, head(peer.service, *lines, "Content-Length: 0", content_type=SOAP_TYPE), what)
        right = 200 <= answer.status < 500
        require(right, f"{what}: {met(answer)}", "a status of the 400s", [answer])
        said.append(f"{what}: {met(answer)}")
    return "; ".join(said)


@check("http/length/invalid", hostile=True)
async def invalid_lengths(peer: ScanServerPeer) -> None:
    """Lengths that are no numbers, and two that differ, are answered with 400, and the connection is closed."""
    for lines in (
        ["Content-Length: 4x"],
        ["Content-Length: -4"],
        ["Content-Length: 4, 5"],
        ["Content-Length: 4", "Content-Length: 5"],
    ):
        what = ", ".join(lines)
        octets = head(peer.service, *lines, content_type=SOAP_TYPE, keeps=True) + _BODY
        _require_400(await _sent(peer, octets, what, closing=True), what, closed=True)


@check("http/length/beside-chunks", hostile=True)
async def length_beside_chunks(peer: ScanServerPeer) -> str:
    """Behind a request with a length and chunks the connection is closed."""
    lines = "Content-Length: 4", "Transfer-Encoding: chunked"
    octets = head(peer.service, *lines, content_type=SOAP_TYPE, keeps=True) + chunk(_BODY) + LAST_CHUNK
    answer = await _sent(peer, octets, "a length beside chunks", closing=True)
    require(answer.closed, "the connection stays open", "it is closed", [answer])
    return met(answer)


@check("http/coding/chunked-not-last", hostile=True)
async def chunked_not_last(peer: ScanServerPeer) -> None:
    """A Transfer-Encoding whose last coding is not chunked is answered with 400, and the connection is closed."""
    what = "Transfer-Encoding: chunked, gzip"
    octets = head(peer.service, what, content_type=SOAP_TYPE, keeps=True) + chunk(_BODY) + LAST_CHUNK
    _require_400(await _sent(peer, octets, what, closing=True), what, closed=True)
