"""Who does what a person does at a device: loads paper, opens a cover, picks a destination."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from emulator.conformance.verdict import NotRun
from emulator.transport.client import StreamClient
from emulator.transport.http import BytesBody, ExchangeError, HttpRequest, TimeLimits


class Action(StrEnum):
    """What is done at the device."""

    LOAD = "load"
    """Sheets into the feeder: `sheets`, in the place of those that are there."""
    OPEN = "open"
    """The cover."""
    CLOSE = "close"
    JAM = "jam"
    CLEAR = "clear"
    """Everything that is wrong is put right."""
    CANCEL = "cancel"
    """The job that is under way is cancelled at the panel."""
    OFF = "off"
    """The device is switched off as its makers want it, so that it can say Bye."""
    ON = "on"
    """It is switched on again."""
    SCAN_TO = "scan-to"
    """A scan to the destination of that name is begun at the panel: `to`. Of a post-scan job also `server`, a URL;
    `scan_process`, a file; `psp_id` and `display_name`, what that is called; `user_sid`; `ca_file`."""
    CONDITION = "condition"
    """Something else goes wrong: `name` of a condition. [wscn/condition/critical-stops]"""
    DESCRIBE = "describe"
    """The administrator gives it another place: `location`."""


ASKED: Final = {
    Action.LOAD: "have {sheets} sheets in the feeder",
    Action.OPEN: "open the cover",
    Action.CLOSE: "close the cover",
    Action.JAM: "make the paper jam (or open the device in the middle of a page)",
    Action.CLEAR: "clear the jam and close all covers, so that the device is ready",
    Action.CANCEL: "cancel the scan job at the panel of the device",
    Action.OFF: "switch the device off by its switch",
    Action.ON: "switch the device on again",
    Action.SCAN_TO: "begin a scan to {to!r} at the panel of the device",
    Action.CONDITION: "bring about the condition {name} of the device",
    Action.DESCRIBE: "set the location of the device to {location!r} in its settings",
}
"""In words for a person."""
HOOK_SECONDS: Final = 120.0
_JOB_PAUSE: Final = 0.1
"""Seconds between two questions whether a job is over."""


class Hands(Protocol):
    """Somebody at the device."""

    tells_end: bool
    """A post-scan job that they have begun is over when they say that it is done."""

    async def do(self, action: Action, **details: object) -> None:
        """Do it; when this returns it is done. Raises NotRun where it cannot be done."""


class NobodysHands:
    """There is nobody."""

    tells_end = False

    async def do(self, action: Action, **details: object) -> None:
        """Raise NotRun."""
        what = ASKED[action].format(**details)
        raise NotRun(f"somebody has to {what}: --control URL, --hook COMMAND or --ask")


class HookHands:
    """A command of the user's own: its last argument is the action, a JSON object on its standard input has the
    details, and its exit code 0 says that it is done."""

    tells_end = False

    def __init__(self, command: Sequence[str], seconds: float = HOOK_SECONDS) -> None:
        self._command = tuple(command)
        self._seconds = seconds

    async def do(self, action: Action, **details: object) -> None:
        """Run it. Raises NotRun with what it has printed to standard error."""
        try:
            child = await asyncio.create_subprocess_exec(
                *self._command,
                action.value,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            raise NotRun(f"the hook {self._command[0]} cannot be run: {error.strerror or error}") from None
        try:
            async with asyncio.timeout(self._seconds):
                _, told = await child.communicate(json.dumps(details).encode())
        except TimeoutError:
            child.kill()
            await child.wait()
            raise NotRun(f"the hook did not end within {self._seconds:g} s for {action}") from None
        if child.returncode:
            said = told.decode("utf-8", "replace").strip()[:200]
            raise NotRun(f"the hook could not {action} (exit code {child.returncode}){': ' if said else ''}{said}")


class AskedHands:
    """A person, who is asked and says when it is done."""

    tells_end = False

    def __init__(self, ask: Callable[[str], bool]) -> None:
        """`ask`: shows a sentence, waits, and says whether it was done. It runs in a thread."""
        self._ask = ask

    async def do(self, action: Action, **details: object) -> None:
        """Ask. Raises NotRun where the answer is no."""
        what = ASKED[action].format(**details)
        if not await asyncio.to_thread(self._ask, f"Please {what}."):
            raise NotRun(f"nobody could {what}")


class ControlHands:
    """The control API of the emulator's own devices."""

    tells_end = True

    def __init__(self, url: str, token: str = "") -> None:
        """These are its parameters.

        - `url`: of the device there, as the ready line of `run --json` tells it (`control`).
        - `token`: of the control API; '' for none.
        """
        self._url = url.rstrip("/")
        said = (("Authorization", f"Bearer {token}"),) if token else ()
        self._headers = (("Content-Type", "application/json"), *said)
        self._client = StreamClient(None)

    async def do(self, action: Action, **details: object) -> None:
        """Post it. Raises NotRun with the answer of the API."""
        name = "start" if action is Action.SCAN_TO else action.value
        if action is Action.LOAD:
            details = {**details, "replace": True}
        if action is Action.SCAN_TO and "server" in details:
            details = _started(details)
        told = await self._asked("POST", name, details, action)
        if "job" in told:
            await self._over(int(told["job"]), action)

    async def _over(self, number: int, action: Action) -> None:
        """Wait for the end of a post-scan job."""
        over = False
        while not over:
            over = bool((await self._asked("GET", f"post-scan-jobs/{number}", None, action)).get("done", True))
            await asyncio.sleep(_JOB_PAUSE)

    async def _asked(
        self, method: str, path: str, details: Mapping[str, object] | None, action: Action
    ) -> dict[str, Any]:
        url, body = f"{self._url}/{path}", b"" if details is None else json.dumps(details).encode()
        try:
            answer = await self._client.exchange(
                HttpRequest(url, self._headers, BytesBody(body), method), TimeLimits(connect=5.0, read=30.0)
            )
        except ExchangeError as error:
            raise NotRun(f"the control API at {urlsplit(url).netloc} cannot be asked: {error}") from None
        if answer.status >= 300:
            said = answer.body.decode("utf-8", "replace").strip()[:200]
            raise NotRun(f"the control API refuses {action}: HTTP {answer.status} {said}")
        try:
            told = json.loads(answer.body or b"{}")
        except ValueError:
            told = None
        return told if isinstance(told, dict) else {}

    async def aclose(self) -> None:
        """Close its connection."""
        await self._client.aclose()


def _started(details: Mapping[str, object]) -> dict[str, object]:
    """What `start` of the control API is told of a post-scan job."""
    kept = {name: details[name] for name in ("server", "scan_process", "psp_id", "user_sid")}
    return {**kept, "ca_file": details["ca_file"], "manifest": "none"}
