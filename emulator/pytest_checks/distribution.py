"""Which worker of xdist runs what, where checks are among the tests."""

from __future__ import annotations

from xdist.scheduler import LoadGroupScheduling

from emulator.pytest_checks.asked import PREFIX


class OneRunScheduling(LoadGroupScheduling):  # type: ignore[misc]  # it has no types
    """As `--dist loadgroup`, with the checks of a peer as one group, whose node ids stay what they are."""

    def _split_scope(self, nodeid: str) -> str:
        group, parted, _ = nodeid.partition("::")
        return group if parted and group.startswith(PREFIX) else str(super()._split_scope(nodeid))
