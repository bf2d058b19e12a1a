"""gSOAP's tools: where they keep their files, how its library was compiled, and how they are run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


def data_folder() -> Path:
    """Where gSOAP keeps import/ and plugin/: share/gsoap beside the bin/ of its programs."""
    program = shutil.which("soapcpp2")
    assert program is not None
    return Path(program).resolve().parent.parent / "share" / "gsoap"


def library(name: str) -> list[str]:
    """Options for the library `gsoap` (C) or `gsoap++` as it was compiled; they change the layout of its
    structures."""
    if shutil.which("pkg-config"):
        found = subprocess.run(
            ["pkg-config", "--cflags", "--libs", name], capture_output=True, text=True, timeout=30, check=False
        )
        if found.returncode == 0:
            return [*found.stdout.split(), "-lpthread"]
    return ["-DWITH_IPV6", "-DWITH_DOM", f"-l{name}", "-lpthread"]  # as Debian compiles it


def version(program: str) -> bytes:
    """What a program says of its version."""
    said = subprocess.run([program, "-V"], capture_output=True, timeout=30, check=False)
    return said.stdout + said.stderr


def run(folder: Path, *command: str) -> None:
    """Run a tool or a compiler. Raises RuntimeError with its output when it fails."""
    try:
        result = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=280, check=False
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"{command[0]} takes too long") from None
    if result.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {(result.stderr or result.stdout)[-2000:]}")
