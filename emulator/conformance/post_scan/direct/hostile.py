"""Answers that may hurt a device: each is survived, and what they say is not believed."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import met, require
from emulator.conformance.post_scan.checks import check
from emulator.conformance.post_scan.direct.event_sink import Odd, event_to, sent_to_the_sink
from emulator.conformance.post_scan.peer import PostScanPeer, said
from emulator.conformance.post_scan.reply import Reply
from emulator.conformance.post_scan.script import Turn, at
from emulator.conformance.post_scan.server import JobSeen
from emulator.conformance.verdict import NotApplicable, NotRun

_DTD: Final = b'<!DOCTYPE x [<!ENTITY t "token-of-an-entity">]>'
_BOMB: Final = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, (b"&%c;" % (97 + n)) * 10) for n in range(7))
    + b"]>"
)
_HOSTILE: Final = (("a document type", _DTD, b"&t;"), ("an entity bomb", _BOMB, b"&h;"))


@check("soap/envelope/no-dtd", hostile=True)
async def no_dtd(peer: PostScanPeer) -> str:
    """An answer with a document type declaration, or an entity that grows, is refused: no image is sent by it. An
    event with either is refused too."""
    for name, dtd, entity in _HOSTILE:

        def answer(turn: Turn, dtd: bytes = dtd, entity: bytes = entity) -> Reply:
            reply = turn.usual()
            head, mark, rest = reply.body.partition(b"?>")
            start, token, end = rest.partition(b"</dsp:JobToken>")
            body = head + mark + dtd + start.rpartition(b">")[0] + b">" + entity + token + end
            return replace(reply, body=body, wrong=True)

        job = await peer.order(f"CreatePostScanJob is answered with {name}", at("CreatePostScanJob", answer))
        wrong = job.of("SendImage", "EndPostScanJob")
        require(not wrong, f"{said(job)}, where the token was of {name}", "the answer is refused", wrong[:1])
    found: Mapping[str, Exchange] = {}
    with contextlib.suppress(NotApplicable, NotRun):
        found = await sent_to_the_sink(peer, "hostile messages where events are taken", _events)
    for name, each in found.items():
        told = each.told
        refused = not each.answered or each.status >= 400 or (told is not None and told.fault is not None)
        require(refused, f"an event with {name}: {met(each)}", "it is refused", [each])
    return "refused"


def _events(peer: PostScanPeer, job: JobSeen) -> Mapping[str, Odd]:
    event = event_to(peer, job)
    return {
        name: Odd(event.replace(b"?>", b"?>" + dtd, 1).replace(b"Creating<", b"Creating" + entity + b"<", 1))
        for name, dtd, entity in _HOSTILE
    }
