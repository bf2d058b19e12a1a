"""Calls the control API of a running device: what `press` does."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from emulator.environment.control_token import given_token
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.state import state_folder
from emulator.network.registry import Registered, running
from emulator.transport.own_names import is_loopback
from emulator.transport.url import read_url

_TIMEOUT: Final = 30.0
"""Seconds for an answer: a device looks through the files that it is to load."""
_SHOWN: Final = 10
"""Devices that are listed for a person."""
_WAIT: Final = 20.0
"""Seconds that one request waits for the end of a job."""
_POLL: Final = 0.2
"""Seconds between two looks at the journal, or at a device where too many wait."""


def find_control(control: str | None, device: str | None, state: Path | None) -> str:
    """The control URL: as given, or of the running device of that name or UUID, or of the only one that runs.
    Raises LabError."""
    if control is not None:
        return control.rstrip("/")
    there = running(state_folder(state))
    if device is None:
        if len(there) == 1:
            return there[0].control
        if not there:
            raise LabError("no device is running", ExitCode.UNREACHABLE, hint="dsm-emulator run starts one")
        raise _which(f"{len(there)} devices are running", there)
    found = [each for each in there if device.casefold() in (each.name.casefold(), each.uuid.casefold())]
    if len(found) == 1:
        return found[0].control
    if found:
        raise _which(f"{len(found)} running devices are named {device!r}", found)
    hint = _listed(there) if there else "dsm-emulator run starts one"
    raise LabError(f"no running device is named {device!r}", ExitCode.UNREACHABLE, hint, _told(there))


def _which(message: str, devices: list[Registered]) -> LabError:
    """Several could be meant; each can be named by what stands there."""
    hint = f"say which, with --device and the UUID, or with --control and the URL:\n{_listed(devices)}"
    return LabError(message, hint=hint, details=_told(devices))


def _listed(devices: list[Registered]) -> str:
    lines = [f"{each.name!r}  {each.uuid}  {each.control}" for each in devices[:_SHOWN]]
    return "\n".join([*lines, f"and {len(devices) - _SHOWN} more"] if len(devices) > _SHOWN else lines)


def _told(devices: list[Registered]) -> dict[str, Any]:
    return {"devices": [{"uuid": each.uuid, "name": each.name, "control": each.control} for each in devices]}


def find_token(file: Path | None, control: str, state: Path | None, environment: Mapping[str, str]) -> str:
    """The token of the control API at that URL: of `file`, of DSM_EMULATOR_TOKEN, or of the running device of that
    URL; '' where none of them has it. Raises LabError."""
    given = given_token(file, environment)
    if given is not None:
        return given
    for each in running(state_folder(state)):
        if each.control_token_file and _is_same(each.control, control):
            return given_token(Path(each.control_token_file), {}) or ""
    return ""


def _is_same(listed: str, asked: str) -> bool:
    """Whether two control URLs lead to one device; this machine has several loopback names."""
    one, other = read_url(listed), read_url(asked)
    if one.problem or other.problem or (one.port, one.path) != (other.port, other.path):
        return False
    return one.host == other.host or (is_loopback(one.host) and is_loopback(other.host))


class ControlClient:
    """One device's control API. Blocks. Raises LabError."""

    def __init__(self, control: str, token: str) -> None:
        """`control`: its URL; `token`: that it wants to see."""
        parts = read_url(control)
        if parts.scheme != "http" or not parts.host or parts.problem:
            raise LabError(f"--control {control!r} is no http URL")
        self.url = control
        self._token = token
        self._host, self._port, self._path = parts.host, parts.port or 80, parts.path.rstrip("/")

    def status(self) -> dict[str, Any]:
        """How the device is."""
        return self._ask("GET", "")

    def do(self, action: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Have something done; how the device is then (for `start`: the number of the job)."""
        return self._ask("POST", f"/{action}", request)

    def events(self, since: int = 0) -> dict[str, Any]:
        """What has happened at the device after entry `since`: `events`, the oldest first; `lost`, how many are
        there no more; `last`, to ask with next."""
        news = self._ask("GET", f"/events/{since}")
        entries, last = news.get("events"), news.get("last")
        if not isinstance(last, int) or not isinstance(entries, list) or not all(map(_is_entry, entries)):
            raise LabError(f"{self.url}: no entries of a journal", ExitCode.NONSENSE)
        return news

    def job(self, number: int) -> dict[str, Any]:
        """How the post-scan job of that number goes."""
        return self._ask("GET", f"/post-scan-jobs/{number}")

    def follow(self, seconds: float | None = None) -> Iterator[dict[str, Any]]:
        """Entries of the journal as they come, those that are kept first; for so many seconds, or until nobody
        answers any more. Raises LabError where nobody has answered."""
        end = None if seconds is None else time.monotonic() + seconds
        news = self.events()
        try:
            while True:
                yield from news["events"]
                if end is not None and time.monotonic() >= end:
                    return
                if len(news["events"]) == 0:
                    time.sleep(_POLL)
                news = self.events(news["last"])
        except LabError as error:
            if error.code is not ExitCode.UNREACHABLE:
                raise

    def wait(self, number: int) -> dict[str, Any]:
        """The post-scan job of that number once it has ended."""
        until = {"until": {"job": number, "done": True}, "within": _WAIT}
        while True:
            status, answer = self._answer("POST", "/wait", until)
            if status == 200:
                return dict(answer["job"])
            if status == 503:  # too many wait there
                time.sleep(_POLL)
            elif status != 409:
                self._require_done(status, answer)

    def _ask(self, method: str, path: str, request: Mapping[str, Any] | None = None) -> dict[str, Any]:
        status, answer = self._answer(method, path, request)
        self._require_done(status, answer)
        return answer

    def _require_done(self, status: int, answer: Mapping[str, Any]) -> None:
        message = answer.get("error")
        if status == 409:
            raise LabError(f"not now: {message}", ExitCode.FAILED)
        if status >= 400:
            raise LabError(str(message or f"HTTP {status}"), ExitCode.USAGE)

    def _answer(
        self, method: str, path: str, request: Mapping[str, Any] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """The status and the JSON of an answer by which we are let in."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=_TIMEOUT)
        body = None if request is None else json.dumps(request).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        try:
            connection.request(method, self._path + path, body, headers)
            with connection.getresponse() as response:
                status, data = response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise LabError(f"{self.url}: no device answers: {reason}", ExitCode.UNREACHABLE) from None
        finally:
            connection.close()
        if status in (401, 403):
            hint = "--control-token names the file that the ready line of run names; --state finds it"
            raise LabError(f"{self.url}: HTTP {status}{_reason(data)}", ExitCode.REFUSED, hint)
        try:
            answer = json.loads(data)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise LabError(f"{self.url}: HTTP {status}, and no JSON: no control API", ExitCode.NONSENSE)
        return status, answer


def _is_entry(value: Any) -> bool:
    wanted = {"number": int, "time": str, "kind": str, "data": dict}
    return isinstance(value, dict) and all(isinstance(value.get(name), kind) for name, kind in wanted.items())


def _reason(data: bytes) -> str:
    """What a refusal says of itself."""
    try:
        return f": {json.loads(data)['error']}"
    except (ValueError, KeyError, TypeError):
        return ""
