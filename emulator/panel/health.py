"""Asks running devices and scan servers whether they are ready: what `health` does. It needs no token, no shell and
no other program."""

from __future__ import annotations

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from emulator.environment.exit_codes import LabError
from emulator.environment.state import state_folder
from emulator.network.registry import running, running_servers
from emulator.transport.url import authority_of, read_url

PATIENCE: Final = 5.0
"""Seconds for an answer."""
_MOST: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Health:
    """What one process says of itself."""

    control: str
    """URL of its control API."""
    ready: bool
    devices: int = 0
    server: bool | None = None
    """Whether its scan server listens; None where it has none."""
    problem: str = ""
    """Why it is not known, or not ready."""


def find_health(control: str | None, state: Path | None) -> list[Health]:
    """The health of the process of that control URL (that of a device is one too), or of all that run. Blocks.
    Raises LabError for what is no URL."""
    if control is not None:
        origins = [_origin(control)]
    else:
        folder = state_folder(state)
        listed = [each.control for each in running(folder)] + [each.control for each in running_servers(folder)]
        origins = list(dict.fromkeys(map(_origin, listed)))
    with ThreadPoolExecutor(max_workers=8) as threads:
        return list(threads.map(_ask, origins))


def _origin(control: str) -> str:
    parts = read_url(control)
    if parts.scheme != "http" or not parts.host or parts.problem:
        raise LabError(f"--control {control!r} is no http URL")
    return f"http://{authority_of(parts.host, parts.port or 80)}"


def _ask(origin: str) -> Health:
    parts = read_url(origin)
    connection = http.client.HTTPConnection(parts.host, parts.port, timeout=PATIENCE)
    try:
        connection.request("GET", "/health")
        with connection.getresponse() as response:
            told: dict[str, Any] = json.loads(response.read(_MOST))
        ready = told["ready"] is True and response.status == 200
        problem = "" if ready else f"it is not ready (HTTP {response.status})"
        return Health(origin, ready, int(told["devices"]), told["server"], problem)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return Health(origin, False, problem=f"nobody answers: {reason}")
    except (ValueError, KeyError, TypeError):
        return Health(origin, False, problem="what answers is no control API")
    finally:
        connection.close()
