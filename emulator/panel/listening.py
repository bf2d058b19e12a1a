"""Where the control API listens, whom it lets in, and how `press` finds it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from emulator.environment.control_token import given_token, new_token
from emulator.environment.exit_codes import LabError
from emulator.network.registry import Registered, RegisteredServer, registered
from emulator.options.groups import ControlOptions
from emulator.panel.control import ControlApi
from emulator.transport.host import HttpHost
from emulator.transport.interfaces import interfaces
from emulator.transport.own_names import OwnNames, machine_names


def token_of(control: ControlOptions) -> str:
    """Return what callers must know. Raises LabError."""
    return given_token(control.token_file, os.environ) or new_token()


def names_of(control: ControlOptions) -> OwnNames:
    """Return what a Host header may say."""
    if control.bind in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        addresses = (str(address.ip) for each in interfaces() for address in each.addresses)
        return OwnNames((*addresses, *machine_names()))
    return OwnNames((control.bind,))


@asynccontextmanager
async def listening(api: ControlApi, control: ControlOptions) -> AsyncIterator[None]:
    """The API answers while the block lasts. Raises LabError when it cannot listen there."""
    host = HttpHost(api.handle, bind=control.bind, port=control.port)
    try:
        await host.start()
    except OSError as error:
        hint = "--control-port 0 takes a free port; --control-bind is an address of this machine"
        raise LabError(str(error.strerror or error), hint=hint) from None
    api.base_url = host.base_url
    try:
        yield
    finally:
        api.end_waiting()
        await host.stop()
        api.close()


@contextmanager
def listed(
    folder: Path, devices: Sequence[Registered], token: str, server: RegisteredServer | None = None
) -> Iterator[Path]:
    """While the block lasts, devices and server are in the list of what runs; the file with the token.

    - `folder`: the state folder.
    - `token`: of their control API.

    Raises LabError where the list cannot be kept there; what the block raises is its own."""
    with ExitStack() as stack:
        try:
            token_file = stack.enter_context(registered(folder, devices, token, server))
        except OSError as error:
            raise LabError(
                f"the state folder {folder} cannot be used: {error.strerror or error}", hint="--state names another"
            ) from None
        yield token_file
