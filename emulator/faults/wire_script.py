"""What is done to the octets of one HTTP message on its way out, as a script: it is fed octets, and says what goes
out, what waits, and how the connection ends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator

from emulator.faults.impossible import Impossible

_HEAD_END: Final = b"\r\n\r\n"
_PERCENT: Final = re.compile(r"(\d{1,3}(?:\.\d{1,6})?) ?%")


@dataclass(frozen=True, slots=True)
class Send:
    """These octets go out."""

    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing goes out for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Close:
    """The connection is closed: what went out arrives, then the end."""


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset when what went out has arrived."""


Step: TypeAlias = Send | Wait | Close | Reset


def _offset(said: int | str) -> int | str:
    if isinstance(said, str):
        found = _PERCENT.fullmatch(said)
        if found is None or float(found[1]) > 100:
            raise ValueError('is a number of octets, negative from the end, or a share such as "50 %"')
    return said


Offset: TypeAlias = Annotated[int | str, AfterValidator(_offset)]
"""A place in a body: octets from its start, negative from its end, or a share of it."""


def place(offset: int | str, length: int) -> int:
    """The octet of a body of that length before which the offset is. Raises Impossible."""
    if isinstance(offset, str):
        return int(float(offset.rstrip("% ")) * length / 100)
    at = offset if offset >= 0 else length + offset
    if not 0 <= at <= length:
        raise Impossible(f"offset {offset} is outside of the body, which has {length} octets")
    return at


class WireScript:
    """Of one message. A subclass says what becomes of its head (`head`), what happens at one place of its body
    (`there`, at `offset`), and what becomes of the octets before and behind that."""

    offset: int | str = 0
    """Where `there` is."""

    def __init__(self) -> None:
        self._unread = b""
        self._whole_head = False
        self._been_there = False
        self.length = 0
        """Octets of the body, once the head is known."""
        self.passed = 0
        """Octets of the body that have been fed."""
        self.at = 0
        """The octet of the body before which `there` is, once the head is known."""

    def feed(self, octets: bytes) -> Iterator[Step]:
        """What becomes of the next octets. Raises Impossible; nothing is to be done after Close and Reset."""
        if not self._whole_head:
            self._unread += octets
            head, end, octets = self._unread.partition(_HEAD_END)
            if not end:
                return
            if head.startswith(b"HTTP/1.1 1"):  # an answer before the answer (RFC 9110, section 15.2)
                self._unread = b""
                yield Send(head + end)
                yield from self.feed(octets)
                return
            self._whole_head, self._unread = True, b""
            self.length = _length(head)
            self.at = place(self.offset, self.length)
            self.begin()
            yield from self.head(head + end)
            yield from self._arrive()
            if not self.length:
                yield from self.end()
        if not octets:
            return
        if self.passed >= self.length:  # what an earlier fault has put behind the body
            yield Send(octets)
            return
        while octets:
            until = self.at if self.passed < self.at else self.length
            piece, octets = octets[: until - self.passed], octets[until - self.passed :]
            start, self.passed = self.passed, self.passed + len(piece)
            yield from self.before(piece, start) if start < self.at else self.behind(piece, start)
            yield from self._arrive()
            if self.passed == self.length:
                yield from self.end()
                if octets:
                    yield Send(octets)
                return

    def _arrive(self) -> Iterator[Step]:
        if not self._been_there and self.passed >= self.at:
            self._been_there = True
            yield from self.there()

    # What a subclass does

    def begin(self) -> None:
        """The head is whole: length and place are known. Raises Impossible."""

    def head(self, head: bytes) -> Iterable[Step]:
        """What becomes of the head, with its empty line."""
        return (Send(head),)

    def before(self, piece: bytes, start: int) -> Iterable[Step]:
        """What becomes of octets before the place; `start`: of the body."""
        return (Send(piece),)

    def there(self) -> Iterable[Step]:
        """What happens at the place."""
        return ()

    def behind(self, piece: bytes, start: int) -> Iterable[Step]:
        """What becomes of octets behind the place."""
        return (Send(piece),)

    def end(self) -> Iterable[Step]:
        """What comes behind the body."""
        return ()


def play(scripts: Sequence[WireScript], octets: bytes) -> Iterator[Step]:
    """What becomes of octets that go through all these scripts, the first of them first. Raises Impossible."""
    if not scripts:
        yield Send(octets)
        return
    for step in scripts[0].feed(octets):
        if isinstance(step, Send):
            yield from play(scripts[1:], step.octets)
        else:
            yield step


# Heads


def _length(head: bytes) -> int:
    for name, value in fields_of(head):
        if name == b"content-length" and value.isdigit():
            return int(value)
        if name == b"transfer-encoding":
            raise Impossible("the length of the body is not known: it goes out in chunks")
    return 0


def fields_of(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name, in small letters, and value of each header."""
    for line in head.split(b"\r\n")[1:]:
        name, colon, value = line.partition(b":")
        if colon:
            yield name.strip().lower(), value.strip()


def with_lines(head: bytes, lines: Iterable[bytes]) -> bytes:
    """A head of the same first line, with these lines of headers."""
    return b"\r\n".join([head.split(b"\r\n", 1)[0], *lines, b"", b""])


def lines_of(head: bytes) -> list[bytes]:
    """The lines of headers."""
    return [line for line in head.split(b"\r\n")[1:] if line]


def named(line: bytes, name: str) -> bool:
    """Whether a line is the header of that name."""
    return line.partition(b":")[0].strip().lower() == name.lower().encode()


def in_pieces(octets: bytes, size: int) -> Iterator[bytes]:
    """The octets in pieces of that many."""
    for start in range(0, len(octets), size):
        yield octets[start : start + size]
