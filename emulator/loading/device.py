"""A device of a load run: one job after the other, over connections of its own; it tells what each came to."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from emulator.device.produced import Produced
from emulator.dsm.driver import PostScanJobDriver
from emulator.dsm.messages.create import CreatePostScanJobRequest
from emulator.dsm.outcome import SUCCESSES, JobAccount, JobLimits, JobOutcome, PostScanJobFailed
from emulator.dsm.sequence_steps import SendRequest, Step
from emulator.environment.exit_codes import ExitCode
from emulator.jobs.manifest import ImageRecord, ManifestWriter
from emulator.jobs.runner import JobReport, PostScanJobRunner
from emulator.layers import Layers
from emulator.loading.page_stock import PageStock
from emulator.transport.client import StreamClient
from emulator.transport.http import HttpClient, HttpRequest, HttpResponse, TimeLimits
from emulator.transport.kept_connections import KeptConnections

_JOBS_OF_A_DRIVER: Final = 50
"""After so many jobs, and after one that failed, the service is looked for anew."""
_FOLDERS: Final = 256
"""Of manifests: a folder of a million files is slow."""


class LoadListener(Protocol):
    """Who counts. Called from the event loop."""

    def exchanged(self, operation: str, seconds: float, *, failed: bool) -> None:
        """A request was answered, or failed: no answer, or a fault."""

    def acknowledged(self, image: ImageRecord) -> None:
        """The scan server has an image."""


@dataclass(frozen=True, slots=True)
class Target:
    """The scan server, and what is asked of it."""

    server: str
    """URL; what manifests say too."""
    service: str | None
    """The WS-DSP service, where it is known; else each device looks for it."""
    request: CreatePostScanJobRequest
    connections: Callable[[], KeptConnections]
    """Makes those of a device."""
    limits: JobLimits
    strict: bool = False
    line: Mapping[str, Any] = field(default_factory=dict)
    """The first line of manifests."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What a job came to."""

    good: bool
    kind: str = ""
    """Of the error, few in number; '' where it is good."""
    said: str = ""
    images: int = 0
    """Acknowledged."""
    retries: int = 0
    job_token: str = ""


class _Timed:
    """Tells how long each exchange takes, and what it was."""

    def __init__(self, inner: HttpClient, listener: LoadListener) -> None:
        self._inner = inner
        self._listener = listener
        self.operation = ""

    async def exchange(self, request: HttpRequest, limits: TimeLimits) -> HttpResponse:
        """See HttpClient."""
        operation, began, failed = self.operation, time.perf_counter(), True
        try:
            response = await self._inner.exchange(request, limits)
            failed = response.status >= 400
            return response
        finally:
            self._listener.exchanged(operation, time.perf_counter() - began, failed=failed)

    async def aclose(self) -> None:
        """See HttpClient."""
        await self._inner.aclose()


class _Copies:
    """The documents of one job."""

    left_out = 0

    def __init__(self, stock: PageStock, pages: int) -> None:
        self._stock = stock
        self._pages = pages

    async def documents(self) -> AsyncGenerator[Produced, None]:
        """See Production."""
        for number in range(1, self._pages + 1):
            yield await self._stock.document(number)


class LoadDevice:
    """One job at a time."""

    def __init__(
        self, target: Target, stock: PageStock, listener: LoadListener, manifests: Path | None = None
    ) -> None:
        """`manifests`: folder that a manifest of each job goes to, by a name that no other has."""
        self._target = target
        self._stock = stock
        self._listener = listener
        self._manifests = manifests
        self._connections = target.connections()
        layers = Layers()
        layers.strict = target.strict
        self._layers = layers
        self._client = _Timed(StreamClient(layers=layers, connections=self._connections), listener)
        self._driver: PostScanJobDriver | None = None
        self._jobs = 0

    async def job(self, pages: int) -> Ended:
        """Have a job of so many pages; whatever comes of it is told. Raises CancelledError, after the job has been
        cancelled at the server, and OSError of the manifest or of the pages: ours, nobody's fault else."""
        target = self._target
        if self._driver is None or self._jobs % _JOBS_OF_A_DRIVER == 0:
            self._driver = self._new_driver()
        self._jobs += 1
        driver = self._driver
        with ManifestWriter(self._manifest_path(), target.line, overwrite=False) as manifest:
            self._created = manifest.created
            production = _Copies(self._stock, pages)
            runner = PostScanJobRunner(driver, production, manifest, on_acknowledged=self._listener.acknowledged)
            ended = _NOT_ENDED
            try:
                report = await runner.run(target.request)
                ended = _ended(report)
            except PostScanJobFailed as error:
                ended = _failed(error, runner.report)
            finally:
                if not ended.good:
                    self._driver = None
                manifest.result(_result(ended, runner.report, driver.account))
        return ended

    def _new_driver(self) -> PostScanJobDriver:
        target = self._target
        return PostScanJobDriver(
            self._client,
            server_url=None if target.service else target.server,
            service_url=target.service,
            limits=target.limits,
            layers=self._layers,
            on_step=self._step,
            on_created=lambda token, service: self._created(token, service),
        )

    def _step(self, step: Step) -> None:
        if isinstance(step, SendRequest):
            self._client.operation = str(step.operation)

    def _manifest_path(self) -> Path | None:
        if self._manifests is None:
            return None
        name = secrets.token_hex(8)
        return self._manifests / f"{int(name[:4], 16) % _FOLDERS:02x}" / f"{name}.jsonl"

    def close(self) -> None:
        """End its connections."""
        self._connections.close()


_NOT_ENDED: Final = Ended(False, "interrupted", "interrupted: the run was ended")


def _ended(report: JobReport) -> Ended:
    result, counts = report.result, report.account.exchanges
    assert result is not None, "it has come to its end"
    good = result.outcome in SUCCESSES | {JobOutcome.NOT_AWAITED} and all(
        each.acknowledged for each in report.images
    )
    kind = "" if good else f"job {result.outcome}"
    said = "" if good else result.reason or f"the job ended {result.outcome}"
    again = counts.retries + counts.repeats
    return Ended(good, kind, said, len(report.acknowledged), again, result.job_token)


def _failed(error: PostScanJobFailed, report: JobReport) -> Ended:
    fault = f" {error.fault.subcode.local}" if error.fault is not None and error.fault.subcode is not None else ""
    kind = f"{error.operation}: {error.failure.value}{fault}"
    counts = report.account.exchanges
    return Ended(
        False, kind, str(error), len(report.acknowledged), counts.retries + counts.repeats, error.job_token
    )


def _result(ended: Ended, report: JobReport, account: JobAccount) -> dict[str, Any]:
    """The last line of a manifest: what `verify` and people read of it."""
    result = report.result
    return {
        "outcome": "Failed" if result is None else str(result.outcome),
        "reason": "" if result is None else result.reason,
        "exit_code": int(ExitCode.OK if ended.good else ExitCode.FAILED),
        "job_token": account.job_token,
        "canceled": account.canceled,
        "images": len(report.acknowledged),
        "exchanges": asdict(account.exchanges),
        "warnings": list(account.warnings),
        "error": None if ended.good else ended.said,
        "timings": {"seconds": round(report.seconds, 3)},
    }
