"""Commands that a person is told to go on with: they run as they are printed."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from emulator.environment.options import TrustOptions


def command_line(*arguments: object) -> str:
    """`dsm-emulator ARGUMENTS`, quoted for the shell of the platform."""
    words = ["dsm-emulator", *map(str, arguments)]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def directory_words(directory: Path | str | None) -> tuple[str, ...] | None:
    """Options by which another command asks the same folder; None for a directory over LDAP, whose password nobody
    prints."""
    if directory is None:
        return ()
    return None if isinstance(directory, str) and "://" in directory else ("--directory", str(directory))


def trust_words(trust: TrustOptions) -> list[str]:
    """Options by which another command trusts the same peers, and shows the same certificate."""
    given = [
        ("--ca-file", trust.ca_file),
        *[("--crl", each) for each in trust.crls],
        ("--client-cert", trust.client_cert),
        ("--client-key", trust.client_key),
        ("--client-password-file", trust.client_password_file),
        ("--ca-url", trust.ca_url),
        ("--ca-sha256", trust.ca_sha256),
    ]
    words = [str(word) for option, value in given if value is not None for word in (option, value)]
    return [*words, *["--insecure"] * trust.insecure]


def profile_hint(named: str) -> str:
    """Hint for a device profile that cannot be had."""
    if named.endswith(".toml"):
        return f"{command_line('profiles', 'validate', named)} checks it; docs/profiles.md has all its fields"
    return f"{command_line('profiles', 'list')} shows those that come along"
