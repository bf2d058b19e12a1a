"""Devices as users of Locust. A locustfile of one's own imports `DsmUser` and says what its devices do:

class Office(DsmUser):
    wait_time = between(5, 30)

    @task
    def scan(self) -> None:
        self.job(pages=3)
"""

from __future__ import annotations

import logging
import time
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import gevent
from locust import User, events
from locust.exception import StopUser

from emulator.environment.exit_codes import LabError
from emulator.environment.option_model import OptionField, WrongOption, fields_of
from emulator.jobs.manifest import ImageRecord
from emulator.loading.device import Ended, LoadDevice, Target
from emulator.loading.locust_users.bridge import Bridge
from emulator.loading.page_stock import PageStock
from emulator.loading.run import prepared, require_descriptors
from emulator.options.load import LoadOptions

_LOCUSTS_OWN: Final = frozenset(
    {
        "server", "users", "spawn_rate", "time", "rate", "fail_if", "report", "overwrite", "drain", "give_up",
        "calibrate",
    }
)  # fmt: skip
"""Of the options of `load` those that Locust has itself: --host, -u, -r, -t, --html, --csv ..."""
_PREFIX: Final = "dsm_"
_LOG: Final = logging.getLogger("emulator.loading.locust_users")

_bridge: Bridge[_Shared] | None = None


class _Shared:
    """What the users of a process have in common."""

    def __init__(self, target: Target, stock: PageStock, options: LoadOptions) -> None:
        self.target = target
        self.stock = stock
        self.options = options


class _Exchanges:
    """Takes down what a device tells in the loop's thread; Locust is told in its own."""

    def __init__(self) -> None:
        self.found: list[tuple[str, float, bool]] = []
        self.octets = 0

    def exchanged(self, operation: str, seconds: float, *, failed: bool) -> None:
        """See LoadListener."""
        self.found.append((operation, seconds, failed))

    def acknowledged(self, image: ImageRecord) -> None:
        """See LoadListener."""
        self.octets += image.bytes


class JobFailed(Exception):
    """What Locust is told of a job that has not ended well: few texts, so that its table of failures is short."""


class DsmUser(User):
    """A device. It has a job where its tasks say so; each request and each job is told to Locust, as type `DSP`
    with the operation's name, and as type `job`."""

    abstract = True
    _jobs_left: int | None = None

    def on_start(self) -> None:
        """The device is there. Where the scan server cannot be reached, or the options are wrong, the run ends."""
        global _bridge
        options = self.environment.parsed_options
        self._jobs_left = getattr(options, f"{_PREFIX}jobs", None)
        self._exchanges = _Exchanges()
        try:
            runner = self.environment.runner
            if runner is not None:  # of a worker: as many as it has been told of up to now
                manifests = getattr(options, f"{_PREFIX}manifests", None)
                require_descriptors(runner.target_user_count, manifests=bool(manifests), embedded=False)
            if _bridge is None:
                wanted = options_of(options, self.host or self.environment.host)
                _bridge = Bridge(lambda: _prepared(wanted))
            shared = _bridge.start()
        except LabError as error:
            _LOG.error("%s%s", error, f" ({error.hint})" if error.hint else "")
            self.environment.process_exit_code = int(error.code)
            if self.environment.runner is not None:
                gevent.spawn(self.environment.runner.quit)
            raise StopUser from None
        self._device = LoadDevice(shared.target, shared.stock, self._exchanges, shared.options.manifests)

    def on_stop(self) -> None:
        """The device is gone."""
        device = getattr(self, "_device", None)
        if device is not None and _bridge is not None:
            _bridge.call(device.close)

    def job(self, pages: int = 1) -> bool:
        """Have a post-scan job of so many pages, and tell Locust of it. Returns whether it ended well. Raises
        StopUser after as many jobs as `--dsm-jobs` says."""
        if self._jobs_left == 0:
            raise StopUser
        assert _bridge is not None, "the user has started"
        began = gevent.get_hub().loop.now()
        taken: list[float] = []
        ended: Ended | None = None
        try:
            ended, seconds = _bridge.run(lambda shared: self._job(pages))
            taken.append(seconds)
        finally:
            if self._jobs_left is not None:
                self._jobs_left -= 1
            exchanges, self._exchanges.found = self._exchanges.found, []
            octets, self._exchanges.octets = self._exchanges.octets, 0
            for operation, each, failed in exchanges:
                self._tell("DSP", operation, each, 0, JobFailed("failed") if failed else None)
            kind = "interrupted" if ended is None else ended.kind
            seconds = taken[0] if taken else gevent.get_hub().loop.now() - began
            self._tell("job", "post-scan job", seconds, octets, JobFailed(kind) if kind else None)
        return ended.good

    async def _job(self, pages: int) -> tuple[Ended, float]:
        began = time.perf_counter()
        ended = await self._device.job(pages)
        return ended, time.perf_counter() - began

    def _tell(self, kind: str, name: str, seconds: float, octets: int, problem: Exception | None) -> None:
        self.environment.events.request.fire(
            request_type=kind,
            name=name,
            response_time=seconds * 1000,
            response_length=octets,
            exception=problem,
            context={},
        )


@asynccontextmanager
async def _prepared(options: LoadOptions) -> AsyncIterator[_Shared]:
    async with prepared(options) as (target, stock, _, _):
        yield _Shared(target, stock, options)


def options_of(given: Namespace, host: str | None) -> LoadOptions:
    """The options that Locust's command line, or its page, gives; `host`: the scan server. Raises LabError."""
    found: dict[str, Any] = {}
    for name, option in _ours().items():
        value = getattr(given, f"{_PREFIX}{name}", None)
        if value in (None, "", []):
            continue
        if isinstance(value, str) and option.many:
            value = value.split()
        found[name] = tuple(value) if option.many else value
    if not host:
        raise LabError("no scan server is named", hint="--host https://scan1.example/ScanServer names it")
    try:
        return LoadOptions.of(**found, server=host)
    except WrongOption as error:
        raise LabError(f"--dsm-{error.option.replace('_', '-')} {error.says}") from None


def _ours() -> dict[str, OptionField]:
    """Options of `load` that Locust has not itself, by their names as keywords."""
    return {
        name: option
        for name, option in fields_of(LoadOptions).items()
        if name not in _LOCUSTS_OWN and not option.said.argument and option.name != "password"
    }


def _read(option: OptionField) -> type:
    """What Locust makes of the text; a master sends it to its workers, and can send no paths."""
    return {"whole": int, "number": float}.get(option.kind, str)


@events.init_command_line_parser.add_listener
def add_options(parser: Any, **_: Any) -> None:
    """Give Locust our options: those of `load`, each with --dsm- before it."""
    group = parser.add_argument_group("DSM", "As of dsm-emulator load; docs/load.md")
    for name, option in _ours().items():
        flag = f"--dsm-{option.flag.removeprefix('--')}"
        if name == "jobs":
            group.add_argument(flag, dest=f"{_PREFIX}jobs", type=int, metavar="N", help="Jobs of each user.")
        elif option.kind == "truth":
            group.add_argument(flag, dest=f"{_PREFIX}{name}", action="store_true", help=option.said.help)
        else:
            many: dict[str, Any] = {"action": "append"} if option.many else {}
            group.add_argument(
                flag,
                dest=f"{_PREFIX}{name}",
                type=_read(option),
                metavar=option.said.metavar or None,
                help=option.said.help.replace("%", "%%"),
                **many,
            )


@events.quitting.add_listener
def _quitting(**_: Any) -> None:
    if _bridge is not None:
        _bridge.close()
