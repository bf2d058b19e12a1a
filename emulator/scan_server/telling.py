"""What the journal is told of the jobs of a scan server: states of jobs and filters, images, deliveries."""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

from emulator.layers import Layers
from emulator.scan_server.jobs import Job
from emulator.trace.kinds import DeliveryTold, StateTold
from emulator.trace.points import HAPPENED, tell_happened


class JobTeller:
    """Stands between the keeper of jobs and who else wants to hear of a change."""

    def __init__(self, layers: Layers, then: Callable[[Job], None]) -> None:
        """`then`: is told each change as well."""
        self._layers = layers
        self._then = then
        self._told: WeakKeyDictionary[Job, _Told] = WeakKeyDictionary()

    def changed(self, job: Job) -> None:
        """A job is new, or it or one of its filters has another state."""
        if self._layers.heard(HAPPENED):
            self._tell(job)
        self._then(job)

    def _tell(self, job: Job) -> None:
        known = self._told.setdefault(job, _Told())
        for each in job.deliveries[known.deliveries :]:
            reason = "" if each.reason is None else str(each.reason)
            delivered = DeliveryTold(each.dialect, each.target, len(each.documents), reason, each.detail)
            tell_happened(delivered, layers=self._layers)
        known.deliveries = len(job.deliveries)
        for run in job.filters:
            state = (str(run.state), tuple(map(str, run.reasons)))
            if known.filters.get(run.filter.dialect) != state:
                known.filters[run.filter.dialect] = state
                tell_happened(StateTold("filter", *state, run.filter.dialect), layers=self._layers)
        now = (str(job.state), tuple(map(str, job.reasons)))
        if known.job != now:
            known.job = now
            tell_happened(StateTold("post-scan job", *now, job.token, len(job.documents)), layers=self._layers)


class _Told:
    """What has been told of a job."""

    def __init__(self) -> None:
        self.job: tuple[str, tuple[str, ...]] | None = None
        self.filters: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.deliveries = 0
