"""Which encoding a document from outside is in, by its first octets and its XML declaration (XML 1.0, 4.3.3 and
appendix F.1). [soap/envelope/utf-8] [soap/envelope/utf-16]"""

from __future__ import annotations

import codecs
import re
from typing import Final

UTF_8: Final = "UTF-8"
UTF_16: Final = "UTF-16"

_MARKS: Final = (
    (codecs.BOM_UTF8, UTF_8),
    # Before UTF-16, whose mark the little-endian one of UTF-32 begins with.
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, UTF_16),
    (codecs.BOM_UTF16_BE, UTF_16),
)
_BEGINNINGS: Final = (
    (b"<\0\0\0", "UTF-32 without a byte order mark"),
    (b"\0\0\0<", "UTF-32 without a byte order mark"),
    (b"<\0", "UTF-16 without a byte order mark"),
    (b"\0<", "UTF-16 without a byte order mark"),
    (b"\x4c\x6f\xa7\x94", "EBCDIC"),  # <?xm
)
"""How a document that is not in ASCII's family begins (XML 1.0, appendix F.1)."""
_DECLARED: Final = re.compile(rb"<\?xml\s[^>]*?\bencoding\s*=\s*[\"']([A-Za-z][A-Za-z0-9._\-]{0,39})[\"']")
_PRINTABLE: Final = bytes(range(32, 127))
"""Octets that mean the same in every encoding of ASCII's family."""
_MEANT_ALIKE: Final = frozenset({"UTF-8", "UTF8", "US-ASCII", "ASCII"})
"""Names of UTF-8 and of what is a part of it."""


def _begins_plainly(data: bytes) -> bool:
    """Whether it begins as nearly every document does, with '<' alone: no mark and no beginning of another family
    does, so that the ten need not be compared with three times a message."""
    return data[:1] == b"<" and data[1:2] != b"\0"


def mark_of(data: bytes) -> tuple[bytes, str]:
    """The byte order mark that the document begins with and its encoding; (b"", "") where there is none.
    [soap/envelope/byte-order-mark]"""
    if _begins_plainly(data):
        return b"", ""
    return next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", ""))


def family_of(data: bytes) -> str:
    """Encoding by mark or by the first octets; `UTF-8` where these say nothing else."""
    if _begins_plainly(data):
        return UTF_8
    _, marked = mark_of(data)
    return marked or next((name for start, name in _BEGINNINGS if data.startswith(start)), UTF_8)


def declared_encoding(text: bytes) -> str:
    """The encoding that the XML declaration of a document in ASCII's family names, upper case; '' for none."""
    found = _DECLARED.match(text)
    return "" if found is None else found.group(1).decode("ascii").upper()


def is_utf8_name(name: str) -> bool:
    """Whether it is a name of UTF-8, or of a part of it, in any case."""
    return name.strip().upper() in _MEANT_ALIKE


def contradicts(charset: str, data: bytes) -> bool:
    """Whether a `charset` parameter (RFC 7303) says something else than the document is in."""
    name = charset.strip().upper()
    family = family_of(data)
    if family != UTF_8:
        return not name.startswith(family[:6])
    if is_utf8_name(name):
        return False
    if not data.isascii():
        return True
    try:
        return _PRINTABLE.decode(name) != _PRINTABLE.decode("ascii")
    except (LookupError, ValueError):
        return True
