"""The embedded scan server of a lab, from its own side: what came, from whom, and what became of it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from emulator.environment.exit_codes import ExitCode, LabError
from emulator.lab.server_job import ServerJob
from emulator.layers import Layers
from emulator.scan_server.embedded import Embedded
from emulator.scan_server.jobs import Job

_TRUST_FILE: Final = "scan-server-ca.pem"
_SHOWN: Final = 3


class LabServer:
    """What a test asks the scan server. Jobs of any device are told: those of the lab, and those of others that
    send to `url` and trust `ca_file`."""

    def __init__(self, embedded: Embedded, store: Path, kept: Path, *, throw_away: bool) -> None:
        """`kept`: folder of the lab for its own files; `throw_away`: the store is the lab's, and `reset` may empty
        it."""
        self._embedded = embedded
        self._store = store
        self._throw_away = throw_away
        self._ca_file = kept / _TRUST_FILE
        self._ca_file.write_bytes(embedded.ca_pem)
        self._truth_folders: dict[str, Path] = {}

    @property
    def url(self) -> str:
        """Where devices find it (`scan --server`)."""
        return self._embedded.server.url

    @property
    def service(self) -> str:
        """URL of its WS-DSP service (`scan --service`)."""
        return self._embedded.server.service_url

    @property
    def configuration_service(self) -> str:
        """URL of its WS-DSC service."""
        return self._embedded.server.configuration_url

    @property
    def ca_file(self) -> Path:
        """PEM that devices must trust; as long as the lab."""
        return self._ca_file

    @property
    def store(self) -> Path:
        """Where it stores."""
        return self._store

    @property
    def layers(self) -> Layers:
        """Takes listeners and handlers of what it is sent and what it answers (docs/layers.md)."""
        return self._embedded.server.layers

    @property
    def jobs(self) -> tuple[ServerJob, ...]:
        """The jobs that it knows as they are at this moment, the oldest first: all since the start or `reset` that
        have not ended, and the last thousand that have."""
        return tuple(self._told(job) for job in self._embedded.server.jobs)

    def job(self, token: str) -> ServerJob:
        """The job of that JobToken. Raises LabError where it is not known."""
        found = next((job for job in self._embedded.server.jobs if job.token == token), None)
        if found is None:
            raise LabError(f"the scan server knows no job {token}", ExitCode.FAILED)
        return self._told(found)

    async def wait_for(
        self,
        *,
        pages: int | None = None,
        jobs: int = 1,
        timeout: float = 30.0,  # noqa: ASYNC109 - whoever waits says for how long, without a loop too
    ) -> tuple[ServerJob, ...]:
        """Wait until so many `jobs` have ended since the start or `reset`, and so many `pages` are in them
        together (None: any number); these jobs, the oldest first. `timeout`: seconds. Raises LabError that says
        what has come when the time is over."""
        changed = asyncio.Event()
        unplug = self._embedded.server.watch(lambda job: changed.set())
        try:
            async with asyncio.timeout(timeout):
                while True:
                    changed.clear()
                    ended = tuple(job for job in self.jobs if job.ended)
                    if len(ended) >= jobs and (pages is None or await asyncio.to_thread(_pages, ended) >= pages):
                        return ended
                    await changed.wait()
        except TimeoutError:
            raise self._nothing_more(pages, jobs, timeout) from None
        finally:
            unplug()

    def _nothing_more(self, pages: int | None, jobs: int, timeout: float) -> LabError:
        come = self.jobs
        wanted = f"{jobs} ended jobs" + ("" if pages is None else f" with {pages} pages")
        told = "; ".join(map(repr, come[-_SHOWN:])) or "no job has come"
        if len(come) > _SHOWN:
            told = f"of {len(come)} jobs the last: {told}"
        return LabError(
            f"the scan server has not seen {wanted} within {timeout:g} s: {told}",
            ExitCode.FAILED,
            hint=f"a device of others needs {self.url} and must trust {self.ca_file}",
        )

    async def reset(self) -> None:
        """Begin anew between two tests: jobs that have not ended are cancelled, and none is known any more. A
        throw-away store is emptied; one that was named keeps its files."""
        await self._embedded.server.forget_jobs()
        folders = [folder for folder in self._truth_folders.values() if self._ca_file.parent in folder.parents]
        self._truth_folders.clear()
        if self._throw_away:
            folders += [each for each in self._store.iterdir() if not each.name.startswith(".")]
        await asyncio.to_thread(_remove, folders)

    async def start_over(self) -> None:
        """Do what `reset` does, and subscriptions to its events end; truth of pages is known no more."""
        await self._embedded.server.start_over()
        await self.reset()

    def _told(self, job: Job) -> ServerJob:
        return ServerJob.of(job, self._truth_of(job.token))

    def _truth_of(self, token: str) -> Callable[[], Path | None]:
        return lambda: self._truth_folders.get(token)

    def _knows_truth(self, token: str, folder: Path) -> None:
        """What is on the pages of that job stands in `folder`."""
        self._truth_folders[token] = folder

    def __repr__(self) -> str:
        return f"<LabServer {self.url}: {len(self._embedded.server.jobs)} jobs>"


def _pages(jobs: tuple[ServerJob, ...]) -> int:
    """An image that is in no folder, or that nobody can read, counts as one."""
    found = 0
    for image in (image for job in jobs for image in job.images):
        try:
            found += image.page_count()
        except LabError:
            found += 1
    return found


def _remove(paths: list[Path]) -> None:
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
