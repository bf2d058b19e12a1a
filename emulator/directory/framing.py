"""Cuts a stream of octets into LDAP messages (BER, RFC 4511 5.1) and sealed buffers (RFC 4513 5.2.1.9, RFC 4422
3.7), each of bounded size. No I/O."""

from __future__ import annotations

from typing import Final

from emulator.directory.errors import DirectoryNonsense

MAX_MESSAGE_BYTES: Final = 4 * 1024 * 1024
"""Longest message read: a scan process of the largest size (524288 characters, at most 4 octets each), with room
for what stands beside it."""
MAX_SEALED_BYTES: Final = MAX_MESSAGE_BYTES + 64 * 1024
"""Longest sealed buffer: a message with what sealing adds, or several short ones."""

_SEQUENCE: Final = 0x30
_LONG_FORM: Final = 0x80
_LENGTH_OCTETS: Final = 4
_LENGTH_PREFIX: Final = 4


class MessageFrames:
    """Whole messages of what has come."""

    def __init__(self) -> None:
        self._held = bytearray()

    @property
    def empty(self) -> bool:
        """Whether nothing is held that waits for its end."""
        return not self._held

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are whole now. Raises DirectoryNonsense for what is no LDAP message, or one that is too
        long."""
        self._held += data
        found: list[bytes] = []
        begin = 0
        while (end := _end_of_message(self._held, begin)) is not None and end <= len(self._held):
            found.append(bytes(self._held[begin:end]))
            begin = end
        del self._held[:begin]
        return found


def _end_of_message(data: bytearray, begin: int) -> int | None:
    """Where the message at `begin` ends; None while its length has not come. Raises DirectoryNonsense."""
    if len(data) <= begin:
        return None
    if data[begin] != _SEQUENCE:
        raise DirectoryNonsense(f"not LDAP: a message begins with octet {data[begin]:#04x}")
    if len(data) < begin + 2:
        return None
    first = data[begin + 1]
    if first < _LONG_FORM:
        return begin + 2 + first
    count = first - _LONG_FORM
    if not 1 <= count <= _LENGTH_OCTETS:
        raise DirectoryNonsense("not LDAP: a length that RFC 4511 does not allow")
    if len(data) < begin + 2 + count:
        return None
    length = int.from_bytes(data[begin + 2 : begin + 2 + count], "big")
    if length > MAX_MESSAGE_BYTES:
        raise DirectoryNonsense(f"an LDAP message of {length} octets; {MAX_MESSAGE_BYTES} are read at most")
    return begin + 2 + count + length


class SealedFrames:
    """Whole sealed buffers of what has come, without their length."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The buffers that are whole now. Raises DirectoryNonsense for one that is too long."""
        self._held += data
        found: list[bytes] = []
        begin = 0
        while len(self._held) >= begin + _LENGTH_PREFIX:
            length = int.from_bytes(self._held[begin : begin + _LENGTH_PREFIX], "big")
            if length > MAX_SEALED_BYTES:
                raise DirectoryNonsense(f"a sealed buffer of {length} octets; {MAX_SEALED_BYTES} are read at most")
            end = begin + _LENGTH_PREFIX + length
            if len(self._held) < end:
                break
            found.append(bytes(self._held[begin + _LENGTH_PREFIX : end]))
            begin = end
        del self._held[:begin]
        return found


def sealed(buffer: bytes) -> bytes:
    """A sealed buffer with its length before it."""
    return len(buffer).to_bytes(_LENGTH_PREFIX, "big") + buffer
