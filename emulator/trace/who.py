"""Whose deed something is: a post-scan job, a device, a scan server. It goes along with what runs for it (a context
variable), so that a message of whichever room can be told to be of this job and not of another."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final
from weakref import WeakSet

_SHORT: Final = 8
"""Letters of a JobToken that a person is shown: the first group of a GUID."""
_MOST: Final = 100
"""Letters of a name that are shown."""

_numbers = itertools.count(1)
_known: WeakSet[Who] = WeakSet()


class Who:
    """One job, device or server of this process. A job has a number until its scan server gives it a JobToken."""

    __slots__ = ("__weakref__", "_number", "device", "embedded", "job", "name", "server")

    def __init__(self, *, device: str = "", name: str = "", server: str = "", embedded: bool = False) -> None:
        """`device`: what tells it from all others (its UUID, or its profile); `name`: of the device, for people;
        `server`: of a scan server, for people; `embedded`: it runs for jobs of this process."""
        self.device = device
        self.name = name
        self.job = ""
        self.server = server
        self.embedded = embedded
        self._number = 0
        if not embedded:
            _known.add(self)

    def at_server(self, job_token: str) -> Who:
        """A job of a client at this scan server."""
        who = Who(server=self.server, embedded=self.embedded)
        who.job = job_token
        return who

    @classmethod
    def of_job(cls, device: Who | None = None) -> Who:
        """A post-scan job, at a device where one is given; it has no JobToken yet."""
        who = cls() if device is None else cls(device=device.device, name=device.name)
        who._number = next(_numbers)
        return who

    @property
    def told_job(self) -> str:
        """JobToken; `#3` of a job that has none yet; '' of what is no job."""
        return self.job or (f"#{self._number}" if self._number else "")

    def label(self) -> str:
        """A few words: `job 1ba72b60`, the device's name, the server's; '' where nothing is known."""
        if self.job or self._number:
            return f"job {self.told_job[:_SHORT]}"
        return (self.name or self.device or self.server)[:_MOST]


WHO: Final[ContextVar[Who | None]] = ContextVar("who", default=None)
"""Whose work the running task does."""


def label() -> str:
    """Return the label of the running task; '' where it works for nobody in particular."""
    who = WHO.get()
    return "" if who is None else who.label()


def several() -> bool:
    """Return whether more than one job, device or server is there, so that a line must say whose it is."""
    return len(_known) > 1


@contextmanager
def speaking(who: Who) -> Iterator[Who]:
    """What runs in this block, and the tasks that it starts, work for `who`."""
    token = WHO.set(who)
    try:
        yield who
    finally:
        WHO.reset(token)
