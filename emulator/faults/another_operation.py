"""Requests that a post-scan client sends before or after their time."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from lxml import etree

from emulator.dpws.call import Attached
from emulator.dsm.constants import (
    CANCEL_POST_SCAN_JOB,
    END_POST_SCAN_JOB,
    GET_POST_SCAN_JOB_ELEMENTS,
    JOB_STATUS,
    SEND_IMAGE,
)
from emulator.dsm.messages.cancel import CancelPostScanJobRequest
from emulator.dsm.messages.elements import GetPostScanJobElementsRequest
from emulator.dsm.messages.end import EndPostScanJobRequest
from emulator.dsm.messages.send_image import SendImageRequest
from emulator.soap import envelope
from emulator.soap.envelope import Message
from emulator.soap.mtom import new_content_id

IMAGE: Final = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////////////////////////////////////"
    "////////////wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAABP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8Aa//Z"
)
"""A page of eight white pixels square, grey, as JPEG: what a SendImage that no page is for brings."""
IMAGE_ID: Final = 999_999
"""Its DocumentId, which no page has."""

_BODIES: Final[Mapping[str, tuple[str, Callable[[str], etree._Element]]]] = MappingProxyType(
    {
        "EndPostScanJob": (END_POST_SCAN_JOB, lambda token: EndPostScanJobRequest(token).to_xml()),
        "CancelPostScanJob": (CANCEL_POST_SCAN_JOB, lambda token: CancelPostScanJobRequest(token).to_xml()),
        "GetPostScanJobElements": (
            GET_POST_SCAN_JOB_ELEMENTS,
            lambda token: GetPostScanJobElementsRequest(token, (JOB_STATUS,)).to_xml(),
        ),
    }
)


def another_operation(name: str, token: str, asked: Message) -> Message | Attached:
    """The request of that name about the job of that JobToken, to whom `asked` goes."""
    if name == "SendImage":
        content_id = new_content_id("image")
        body = SendImageRequest(token, IMAGE_ID, "jfif", content_id).to_xml()
        message = envelope.request(SEND_IMAGE, asked.to, body)
        return Attached(message, content_id, "image/jpeg", IMAGE)
    action, made = _BODIES[name]
    return envelope.request(action, asked.to, made(token))
