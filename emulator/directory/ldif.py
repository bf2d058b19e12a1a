"""LDIF content records (RFC 2849), as `ldifde` and `ldapsearch` export directory objects."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final

from emulator.directory.entry import Entry
from emulator.directory.errors import DirectoryError

_LINE_END: Final = re.compile(r"\r?\n")


def read_ldif(text: str, source: str) -> list[Entry]:
    """Every record. `source` names the file in errors. Raises DirectoryError with the line.

    Values by reference (`attribute:< url`) and change records other than `add` are refused.
    """
    entries: list[Entry] = []
    entry: Entry | None = None
    for number, line in _logical_lines(text, source):
        if not line:
            entry = None
            continue
        name, value = _attribute(line, f"{source}:{number}")
        if entry is None:
            if name == "version" and not entries:
                continue
            if name != "dn":
                raise DirectoryError(f"{source}:{number}: a record begins with dn, not {name[:40]!r}")
            entry = Entry(value.decode("utf-8", errors="replace"), number)
            entries.append(entry)
        elif name == "changetype" and value.strip().lower() != b"add":
            raise DirectoryError(f"{source}:{number}: a change record other than add is not read")
        elif name not in ("changetype", "control"):
            entry.attributes.setdefault(name, []).append(value)
    return entries


def _logical_lines(text: str, source: str) -> Iterator[tuple[int, str]]:
    """Lines with their continuations (which begin with one blank) joined; comments left out."""
    begin, pieces = 0, None
    # Not splitlines(): a form feed or a Unicode separator is part of a value (RFC 2849: SEP = CR LF / LF).
    for number, line in enumerate(_LINE_END.split(text), start=1):
        # An empty line ends a record; nothing goes on behind it.
        if line.startswith(" ") and pieces is not None and pieces[0]:
            pieces.append(line[1:])
            continue
        if pieces is not None and not pieces[0].startswith("#"):
            yield begin, "".join(pieces)
        if line.startswith(" "):
            raise DirectoryError(f"{source}:{number}: a continuation of nothing")
        begin, pieces = number, [line]
    if pieces is not None and not pieces[0].startswith("#"):
        yield begin, "".join(pieces)


def _attribute(line: str, where: str) -> tuple[str, bytes]:
    name, colon, value = line.partition(":")
    if not colon or not name:
        raise DirectoryError(f"{where}: not 'attribute: value'")
    # Options such as ;binary do not matter here.
    name = name.partition(";")[0].strip().lower()
    if value.startswith("<"):
        raise DirectoryError(f"{where}: a value by reference (:<) is not read")
    if not value.startswith(":"):
        return name, value.lstrip(" ").encode()
    try:
        return name, base64.b64decode("".join(value[1:].split()), validate=True)
    except (binascii.Error, ValueError):
        raise DirectoryError(f"{where}: {name} is no base64") from None
