"""What the jobs of one process have in common, and none of them owns: it is made once and outlasts them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

from emulator.device.profile import DeviceProfile, load_profile, profile_file
from emulator.environment.file_state import file_state
from emulator.environment.spool import Spool
from emulator.jobs.client_pool import ClientPool
from emulator.jobs.directory_sessions import DirectorySessions
from emulator.jobs.embedded_servers import EmbeddedServers
from emulator.jobs.job_events import JobEvents

_PROFILES: Final = 64
"""Profiles that are kept."""


class Profiles:
    """Device profiles, each read again when its file has changed. May be called from any thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, DeviceProfile] = OrderedDict()

    def load(self, name_or_path: str) -> DeviceProfile:
        """Load a profile as `load_profile` does. Raises ProfileError."""
        state = file_state(profile_file(name_or_path))
        found = self._kept.get(state)
        if found is None:
            found = self._kept[state] = load_profile(name_or_path)
            while len(self._kept) > _PROFILES:
                self._kept.popitem(last=False)
        return found


class JobCommons:
    """A lab has one, and a process that runs devices; a job that is alone makes one for itself. Everything but
    directories and profiles is used on one event loop."""

    def __init__(self) -> None:
        self.clients = ClientPool()
        """Connections to scan servers, by whom they trust and what they show."""
        self.events = JobEvents()
        """What scan servers tell of jobs."""
        self.directories = DirectorySessions()
        """Users and scan processes."""
        self.servers = EmbeddedServers()
        """Embedded scan servers, started when a job goes to one."""
        self.profiles = Profiles()
        self.spool = Spool()
        """Where pages wait until they are sent."""

    async def aclose(self) -> None:
        """Unsubscribe, listen no more, end all connections. The jobs have ended."""
        await self.events.aclose()
        await self.clients.aclose()
        await self.servers.aclose()
        self.directories.close()
        self.spool.close()
