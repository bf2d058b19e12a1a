"""A scan server that does nothing: it throws images away and calls every job Completed. What a load run reaches
against it is what this machine can send at the most. A process of its own, on loopback, for calibration:

    python -m emulator.loading.null_sink DIALECTS [CERT KEY]

says its port on stdout and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import sys
from typing import ClassVar, Final

from emulator.dsm.constants import DSP, JOB_STATUS
from emulator.dsm.job_status import FilterStatus, JobStatus
from emulator.dsm.messages.cancel import CancelPostScanJobResponse
from emulator.dsm.messages.create import CreatePostScanJobResponse
from emulator.dsm.messages.elements import GetPostScanJobElementsResponse
from emulator.dsm.messages.end import EndPostScanJobResponse
from emulator.dsm.messages.send_image import SendImageResponse
from emulator.dsm.sequence_steps import Operation
from emulator.dsm.states import FilterState, JobState, JobStateReason
from emulator.soap.constants import SOAP_CONTENT_TYPE
from emulator.soap.element_data import ElementData
from emulator.soap.envelope import Message, response, serialise

PATH: Final = "/null-sink"
_HEAD: Final = 16 * 1024
"""Octets of a request that are looked at: its envelope's header stands there."""
_ACTION: Final = re.compile(rb"distributedscan/processing/(\w+)<")
_MESSAGE_ID: Final = re.compile(rb":MessageID>\s*([^<\s]+)")
_TOKEN: Final = re.compile(rb"JobToken>\s*([^<\s]+)")
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_ASKED, _NUMBER, _JOB = "urn:uuid:relates-to", 987654321, "the-job-token"
"""What stands in the templates for the request's MessageID, the number of images, the token."""


def templates_for(dialects: list[str]) -> dict[bytes, bytes]:
    """Answers by operation, made by the code that the embedded server's are made by."""
    filters = tuple(FilterStatus(each, FilterState.COMPLETED_SUCCESSFULLY) for each in dialects)
    status = JobStatus(_JOB, JobState.COMPLETED, (JobStateReason.COMPLETED_SUCCESSFULLY,), filters, _NUMBER)
    bodies = {
        Operation.CREATE: CreatePostScanJobResponse(_JOB).to_xml(),
        Operation.SEND_IMAGE: SendImageResponse().to_xml(),
        Operation.END: EndPostScanJobResponse().to_xml(),
        Operation.CANCEL: CancelPostScanJobResponse().to_xml(),
        Operation.ELEMENTS: GetPostScanJobElementsResponse((ElementData(JOB_STATUS, status),)).to_xml(),
    }
    made = {}
    for operation, body in bodies.items():
        asked = Message(f"{DSP}/{operation}", None, to="", message_id=_ASKED)
        made[str(operation).encode()] = serialise(response(asked, body))
    return made


class NullSink(asyncio.Protocol):
    """One connection."""

    _tokens: ClassVar = 0
    _images: ClassVar[dict[bytes, int]] = {}
    """Of all connections, as the tokens are."""

    def __init__(self, templates: dict[bytes, bytes]) -> None:
        self._templates = templates
        self._head = bytearray()
        self._left: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """See asyncio. One request after the other: our clients send the next when the last is answered."""
        if self._left is None:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            length = _LENGTH.search(self._head, 0, end + 2)
            self._left = (0 if length is None else int(length[1])) - (len(self._head) - end - 4)
        else:
            if len(self._head) < _HEAD:
                self._head += data
            self._left -= len(data)
        if self._left <= 0:
            head = bytes(self._head[:_HEAD])
            self._head.clear()
            self._left = None
            self.answer(head)

    @staticmethod
    def action_of(head: bytes) -> bytes:
        """The operation that a request asks for; b'' where it names none of ours."""
        found = _ACTION.search(head)
        return b"" if found is None else found[1]

    def answer(self, head: bytes) -> None:
        """Answer a request that begins so."""
        action, asked = self.action_of(head), _MESSAGE_ID.search(head)
        template = self._templates.get(action)
        if template is None or asked is None:
            self._transport.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            self._transport.close()
            return
        found, images = _TOKEN.search(head), NullSink._images
        token = b"" if found is None else found[1]
        if action == b"CreatePostScanJob":
            NullSink._tokens += 1
            token = b"null-%d" % NullSink._tokens
            images[token] = 0
        elif action == b"SendImage":
            images[token] = images.get(token, 0) + 1
        body = template.replace(_ASKED.encode(), asked[1]).replace(_JOB.encode(), token)
        body = body.replace(b"%d" % _NUMBER, b"%d" % images.get(token, 0))
        if action == b"GetPostScanJobElements":
            images.pop(token, None)
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"
            % (SOAP_CONTENT_TYPE.encode(), len(body), body)
        )


async def serve(dialects: list[str], tls: ssl.SSLContext | None) -> None:
    """Serve until standard input ends."""
    templates = templates_for(dialects)
    server = await asyncio.get_running_loop().create_server(
        lambda: NullSink(templates), "127.0.0.1", 0, ssl=tls, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    await asyncio.to_thread(sys.stdin.buffer.read)


def main(arguments: list[str]) -> None:
    """Run it."""
    tls = None
    if len(arguments) > 1:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(arguments[1], arguments[2])
    asyncio.run(serve(json.loads(arguments[0]), tls))


if __name__ == "__main__":
    main(sys.argv[1:])
