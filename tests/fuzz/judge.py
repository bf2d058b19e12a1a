"""Judges an answer by the documents, and watches what is logged, held open and kept in memory."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from documented_faults import HTTP_REFUSALS, STATUS, FaultName, documented
from lxml import etree
from mutations import Mutant
from PIL import Image

from emulator.trace.journal import Entry, Journal
from emulator.trace.lines import timed
from emulator.trace.recording import record as record_journal
from emulator.transport.give_back import give_back_memory

SOAP = "http://www.w3.org/2003/05/soap-envelope"
_ACTION = re.compile(rb"Action[^>]*>[^<]*/(\w+)<")
_PART = re.compile(rb"\r\n\r\n(<\?xml.*?</[^>]*Envelope>)", re.DOTALL)
SUBSCRIBED = 3.5
"""Seconds after which a subscription to a side (sides.py) has been swept away."""
UNEXPECTED = b"had an unexpected error"


@dataclass
class Watch(logging.Handler):
    """Every line of log and journal is made up as for a file; errors and tracebacks are kept."""

    found: list[str] = field(default_factory=list)
    lines: int = 0

    def __post_init__(self) -> None:
        super().__init__(logging.INFO)

    def __hash__(self) -> int:
        return id(self)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """All that the program logs is looked at here, and kept by nobody (pytest would): there is much of it."""
        loggers = [logging.getLogger(name) for name in ("emulator", "asyncio", "aiohttp")]
        before = [(each.level, each.propagate, list(each.handlers)) for each in loggers]
        for each in loggers:
            each.setLevel(logging.INFO)
            each.propagate, each.handlers = False, [self]
        journal = Journal(size=1)
        journal.listen(self._happened)
        unplug = record_journal(journal)
        try:
            yield
        finally:
            unplug()
            for each, (level, propagate, handlers) in zip(loggers, before, strict=True):
                each.setLevel(level)
                each.propagate, each.handlers = propagate, handlers

    def _happened(self, entry: Entry) -> None:
        for line in timed(entry):
            self.lines += 1
            line.encode()
            if len(line.splitlines()) > 1:
                self.found.append(f"the journal: more than a line: {line}")

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += 1
        text = record.getMessage()
        text.encode()
        if "\n" in text.strip() and record.name.startswith("emulator"):
            self.found.append(f"{record.name}: more than a line: {text}")
        if record.levelno >= logging.ERROR or record.exc_info:
            trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
            self.found.append(f"{record.name}: {text}\n{trace}")


@dataclass
class Verdicts:
    """Counts of what was answered, and what was not right."""

    faults: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def judge(self, mutant: Mutant, status: int, headers: Mapping[str, str], body: bytes, seed: str) -> None:
        """One answer; `status` 0: the connection ended without one."""
        reason = self._reason(mutant, status, headers, body)
        if reason:
            shown = f"{reason}\n  seed {seed}, {mutant.template.service} {mutant.template.operation}: "
            shown += f"{', '.join(mutant.done)} {mutant.framing}\n  {mutant.method} {mutant.path} {mutant.headers}"
            self.wrong.append(f"{shown}\n  {mutant.body[:3000]!r}\n  answered {status} {body[:1500]!r}")

    def _reason(self, mutant: Mutant, status: int, headers: Mapping[str, str], body: bytes) -> str:
        if status == 0:
            self.faults["no answer"] += 1
            return "" if mutant.framing else "no answer"
        kind = headers.get("content-type", "")
        if kind.startswith("text/xml") and status == 500 and b"VersionMismatch" in body:
            # Who speaks SOAP 1.1 is told so in SOAP 1.1 (SOAP 1.2 part 1, appendix A).
            self.faults["VersionMismatch in SOAP 1.1"] += 1
            return ""
        if "soap+xml" not in kind and "xop+xml" not in kind:
            self.faults[f"HTTP {status}"] += 1
            fine = status in HTTP_REFUSALS or (status in (200, 202) and mutant.method != "POST") or status == 202
            fine = fine or (status == 200 and "xml" in kind and "?" in mutant.path)
            return "" if fine or (mutant.framing and status in (100, 200)) else f"HTTP {status} {kind}"
        envelope = body
        if kind.startswith("multipart"):
            found = _PART.search(body)
            envelope = found[1] if found else b""
        try:
            root = etree.fromstring(envelope)
        except etree.XMLSyntaxError as error:
            return f"an answer that is no XML: {error}"
        fault = root.find(f"{{{SOAP}}}Body/{{{SOAP}}}Fault")
        if fault is None:
            self.faults[f"answered {status}"] += 1
            return "" if status == 200 else f"status {status} for an answer"
        name = _name(fault)
        self.faults[f"{name.code} {name.subcode or '-'}"] += 1
        if UNEXPECTED in envelope and name.subcode != "ServerErrorTemporaryError":
            return "an unexpected error"
        asked = _ACTION.search(mutant.body)
        operation = asked[1].decode() if asked and asked[1].decode() == mutant.template.operation else ""
        if name not in documented(mutant.template.service, operation):
            return f"no documented fault: {name}"
        expected = STATUS.get(name.code, 500)
        return "" if status in (expected, 415) else f"status {status} for {name}"


def _name(fault: etree._Element) -> FaultName:
    code = (fault.findtext(f"{{{SOAP}}}Code/{{{SOAP}}}Value") or "").rpartition(":")[2]
    value = fault.find(f"{{{SOAP}}}Code/{{{SOAP}}}Subcode/{{{SOAP}}}Value")
    if value is None or not value.text:
        return FaultName(code, "", "")
    prefix, _, local = value.text.rpartition(":")
    return FaultName(code, value.nsmap.get(prefix or None, ""), local)


async def held() -> tuple[int, int]:
    """Octets of memory, and descriptors open, of this process, when all subscriptions have run out; zeros where the
    system does not tell."""
    await asyncio.sleep(SUBSCRIBED)
    gc.collect()
    # What is kept for the next page (emulator/imaging/scan_head.py) and the next crowd is no growth.
    Image.core.clear_cache()  # type: ignore[attr-defined]
    give_back_memory()
    return _of_process() if sys.platform.startswith("linux") else (0, 0)


def _of_process() -> tuple[int, int]:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE"), len(os.listdir("/proc/self/fd"))
