"""What Locust runs where no other locustfile is named: devices that have one job after the other, each of as many
pages as --dsm-pages says, and the end of the run when all have had theirs (--dsm-jobs)."""

from __future__ import annotations

import random
from typing import Any

import gevent
from locust import constant, events, task
from locust.runners import WorkerRunner

from emulator.loading.locust_users.users import DsmUser
from emulator.options.load import page_counts


class Device(DsmUser):
    """Jobs without a pause."""

    wait_time = constant(0)

    @task
    def scan(self) -> None:
        """One job."""
        counts = page_counts(tuple(self.environment.parsed_options.dsm_pages or ("1",)))
        self.job(random.choice(random.choice(counts)))  # noqa: S311 - no secret


@events.init.add_listener
def _end_with_the_last_job(environment: Any, **_: Any) -> None:
    """End the run, with --dsm-jobs, when every user has had its jobs."""
    runner = environment.runner
    if runner is None or isinstance(runner, WorkerRunner) or not environment.parsed_options.dsm_jobs:
        return

    def watch() -> None:
        seen = quiet = 0
        while quiet < 4:
            gevent.sleep(0.5)
            seen = max(seen, runner.user_count)
            quiet = quiet + 1 if seen and runner.user_count == 0 else 0
        runner.quit()

    gevent.spawn(watch)
