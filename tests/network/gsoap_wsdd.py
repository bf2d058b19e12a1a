"""Builds discovery clients with gSOAP's wsdd plugin: soapcpp2, gcc."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from gsoap_tools import data_folder, library, run, version

HERE = Path(__file__).parent
SOURCE = HERE / "gsoap_discovery.c"
PROGRAMS = ("soapcpp2", "gcc")
"""What must be installed; of Debian: gsoap, libgsoap-dev, gcc."""
HEADERS = {"2005/04": ("wsdd10.h", "-DSOAP_WSDD_2005"), "1.1": ("wsdd.h", "-DSOAP_WSDD_2009")}
"""For each version of WS-Discovery the definitions that come with gSOAP, and the option that goes with them."""


def build(cache: Path, discovery: str) -> Path:
    """The client's executable, from `cache` if it was built there from the same inputs (a few seconds if not).

    Raises RuntimeError with the output of the tool that failed.
    """
    header, option = HEADERS[discovery]
    wanted = cache / _fingerprint(header) / "gsoap_discovery"
    if wanted.is_file():
        return wanted
    wanted.parent.mkdir(parents=True, exist_ok=True)
    data = data_folder()
    with tempfile.TemporaryDirectory(prefix="gsoap-", dir=cache) as name:
        work = Path(name)
        # -a: dispatch by wsa:Action. -c: C. -2: SOAP 1.2. -L: no library files. -x: no sample messages.
        run(
            work,
            "soapcpp2",
            "-a",
            "-c",
            "-2",
            "-L",
            "-x",
            "-pwsdd",
            f"-I{data / 'import'}:{data}",
            str(data / "import" / header),
        )
        generated = ("wsddC.c", "wsddClient.c", "wsddServer.c")
        plugins = [data / "plugin" / f"{plugin}.c" for plugin in ("wsddapi", "wsaapi", "threads")]
        run(
            work, "gcc", "-O0", "-w", f"-I{work}", f"-I{data}", f"-I{data / 'plugin'}", "-DSOAP_H_FILE=wsddH.h",
            option, str(SOURCE), *generated, *map(str, plugins), "-o", "gsoap_discovery", *library("gsoap"),
        )  # fmt: skip
        # Renamed into place: other test processes may be building the same.
        os.replace(work / "gsoap_discovery", wanted)
    return wanted


def _fingerprint(header: str) -> str:
    digest = hashlib.sha256(header.encode())
    for path in (Path(__file__), SOURCE):
        digest.update(path.read_bytes())
    digest.update(version("soapcpp2"))
    return digest.hexdigest()[:32]
