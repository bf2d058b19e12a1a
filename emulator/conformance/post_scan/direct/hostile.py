"""Answers that may hurt a device: each is survived, and what they say is not believed."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from emulator.conformance.expect import require
from emulator.conformance.post_scan.checks import check
from emulator.conformance.post_scan.peer import PostScanPeer, said
from emulator.conformance.post_scan.reply import Reply
from emulator.conformance.post_scan.script import Turn, at

_DTD: Final = b'<!DOCTYPE x [<!ENTITY t "token-of-an-entity">]>'
_BOMB: Final = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, (b"&%c;" % (97 + n)) * 10) for n in range(7))
    + b"]>"
)


@check("soap/envelope/no-dtd", hostile=True)
async def no_dtd(peer: PostScanPeer) -> str:
    """An answer with a document type declaration, or an entity that grows, is refused: no image is sent by it."""
    for name, dtd, entity in (("a document type", _DTD, b"&t;"), ("an entity bomb", _BOMB, b"&h;")):

        def answer(turn: Turn, dtd: bytes = dtd, entity: bytes = entity) -> Reply:
            reply = turn.usual()
            head, mark, rest = reply.body.partition(b"?>")
            start, token, end = rest.partition(b"</dsp:JobToken>")
            body = head + mark + dtd + start.rpartition(b">")[0] + b">" + entity + token + end
            return replace(reply, body=body, wrong=True)

        job = await peer.order(f"CreatePostScanJob is answered with {name}", at("CreatePostScanJob", answer))
        wrong = job.of("SendImage", "EndPostScanJob")
        require(not wrong, f"{said(job)}, where the token was of {name}", "the answer is refused", wrong[:1])
    return "refused"
