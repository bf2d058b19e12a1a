"""Asks a person for a password."""

from __future__ import annotations

import getpass
import signal
import sys


def ask_password(what: str) -> str | None:
    """The password of `what`, typed without an echo; None where nobody sits at a terminal. An interrupt ends the
    command."""
    if not sys.stdin.isatty():
        return None
    # The event loop takes SIGINT for its own while a job runs, and it does not turn while a person types.
    try:
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
    except ValueError:  # not the main thread
        return None
    try:
        return getpass.getpass(f"Password of {what}: ")
    except EOFError:
        return None
    finally:
        signal.signal(signal.SIGINT, before)
