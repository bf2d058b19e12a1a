"""`--hooks FILE.py`: what no alteration says, as functions of the user at named points.

A function is found by the name of its point, and may be a coroutine function:

async def envelope(value: OutgoingEnvelope) -> bytes:
    return value.data.replace(b"<wscn:Format>", b"<wscn:Format xsi:nil='false'>")
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from emulator.device.points import PAGE
from emulator.dpws.points import DATAGRAM, OPERATION
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.layers import Intervention
from emulator.soap.points import ENVELOPE, PART
from emulator.transport.points import OCTETS

POINTS: Final[Mapping[str, Intervention[Any, Any]]] = MappingProxyType(
    {each.name: each for each in (PAGE, OPERATION, ENVELOPE, PART, OCTETS, DATAGRAM)}
)
"""The points at which a function of a user may act, by name."""

Hooks = Mapping[Intervention[Any, Any], Callable[[Any], Any]]


def read_hooks(path: Path) -> Hooks:
    """The functions of a file of Python, by point: the file is run. Raises LabError, with the line of a mistake."""
    spec = importlib.util.spec_from_file_location("dsm_emulator_hooks", path)
    if spec is None or spec.loader is None:
        raise LabError(f"--hooks {path}: is no file of Python", hint="its name ends in .py")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except OSError as error:
        raise LabError(f"--hooks {path}: cannot be read: {error.strerror or error}", ExitCode.USAGE) from None
    except SyntaxError as error:
        raise LabError(f"--hooks {path}:{error.lineno}: {error.msg}", ExitCode.USAGE) from None
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        line = _line_in(error, path)
        raise LabError(f"--hooks {path}{line}: raised {type(error).__name__}: {error}", ExitCode.USAGE) from error
    public = {name: value for name, value in vars(module).items() if callable(value) and not name.startswith("_")}
    found = {POINTS[name]: value for name, value in public.items() if name in POINTS}
    if not found:
        raise LabError(
            f"--hooks {path}: has no function of the name of a point",
            ExitCode.USAGE,
            hint=f"points are: {', '.join(POINTS)}",
        )
    return found


def _line_in(error: BaseException, path: Path) -> str:
    """Where in the file it was raised."""
    line, trace = "", error.__traceback__
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename).resolve() == path.resolve():
            line = f":{trace.tb_lineno}"
        trace = trace.tb_next
    return line
