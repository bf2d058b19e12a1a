"""Certificates of the judge's scan server: the one that is right, and those that a device must refuse."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

from emulator.trust.authority import LabAuthority
from emulator.trust.contexts import server_context, server_context_from

UNKNOWN_CA: Final = "by an authority that the device does not know"
OTHER_NAME: Final = "for another name"
EXPIRED: Final = "that has expired"
_NAME: Final = "DSM emulator judge CA"


class Certificates:
    """Contexts of a server, by what they show."""

    def __init__(self, names: Sequence[str], certificate: Path | None = None, key: Path | None = None) -> None:
        """Raises TrustError.

        - `names`: DNS names and IP addresses of the scan server.
        - `certificate` and `key`: the user's own; then of the wrong ones there is that of an unknown CA alone.
        """
        self._names = names
        self._authority = LabAuthority.create(_NAME)
        self._own = certificate is not None
        self.ca_pem = self._authority.certificate_pem
        """What the device has to trust."""
        self.right: ssl.SSLContext = (
            server_context_from(self._authority.issue_server(names))
            if certificate is None
            else server_context(certificate, key)
        )

    def has(self, flaw: str) -> bool:
        """Whether a certificate with that flaw can be shown."""
        return flaw == UNKNOWN_CA or not self._own

    def wrong(self, flaw: str) -> ssl.SSLContext:
        """The context that shows a certificate with that flaw."""
        return self._wrong[flaw]

    @cached_property
    def _wrong(self) -> dict[str, ssl.SSLContext]:
        now = datetime.now(UTC)
        before, then = now - timedelta(days=30), now - timedelta(days=1)
        expired = self._authority.issue_server(self._names, not_before=before, not_after=then)
        with _without_a_word():
            return {
                UNKNOWN_CA: server_context_from(LabAuthority.create(_NAME).issue_server(self._names)),
                OTHER_NAME: server_context_from(self._authority.issue_server(["elsewhere.example"])),
                EXPIRED: server_context_from(expired),
            }


@contextmanager
def _without_a_word() -> Iterator[None]:
    """Nobody is warned of a certificate that is wrong on purpose."""
    log = logging.getLogger("emulator.trust.key_pair")

    def nothing(record: logging.LogRecord) -> bool:
        return False

    log.addFilter(nothing)
    try:
        yield
    finally:
        log.removeFilter(nothing)
