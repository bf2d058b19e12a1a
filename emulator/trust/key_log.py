"""SSLKEYLOGFILE: where the secrets of TLS connections are written, for programs that read a capture of them.

The ssl module heeds the variable in create_default_context alone, which makes none of our contexts: every context
of ours, of a client or of a server, comes by here. Format: draft-ietf-tls-keylogfile, as OpenSSL writes it.
"""

from __future__ import annotations

import logging
import os
import ssl
import sys
from pathlib import Path
from typing import Final

from emulator.trust.errors import TrustError

VARIABLE: Final = "SSLKEYLOGFILE"
_log = logging.getLogger(__name__)
_told: Final[set[str]] = set()
"""The files of which the log has been told."""


def log_secrets(context: ssl.SSLContext) -> None:
    """Have the secrets of the context's connections appended to the file that SSLKEYLOGFILE names, which is made
    for its owner alone; the log says so once. Without the variable nothing is written; nor where Python is told to
    heed no environment (-E, -I). Raises TrustError where the file cannot be written."""
    name = "" if sys.flags.ignore_environment else os.environ.get(VARIABLE, "")
    if not name:
        return
    try:
        if not Path(name).exists():
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        context.keylog_filename = name
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise TrustError(f"{VARIABLE} {name}: cannot be written: {reason}") from None
    if name not in _told:
        _told.add(name)
        _log.warning(
            "the secrets of TLS connections are written to %s, as %s says: who has it can read them", name, VARIABLE
        )
