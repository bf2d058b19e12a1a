"""The control API of running devices: HTTP and JSON, for who knows the token.

    GET  /devices                           every device: uuid, name, control URL
    GET  /devices/UUID                      how it is
    POST /devices/UUID/ACTION  {...}        does something at the device; the answer is how it is then
    GET  /devices/UUID/post-scan-jobs/N     how a post-scan job goes, or its result
    GET  /devices/UUID/events/N             what has happened at it after entry N

Actions: load, open, close, jam, condition, clear, reset, cancel, describe, start. Every request has
`Authorization: Bearer TOKEN`: what is done, is done with the rights of who runs the devices, files included. An
error is `{"error": "..."}` with 400 (what was asked for cannot be), 401 (without the token), 403 (by another name
than ours), 404 or 409 (not now).
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

from emulator.device.scanner import NoSheets, NotAcceptingJobs
from emulator.environment.exit_codes import LabError
from emulator.imaging.pages import SourceError
from emulator.layers import Unplug
from emulator.options.press import ACTIONS
from emulator.panel.actions import BadRequest, do_action
from emulator.panel.drivable import Drivable
from emulator.panel.post_scan import PanelJobs
from emulator.panel.scan_to import destinations, start_to
from emulator.trace.journal import Journal
from emulator.trace.points import HAPPENED, Happened
from emulator.trace.recording import record
from emulator.transport.http import IncomingRequest, OutgoingResponse
from emulator.transport.own_names import OwnNames

_log = logging.getLogger(__name__)

MAX_REQUEST: Final = 64 * 1024
"""Octets of a request's body that are read."""
MOST_EVENTS: Final = 1000
"""Entries of the journal in one answer."""

_UNKNOWN_CALLER: Final = (
    "the token is missing or wrong: Authorization: Bearer, and what stands in the ready line's control_token_file"
)
_HEADERS: Final = (("Content-Type", "application/json; charset=utf-8"), ("Cache-Control", "no-store"))


