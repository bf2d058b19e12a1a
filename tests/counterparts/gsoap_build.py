"""Builds what gSOAP's tools generate from our WSDLs, a scan server and a sink of events: wsdl2h, soapcpp2, g++."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from gsoap_tools import data_folder, library, run, version

import emulator

HERE = Path(__file__).parent
PACKAGE = Path(emulator.__file__).parent
SCHEMAS = PACKAGE / "soap" / "xsd"
PROGRAMS = ("wsdl2h", "soapcpp2", "g++")
"""What must be installed; of Debian: gsoap, libgsoap-dev, g++."""


@dataclass(frozen=True)
class Made:
    """A program: the WSDLs that its code is generated from, and what is written by hand."""

    name: str
    wsdls: tuple[Path, ...]
    source: Path
    typemap: Path


SERVER = Made(
    "gsoap_server",
    (PACKAGE / "dsm" / "wsdl" / "processing.wsdl",),
    HERE / "gsoap_server.cpp",
    HERE / "gsoap_typemap.dat",
)
SINK = Made(
    "gsoap_sink",
    (PACKAGE / "wsscan" / "wsdl" / "scanner-events.wsdl", PACKAGE / "wsscan" / "wsdl" / "device-events.wsdl"),
    HERE / "gsoap_sink.cpp",
    HERE / "gsoap_sink_typemap.dat",
)


def build(cache: Path, made: Made = SERVER) -> Path:
    """The program's executable, from `cache` if it was built there from the same inputs (a few seconds if not).

    Raises RuntimeError with the output of the tool that failed.
    """
    wanted = cache / _fingerprint(made) / made.name
    if wanted.is_file():
        return wanted
    wanted.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gsoap-", dir=cache) as name:
        work = Path(name)
        data = data_folder()
        # C structures compile in a third of the time of classes. -O4: only what the messages need.
        # -P: base64Binary as a type that may be an attachment. -x: nothing that the schema does not name.
        run(
            work,
            "wsdl2h",
            "-c",
            "-O4",
            "-P",
            "-x",
            "-L",
            "-t",
            str(made.typemap),
            "-o",
            "made.h",
            *map(str, made.wsdls),
        )
        # -2: SOAP 1.2. -S: server side only. -L: no library files. -w, -x: no WSDL, no sample messages.
        run(work, "soapcpp2", "-c", "-2", "-S", "-L", "-w", "-x", f"-I{data / 'import'}:{data}", "made.h")
        include = [f"-I{work}", f"-I{data}"]
        run(work, "g++", "-std=c++17", "-O0", *include, str(made.source), "-o", made.name, *library("gsoap++"))
        # Renamed into place: other test processes may be building the same.
        os.replace(work / made.name, wanted)
    return wanted


def _fingerprint(made: Made) -> str:
    digest = hashlib.sha256()
    for path in (Path(__file__), *made.wsdls, made.source, made.typemap, *sorted(SCHEMAS.glob("*.xsd"))):
        digest.update(path.read_bytes())
    digest.update(version("wsdl2h"))
    return digest.hexdigest()[:32]
