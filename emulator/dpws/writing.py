"""How a message becomes the body of HTTP, at client and server alike: written and so checked, then altered where
somebody intervenes."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from emulator.dpws.call import Attached
from emulator.layers import Layers
from emulator.soap.constants import SOAP_CONTENT_TYPE
from emulator.soap.envelope import Message, write_envelope
from emulator.soap.mtom import package
from emulator.soap.package import MimePackage
from emulator.soap.points import ENVELOPE, PART, OutgoingEnvelope, OutgoingPackage, Side
from emulator.transport.body import FileSegment, SegmentedBody
from emulator.transport.http import Body, BytesBody

SOAP_HEADERS: Final = (("Content-Type", SOAP_CONTENT_TYPE),)  # [soap/http/content-type] [soap/http/no-soapaction]


_LINE_END: Final = b"\r\n"
"""The first delimiter of an answer has the line end of all others before it: the printed RetrieveImageResponse has
it, WSD-python finds no image without it, and other readers pass over it. The printed SendImageRequest has none.
[clients/wsd-python/line-break-before-the-first-delimiter] [mtom/delimiter/form]"""


class Writer:
    """Writes the messages of one side."""

    def __init__(self, layers: Layers, side: Side) -> None:
        self._layers = layers
        self._side = side

    async def envelope(self, message: Message, operation: str, peer: str) -> bytes:
        """The octets that go out. `operation`, `peer`: as the points tell them. Raises InterventionFailed."""
        return await self.altered(write_envelope(message), message.action, operation, peer)

    async def altered(self, data: bytes, action: str, operation: str, peer: str) -> bytes:
        """What goes out for the octets of an envelope. Raises InterventionFailed."""
        layers = self._layers
        if not layers.handled(ENVELOPE):
            return data
        return await layers.ask(ENVELOPE, OutgoingEnvelope(data, self._side, operation, action, peer))

    async def package(
        self, envelope: bytes, attached: Attached, operation: str, peer: str
    ) -> tuple[str, SegmentedBody]:
        """Content-Type and body of a message with an attachment, of which `envelope` is the root. Raises
        InterventionFailed, and TypeError and ValueError for an attachment that is none."""
        made = package(envelope, attached.data, content_id=attached.content_id, media_type=attached.media_type)
        if self._side == "server":
            made = replace(made, opening=_LINE_END)
        layers = self._layers
        if not layers.handled(PART):
            return _framed(made)
        made = await layers.ask(PART, OutgoingPackage(made, self._side, operation, peer))
        try:
            return _framed(made)
        except (TypeError, ValueError, AttributeError) as error:
            raise layers.nonsense(PART, f"returned a package that cannot be framed: {error}") from error

    async def body(
        self, message: Message, attached: Attached | None, operation: str, peer: str
    ) -> tuple[tuple[tuple[str, str], ...], Body]:
        """Headers and body. Raises InterventionFailed."""
        data = await self.envelope(message, operation, peer)
        if attached is None:
            return SOAP_HEADERS, BytesBody(data)
        content_type, segments = await self.package(data, attached, operation, peer)
        return (("Content-Type", content_type),), segments


def _framed(package: MimePackage) -> tuple[str, SegmentedBody]:
    """Content-Type and body. Raises TypeError, ValueError and AttributeError for what cannot go out."""
    if not package.content_type.isprintable():
        raise ValueError(f"the Content-Type {package.content_type[:100]!r}")
    package.content_type.encode("latin-1")
    segments = package.segments
    for each in segments:
        if not isinstance(each, bytes | FileSegment):
            raise TypeError(f"{each!r:.100} is no data")
    return package.content_type, SegmentedBody(segments)