class ControlApi:
    """A handler for an HTTP host. `base_url` is known when that listens."""

    def __init__(
        self,
        devices: Iterable[Drivable],
        panel_jobs: PanelJobs | None,
        token: str,
        names: OwnNames | None = None,
    ) -> None:
        """`panel_jobs`: where post-scan jobs are started; None where a job has the device for itself; `token`: what
        a request must show; `names`: that a Host header may have, None: loopback ones alone."""
        self._panel_jobs = panel_jobs
        self._token = token.encode()
        self._names = names or OwnNames()
        self._devices: Mapping[str, Drivable] = {str(device.uuid): device for device in devices}
        self._journal = Journal()
        self._recording = [self._record(device) for device in self._devices.values()]
        self.base_url = ""

    def url_of(self, device: Drivable) -> str:
        """The control URL of a device."""
        return f"{self.base_url}/devices/{device.uuid}"

    def close(self) -> None:
        """What happens at the devices is taken down no more."""
        for unplug in self._recording:
            unplug()

    def _record(self, device: Drivable) -> Unplug:
        """Record what happens at a device's scanner; of a job all that it does."""
        if self._panel_jobs is None:
            return record(self._journal, device.layers)
        return device.scanner.layers.listen(HAPPENED, self._happened)

    def _happened(self, event: Happened) -> None:
        self._journal.add(event)

    def _events(self, device: Drivable, number: int) -> dict[str, Any]:
        """Raises ValueError for a number that no entry has had yet."""
        news = self._journal.since(number, MOST_EVENTS)
        own = [each for each in news.entries if self._panel_jobs is None or each.device == str(device.uuid)]
        return {"events": [each.as_dict() for each in own], "lost": news.lost, "last": news.last}

    async def handle(self, request: IncomingRequest) -> OutgoingResponse:
        """Answer one request. Raises BodyBroken."""
        if not self._names.has(request.headers.get("host", "")):
            # A web page that got our address by a name of its own (DNS rebinding) says that name here.
            return _answer(
                403, {"error": "the control API answers on loopback names only, and where it is bound to"}
            )
        if not self._knows_token(request.headers.get("authorization", "")):
            return _answer(401, {"error": _UNKNOWN_CALLER}, (("WWW-Authenticate", "Bearer"),))
        parts = [part for part in request.path.split("/") if part]
        try:
            return await self._route(request, parts)
        except BadRequest as error:
            return _answer(400, {"error": str(error)})
        except (LabError, SourceError, ValueError) as error:
            return _answer(400, {"error": str(error)})
        except (NotAcceptingJobs, NoSheets) as error:
            return _answer(409, {"error": str(error)})

    def _knows_token(self, authorization: str) -> bool:
        scheme, _, shown = authorization.partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(
            shown.strip().encode("utf-8", "surrogateescape"), self._token
        )

    async def _route(self, request: IncomingRequest, parts: list[str]) -> OutgoingResponse:
        match request.method, parts:
            case "GET", ["devices"]:
                devices = [
                    {"uuid": uuid, "name": device.scanner.name, "control": self.url_of(device)}
                    for uuid, device in self._devices.items()
                ]
                return _answer(200, {"devices": devices})
            case _, ["devices", uuid, *rest] if uuid.lower() in self._devices:
                return await self._at(self._devices[uuid.lower()], request, rest)
        return _answer(404, {"error": f"there is no {request.path}"})

    async def _at(self, device: Drivable, request: IncomingRequest, rest: list[str]) -> OutgoingResponse:
        match request.method, rest:
            case "GET", []:
                return _answer(200, self._status(device))
            case "GET", ["post-scan-jobs", number] if number.isdecimal():
                job = None if self._panel_jobs is None else self._panel_jobs.find(str(device.uuid), int(number))
                return (
                    _answer(404, {"error": f"no post-scan job {number[:20]}"}) if job is None else _answer(200, job)
                )
            case "GET", ["events", number] if number.isdecimal():
                return _answer(200, self._events(device, int(number[:20])))
            case "POST", ["start"]:
                asked = await _body(request)
                if "to" in asked:
                    return _answer(202, start_to(device, asked))
                if self._panel_jobs is None:
                    raise BadRequest(
                        "the scanner of a job of scan takes no other job; a device of run has jobs started"
                    )
                begun = await self._panel_jobs.start(device, asked)
                return _answer(202, {"job": begun, "url": f"{self.url_of(device)}/post-scan-jobs/{begun}"})
            case "POST", [name] if name in ACTIONS:
                await do_action(device.scanner, name, await _body(request))
                return _answer(200, self._status(device))
            case _, ([] | ["start"] | ["post-scan-jobs", _] | ["events", _]):
                return _answer(405, {"error": f"{request.method} is not for this URL"})
            case _, [name] if name in ACTIONS:
                return _answer(405, {"error": f"{name} is done by POST"})
        return _answer(404, {"error": f"there is no {request.path}"})

    def _status(self, device: Drivable) -> dict[str, Any]:
        snapshot = asdict(device.scanner.snapshot())
        return {
            "uuid": str(device.uuid),
            "name": device.scanner.name,
            "profile": device.scanner.profile.name,
            "xaddrs": [device.url] if device.url else [],
            "scan_service": device.scan_service_url or None,
            "device_service": device.device_service_url or None,
            **_plain(snapshot),
            "description": _plain(asdict(device.scanner.description)),
            "destinations": destinations(device),
        }


def _plain(value: Any) -> Any:
    """Values as JSON has them."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


async def _body(request: IncomingRequest) -> dict[str, Any]:
    """The JSON object of a request; {} for an empty body. Raises BadRequest."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    data = b""
    async for piece in request.body:
        data += piece
        if len(data) > MAX_REQUEST:
            raise BadRequest(f"more than {MAX_REQUEST} octets")
    if content_type != "application/json":
        # A form of a web page can send anything but this without asking first.
        raise BadRequest("Content-Type: application/json is wanted")
    try:
        value = json.loads(data or b"{}")
    except (ValueError, RecursionError):
        raise BadRequest("the body is no JSON") from None
    if not isinstance(value, dict):
        raise BadRequest("the body is no JSON object")
    return value


def _answer(status: int, value: Mapping[str, Any], headers: tuple[tuple[str, str], ...] = ()) -> OutgoingResponse:
    return OutgoingResponse(status, json.dumps(value, ensure_ascii=False).encode() + b"\n", (*_HEADERS, *headers))
