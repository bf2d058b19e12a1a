"""The control API of running devices and scan servers: HTTP and JSON, for who knows the token.

What can be asked is in one table (`panel/api/table.py`), from which requests are routed and checked, and
`GET /openapi.json` is made. `GET /health`, that document and the files of the front panel (`page_files.py`) are
open; every other request has `Authorization: Bearer TOKEN`, or a cookie that was given for it: what is done, is
done with the rights of who runs the devices, files included. An error is `{"error": "..."}` with 400 (what was
asked for cannot be), 401 (without the token), 403 (by another name than ours, from a page of another site, or by a
link that only looks), 404, 405, 409 (not now, not in time), 413 or 503.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from emulator.panel.actions import BadRequest
from emulator.panel.api.callers import Callers
from emulator.panel.api.faults import MOST
from emulator.panel.api.house import House
from emulator.panel.api.openapi import openapi
from emulator.panel.api.operation import Answer, Call, Operation
from emulator.panel.api.reading import MAX_REQUEST, body_of, json_object, media_type_of, parameters
from emulator.panel.api.refusals import KNOWN, Refused, refusal_of
from emulator.panel.api.table import meant
from emulator.panel.drivable import Drivable
from emulator.panel.page_files import page_file
from emulator.transport.http import Headers, IncomingRequest, OutgoingResponse
from emulator.transport.own_names import OwnNames
from emulator.transport.url import read_url

_log = logging.getLogger(__name__)

_OPENAPI: Final = "/openapi.json"
_JSON: Final = (("Content-Type", "application/json; charset=utf-8"),)
_HEADERS: Final = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))


class ControlApi:
    """A handler for an HTTP host. `base_url` is known when that listens."""

    def __init__(self, house: House, token: str, names: OwnNames | None = None) -> None:
        """`house`: what is driven; `token`: what a request must show; `names`: that a Host header may have, None:
        loopback ones alone."""
        self._house = house
        house.callers = Callers(token, names)

    @property
    def base_url(self) -> str:
        """Where it listens."""
        return self._house.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self._house.base_url = url
        self._house.callers.port = read_url(url).port or 0

    def url_of(self, device: Drivable) -> str:
        """The control URL of a device."""
        return self._house.url_of(device)

    def end_waiting(self) -> None:
        """It is about to stop listening: who waits for something is not kept waiting."""
        self._house.end_waiting()

    def close(self) -> None:
        """What happens is taken down no more."""
        self._house.close()

    async def handle(self, request: IncomingRequest) -> OutgoingResponse:
        """Answer one request. Raises BodyBroken."""
        try:
            return await self._answer(request)
        except Refused as refused:
            headers: Headers = (("WWW-Authenticate", "Bearer"),) if refused.status == 401 else ()
            if refused.status == 405:
                headers = (("Allow", ", ".join(refused.more.pop("allow"))),)
            return _json(refused.status, refused.as_dict(), headers)
        except KNOWN as error:
            cannot = refusal_of(error)
            return _json(cannot.status, cannot.as_dict())

    async def _answer(self, request: IncomingRequest) -> OutgoingResponse:
        callers = self._house.callers
        callers.require_own_site(request)
        if request.method == "GET" and (file := page_file(request)) is not None:
            return file
        found = meant(request.method, request.path)
        is_document = request.path == _OPENAPI
        if not is_document and (found.operation is None or not found.operation.open):
            callers.require_known(
                request, changes=found.operation is not None and found.operation.changes_something
            )
        if is_document:
            if request.method != "GET":
                raise Refused(405, f"{request.method} is not for this URL", allow=["GET"])
            return _json(200, openapi(self._house, live=callers.knows(request)))
        if found.operation is None:
            if found.allowed:
                told = f"{request.method} is not for this URL, {' and '.join(found.allowed)} is"
                raise Refused(405, told, allow=found.allowed)
            raise Refused(404, f"there is no {request.path[:200]}", hint="GET /openapi.json lists what there is")
        answer = await found.operation.handle(self._house, await _call(request, found.operation, found.path))
        return _response(answer)


async def _call(request: IncomingRequest, operation: Operation, path: Mapping[str, Any]) -> Call:
    """Raises BadRequest, Refused, BodyBroken."""
    query = parameters(request.query, operation.query)
    if operation.body is None:
        return Call(request, path, query, {})
    if request.content_length == 0 and not media_type_of(request) and not operation.needs_body:
        return Call(request, path, query, {})  # nothing is said: what is left open is as by default
    most = MAX_REQUEST if operation.body_types == ("application/json",) else MOST
    if operation.streams:
        if media_type_of(request) not in operation.body_types:
            raise BadRequest(f"Content-Type: {' or '.join(operation.body_types)} is wanted")
        return Call(request, path, query, {})
    octets = await body_of(request, operation.body_types, most)
    body = json_object(octets) if operation.body_types == ("application/json",) else {}
    return Call(request, path, query, body, octets)


def _response(answer: Answer) -> OutgoingResponse:
    if answer.response is not None:
        return answer.response
    if answer.octets is not None:
        return OutgoingResponse(
            answer.status, answer.octets, (("Content-Type", answer.media_type), *answer.headers)
        )
    if answer.value is None:
        return OutgoingResponse(answer.status, b"", (*_HEADERS, *answer.headers))
    return _json(answer.status, answer.value, answer.headers)


def _json(status: int, value: Mapping[str, Any], headers: Headers = ()) -> OutgoingResponse:
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
    return OutgoingResponse(status, body, (*_JSON, *_HEADERS, *headers))


def record_job(house: House, device: Drivable) -> None:
    """Have the journal take down all that one job does."""
    house.whole_journal = True
    house.at_close(house.exchanges.record(device.layers))
