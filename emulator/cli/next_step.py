"""Commands that a person is told to go on with: they run as they are printed."""

from __future__ import annotations

import shlex
import subprocess
import sys


def command_line(*arguments: object) -> str:
    """`dsm-emulator ARGUMENTS`, quoted for the shell of the platform."""
    words = ["dsm-emulator", *map(str, arguments)]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
