"""Rows of data: CSV, a JSON list of objects, or JSON lines. A file is gone through once when it is opened; then any
row is read alone, and of a million rows none is kept."""

from __future__ import annotations

import codecs
import csv
import json
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from emulator.documents.templates.template_errors import TemplateError

_EVERY: Final = 64
"""Of so many rows the place of one is kept."""
_MAX_ROW: Final = 4 * 1024**2
"""Octets."""
SUFFIXES: Final = (".csv", ".json", ".jsonl")

Row = Mapping[str, Any]


class Rows:
    """The rows of a file. A copy of it in another process reads the same file."""

    def __init__(self, path: Path) -> None:
        """Look through the file. Raises TemplateError, with the line of a mistake."""
        self.path = path
        if path.suffix.lower() not in SUFFIXES:
            raise TemplateError(path, f"data are CSV or JSON; the name ends in {', '.join(SUFFIXES)}")
        self._offsets = array("Q")
        self._lines = array("Q")
        self._count = 0
        self.columns: tuple[str, ...] = ()
        """Of CSV; those of JSON are what its first row has."""
        try:
            for offset, line, row in self._all():
                if self._count % _EVERY == 0:
                    self._offsets.append(offset)
                    self._lines.append(line)
                if self._count == 0 and not self.columns:
                    self.columns = tuple(map(str, row))
                self._count += 1
        except OSError as error:
            raise TemplateError(path, f"cannot be read: {error.strerror or error}") from None
        if not self._count:
            raise TemplateError(path, "there is no row of data in it")

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[tuple[Row, int]]:
        """Every row and its line. Raises TemplateError."""
        try:
            for _, line, row in self._all(self._offsets[0], self._lines[0]):
                yield row, line
        except OSError as error:
            raise TemplateError(self.path, f"cannot be read: {error.strerror or error}") from None

    def row(self, number: int) -> tuple[Row, int]:
        """Row `number` (from 0) and its line in the file (from 1). Raises TemplateError, IndexError."""
        if not 0 <= number < self._count:
            raise IndexError(number)
        block, more = divmod(number, _EVERY)
        try:
            for at, (_, line, row) in enumerate(self._all(self._offsets[block], self._lines[block])):
                if at == more:
                    return row, line
        except OSError as error:
            raise TemplateError(self.path, f"cannot be read: {error.strerror or error}") from None
        raise TemplateError(self.path, "has changed: it has fewer rows than when it was opened")

    def _all(self, offset: int = 0, line: int = 1) -> Iterator[tuple[int, int, Row]]:
        """Rows from one on, each with its place in octets and its line. Raises TemplateError, OSError."""
        suffix = self.path.suffix.lower()
        with self.path.open("rb") as file:
            if suffix == ".csv":
                yield from self._csv(file, offset, line)
            elif suffix == ".jsonl":
                yield from self._json_lines(file, offset, line)
            else:
                yield from self._json(file, offset, line)

    def _csv(self, file: BinaryIO, offset: int, line: int) -> Iterator[tuple[int, int, Row]]:
        lines = _Lines(self.path, file, offset, line)
        records = csv.reader(lines, strict=True)
        while True:
            begin, at = lines.offset, lines.line
            try:
                record = next(records, None)
            except csv.Error as error:
                raise TemplateError(self.path, f"is no CSV: {error}", at) from None
            if record is None:
                return
            if not record:  # an empty line
                continue
            if not self.columns:
                self.columns = tuple(name.strip() for name in record)
                self._check_header(at)
                continue
            if begin == 0:
                continue  # the header
            if len(record) != len(self.columns):
                raise TemplateError(
                    self.path, f"{len(record)} values; the header has {len(self.columns)} columns", at
                )
            yield begin, at, dict(zip(self.columns, record, strict=True))

    def _check_header(self, line: int) -> None:
        for name in self.columns:
            if not name or self.columns.count(name) > 1:
                said = f"the column {name!r} is there twice" if name else "a column has no name"
                raise TemplateError(self.path, said, line)

    def _json_lines(self, file: BinaryIO, offset: int, line: int) -> Iterator[tuple[int, int, Row]]:
        lines = _Lines(self.path, file, offset, line)
        begin, at = lines.offset, lines.line
        for text in lines:
            if text.strip():
                yield begin, at, self._object(text.strip(), at)
            begin, at = lines.offset, lines.line

    def _object(self, text: str, line: int) -> Row:
        try:
            found = json.loads(text)
        except json.JSONDecodeError as error:
            raise TemplateError(self.path, f"is no JSON: {error.msg}", line + error.lineno - 1) from None
        except (ValueError, RecursionError):
            raise TemplateError(self.path, "is no JSON: nested too deep, or a number too long", line) from None
        if not isinstance(found, dict):
            raise TemplateError(self.path, "a row is an object: names and values", line)
        return found

    def _json(self, file: BinaryIO, offset: int, line: int) -> Iterator[tuple[int, int, Row]]:
        """The objects of the list that the file is, one at a time."""
        text = _Text(self.path, file, offset, line)
        if not offset:
            if text.next_sign() != "[":
                raise self._no_list(text.line)
            text.skip(1)
        while True:
            sign = text.next_sign()
            if sign == "]":
                return
            if sign != "{":
                raise (
                    self._no_list(text.line)
                    if sign
                    else TemplateError(self.path, "is no JSON: the list has no end", text.line)
                )
            yield text.offset, text.line, text.take_object()

    def _no_list(self, line: int) -> TemplateError:
        return TemplateError(self.path, "is no list of objects: [{...}, {...}] is wanted", line)


