"""`press`: does what a person does at a running device."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from emulator.cli.command import GivenOptions, Handler, UsageProblem
from emulator.cli.running import run, set_up_logging

if TYPE_CHECKING:
    from emulator.environment.option_model import Options

_TO_ALONE: Final = frozenset({"to", "no_wait", "control", "device", "state", "control_token", "json", "verbose"})
"""What goes with --to."""


def _client(given: GivenOptions) -> Any:
    import os

    from emulator.options.press import PressOptions
    from emulator.panel.client import ControlClient, find_control, find_token

    pressed = given.of(PressOptions)
    url = find_control(pressed.control, pressed.device, pressed.state)
    return ControlClient(url, find_token(pressed.control_token, url, pressed.state, os.environ))


def _show(ask: Callable[[], dict[str, Any]], given: GivenOptions) -> None:
    """Print how the device is."""
    from emulator.cli.output import print_result
    from emulator.cli.report_run import print_status

    status = run(ask, verbosity=given.verbose)
    if given.json:
        print_result(status)
    else:
        print_status(status)


def _request(options: Options) -> dict[str, Any]:
    """Return what an action's options say, as the control API takes it: the device runs in a folder of its own."""
    from emulator.environment.option_model import fields_of

    own = {each.name: each for each in fields_of(type(options)).values() if not each.within}
    request = {name: getattr(options, name) for name in options.model_fields_set if name in own}
    return {name: _plain(value) for name, value in request.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return str(value.absolute()) if isinstance(value, Path) else value


def status(given: GivenOptions) -> None:
    """Show how the device is."""
    set_up_logging(given.verbose)
    _show(lambda: dict(_client(given).status()), given)


def watch(given: GivenOptions) -> None:
    """Show what happens at the device, a line each, until it ends or you interrupt it."""
    set_up_logging(given.verbose)
    from emulator.cli.report_run import print_happened
    from emulator.options.press import WatchOptions

    seconds = given.of(WatchOptions).seconds

    def follow() -> None:
        try:
            for entry in _client(given).follow(seconds):
                print_happened(entry, as_json=given.json)
        except KeyboardInterrupt:
            return

    run(follow, verbosity=given.verbose)


def act(action: str, given: GivenOptions) -> None:
    """Have an action done, and show how the device is then."""
    set_up_logging(given.verbose)
    from emulator.options.press import ACTIONS

    request = _request(given.of(ACTIONS[action]))
    if "documents" in request and Path(request["documents"]).suffix == ".toml":
        request["documents"] = str(Path(request["documents"]).absolute())
    _show(lambda: dict(_client(given).do(action, request)), given)


def start(given: GivenOptions) -> None:
    """Start a post-scan job of what lies in the device; exits with its result. With --to the scan is offered to
    a PC, which fetches it or does not."""
    set_up_logging(given.verbose)
    import os

    from emulator.cli.output import print_result
    from emulator.cli.report_run import print_job
    from emulator.environment.directories import given_password
    from emulator.environment.options import TrustOptions
    from emulator.options.press import StartOptions

    options = given.of(StartOptions)
    if options.to is not None:
        if given.keys() - _TO_ALONE:
            raise UsageProblem("--to goes without options of post-scan jobs")
        _start_to(options.to, given)
        return
    request = {**_request(options), **_request(given.of(TrustOptions))}
    for name in ("password_file", "to", "wait"):
        request.pop(name, None)

    def begin() -> dict[str, Any]:
        password = given_password(options.password_file, os.environ) if options.user is not None else None
        if password is not None:
            request["password"] = password.reveal()
        client = _client(given)
        begun = client.do("start", request)
        return dict(client.wait(begun["job"])) if options.wait else dict(begun)

    job = run(begin, verbosity=given.verbose)
    if given.json:
        print_result(job)
    elif options.wait:
        print_job(job)
    else:
        typer.echo(f"Post-scan job {job['job']}    {job['url']}")
    raise typer.Exit(int(job["exit_code"]) if options.wait else 0)


def _start_to(to: str, given: GivenOptions) -> None:
    """Tell the PC, and a person that it was told."""
    from emulator.cli.output import print_result

    told = run(lambda: dict(_client(given).do("start", {"to": to})), verbosity=given.verbose)
    if given.json:
        print_result(told)
    else:
        typer.echo(f"Scan for      {told['to']}    {told['scan_identifier']}")


class _Commands(dict[str, Handler]):
    """Whatever is no command of its own is an action."""

    def __missing__(self, action: str) -> Handler:
        return partial(act, action)


COMMANDS: Final[dict[str, Handler]] = _Commands(status=status, watch=watch, start=start)
