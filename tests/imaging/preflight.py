"""PDFBox Preflight, an independent validator of PDF/A-1b (Debian: default-jre-headless, libpdfbox2-java,
libactivation-java, libjaxb-api-java)."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from optional_programs import needs_program, skip_or_fail

_JARS = Path("/usr/share/java")
_NAMES = ("preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging", "javax.activation", "jaxb-api")


def preflight(path: Path) -> list[str]:
    """What is wrong with a PDF/A-1b document, a line for each error; empty for a valid one."""
    java = needs_program("java")
    jars = [_JARS / f"{name}.jar" for name in _NAMES]
    if missing := [jar.name for jar in jars if not jar.exists()]:
        skip_or_fail(f"PDFBox Preflight is not installed: {', '.join(missing)}")
    done = subprocess.run(
        [java, "-cp", os.pathsep.join(map(str, jars)), "org.apache.pdfbox.preflight.Validator_A1b", path],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    lines = done.stdout.split("\n", 1)
    valid = lines[0] == f"The file {path.name} is a valid PDF/A-1b file"
    assert valid == (done.returncode == 0), done.stdout + done.stderr
    return [] if valid else [line for line in done.stdout.splitlines()[1:] if line] or [done.stderr]