class _Lines(Iterator[str]):
    """Lines of UTF-8, with the place of the next one."""

    def __init__(self, path: Path, file: BinaryIO, offset: int, line: int) -> None:
        self._path, self._file = path, file
        self.offset, self.line = offset, line
        file.seek(offset)

    def __next__(self) -> str:
        data = self._file.readline(_MAX_ROW + 1)
        if not data:
            raise StopIteration
        if len(data) > _MAX_ROW:
            raise TemplateError(self._path, f"a line has more than {_MAX_ROW} bytes", self.line)
        try:
            text = data.decode("utf-8-sig" if self.offset == 0 else "utf-8")
        except UnicodeDecodeError:
            raise TemplateError(self._path, "is not UTF-8", self.line) from None
        if "\0" in text:
            raise TemplateError(self._path, "is no text: it holds a NUL", self.line)
        self.offset += len(data)
        self.line += 1
        return text


_READ: Final = 256 * 1024
_DECODER: Final = json.JSONDecoder()
_BETWEEN: Final = " \t\r\n,"


class _Text:
    """JSON that is read piece by piece; only what is not yet done with is in memory."""

    def __init__(self, path: Path, file: BinaryIO, offset: int, line: int) -> None:
        self._path, self._file = path, file
        file.seek(offset)
        self._decode = codecs.getincrementaldecoder("utf-8-sig" if offset == 0 else "utf-8")()
        self._text, self._at, self._ended = "", 0, False
        self.offset, self.line = offset, line
        if offset == 0 and file.read(3) == codecs.BOM_UTF8:
            self.offset = 3
        file.seek(offset)

    def next_sign(self) -> str:
        """The next character that is no white space and no comma; "" at the end."""
        while True:
            end = self._at
            while end < len(self._text) and self._text[end] in _BETWEEN:
                end += 1
            self.skip(end - self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def skip(self, count: int) -> None:
        """Go on by so many characters."""
        passed = self._text[self._at : self._at + count]
        self._at += count
        self.offset += len(passed.encode())
        self.line += passed.count("\n")

    def take_object(self) -> Row:
        """The object that begins here. Raises TemplateError."""
        while True:
            try:
                found, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if len(self._text) - self._at <= _MAX_ROW and self._more():
                    continue
                line = self.line + self._text.count("\n", self._at, error.pos)
                raise TemplateError(self._path, f"is no JSON: {error.msg}", line) from None
            except (ValueError, RecursionError):
                reason = "is no JSON: nested too deep, or a number too long"
                raise TemplateError(self._path, reason, self.line) from None
            self.skip(end - self._at)
            return cast("Row", found)

    def _more(self) -> bool:
        if self._ended:
            return False
        data = self._file.read(_READ)
        self._ended = not data
        try:
            self._text = self._text[self._at :] + self._decode.decode(data, final=self._ended)
        except UnicodeDecodeError:
            raise TemplateError(self._path, "is not UTF-8", self.line) from None
        self._at = 0
        return not self._ended


def value_of(row: Row, name: str) -> Any:
    """The value of `items.2.price`: of the column of that name, or within lists (counted from 1) and objects.
    Raises KeyError."""
    if name in row:
        return row[name]
    found: Any = row
    for part in name.split("."):
        if isinstance(found, list) and part.isdigit() and 1 <= int(part) <= len(found):
            found = found[int(part) - 1]
        elif isinstance(found, Mapping) and part in found:
            found = found[part]
        else:
            raise KeyError(name)
    return found


def text_of(value: Any) -> str:
    """A value as it is printed; ValueError for one that is none (a list, an object)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    raise ValueError("is no text and no number")
