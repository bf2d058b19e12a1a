"""What the journal is told of the jobs of a scan server: states of jobs and filters, images, deliveries."""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

from emulator.layers import Layers
from emulator.scan_server.jobs import Job
from emulator.trace.kinds import DeliveryTold, JobTold, StateTold, Told
from emulator.trace.points import HAPPENED, tell_happened
from emulator.trace.who import WHO, Who


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
        known = self._told.get(job)
        if known is None:
            server = WHO.get() or Who(embedded=True)
            known = self._told[job] = _Told(server.at_server(job.token))
            name, user = job.process.display_name, job.user.principal
            self._happened(known, JobTold("created", token=job.token, name=name, user=user))
        for each in job.deliveries[known.deliveries :]:
            reason = "" if each.reason is None else str(each.reason)
            delivered = len(each.documents)
            self._happened(known, DeliveryTold(each.dialect, each.target, delivered, reason, each.detail))
        known.deliveries = len(job.deliveries)
        for run in job.filters:
            state = (str(run.state), tuple(map(str, run.reasons)))
            if known.filters.get(run.filter.dialect) != state:
                known.filters[run.filter.dialect] = state
                self._happened(known, StateTold("filter", *state, run.filter.dialect))
        now = (str(job.state), tuple(map(str, job.reasons)))
        if known.job != now:
            known.job = now
            self._happened(known, StateTold("post-scan job", *now, job.token, len(job.documents)))

    def _happened(self, known: _Told, told: Told) -> None:
        tell_happened(told, known.who, self._layers)


class _Told:
    """What has been told of a job."""

    def __init__(self, who: Who) -> None:
        self.who = who
        self.job: tuple[str, tuple[str, ...]] | None = None
        self.filters: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.deliveries = 0
