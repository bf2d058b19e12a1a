"""Names for files and folders from text of a peer: one path component each, good on every system. No I/O."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Final

from emulator.wsscan.values.keywords import Format

MAX_NAME: Final = 255
"""Longest component: NTFS and APFS count UTF-16 units or characters, Linux file systems octets of UTF-8.
All three are kept to."""

FALLBACK: Final = "_"
"""For a name of which nothing is left."""

NUMBER_DIGITS: Final = 4
"""Least digits of a document's number; a directory with more documents gets longer numbers."""

_FORBIDDEN: Final = re.compile(r'[<>:"/\\|?*]')  # Win32, "Naming Files, Paths, and Namespaces"
#: Control, format (text direction!), surrogates, unassigned (APFS refuses them), private use, line ends.
_UNFIT: Final = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
_DEVICE: Final = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|CLOCK\$|COM[0-9¹²³]|LPT[0-9¹²³])\Z", re.IGNORECASE)

_EXTENSIONS: Final[dict[str, str]] = {
    Format.DIB: "bmp",
    Format.EXIF: "jpg",
    Format.JBIG: "jbg",
    Format.JFIF: "jpg",
    Format.JPEG2K: "jp2",
    Format.PDF_A: "pdf",
    Format.PNG: "png",
    Format.XPS: "xps",
    **{format: "tif" for format in Format if format.startswith("tiff-")},
}


def safe_component(text: str, *, room: int = 0) -> str:
    """One path component that resembles `text`: never empty, `.`, `..`, hidden or a device, never with a
    separator, and short enough for `room` ASCII characters behind it."""
    name = unicodedata.normalize("NFC", text)
    name = "".join("_" if unicodedata.category(c) in _UNFIT else c for c in name)
    # Windows drops blanks and dots at the end of a name; a dot at the start hides it (our own files do so).
    name = _FORBIDDEN.sub("_", name).strip().rstrip(". ")
    if name.startswith("."):
        name = "_" + name[1:]
    # A device stays one with an extension, and with blanks before that (`NUL .txt`).
    if _DEVICE.match(name.partition(".")[0].rstrip()):
        name = "_" + name
    return _cut(name, MAX_NAME - room).rstrip(". ") or FALLBACK


def _cut(name: str, length: int) -> str:
    """The longest beginning of at most `length` octets of UTF-8, which are never fewer than characters or
    UTF-16 units."""
    return name.encode("utf-8")[: max(length, 0)].decode("utf-8", "ignore")


def share_path(share_unc: str) -> tuple[str, ...]:
    r"""The folders that stand for a ShareUNC (`\\server\share\dir`) below the store: server, share, dirs.

    Raises ValueError (one line) for what is no UNC path.
    """
    text = share_unc.strip().replace("/", "\\")
    server, *rest = [part for part in text.split("\\") if part] or [""]
    if not text.startswith("\\\\") or not rest:
        raise ValueError(f"{share_unc[:80]!r} is no UNC path (\\\\server\\share)")
    # Host names are the same in any case; the store's own folder `unfinished` is no server.
    host = safe_component(server.lower(), room=1)
    return (host + "_" if host == UNFINISHED else host, *(safe_component(part) for part in rest))


UNFINISHED: Final = "unfinished"
"""Folder of the store that holds what is left of jobs that did not end."""


def extension(format: str) -> str:
    """The extension for a dsp:Format, without the dot; a vendor's keyword becomes one as far as it can."""
    known = _EXTENSIONS.get(format)
    if known is not None:
        return known
    return re.sub(r"[^a-z0-9]", "", format.rpartition("/")[2].lower())[:8] or "bin"


def document_stem(document_root_name: str, day: date) -> str:
    """`<DocumentRootName>_<YYYY-MM-DD>_`, short enough for a number and an extension behind it."""
    suffix = f"_{day:%Y-%m-%d}_"
    root = safe_component(document_root_name, room=len(suffix) + _ROOM_FOR_NUMBER)
    return root + suffix


def document_name(stem: str, number: int, extension: str) -> str:
    """The file name of document `number`."""
    return f"{stem}{number:0{NUMBER_DIGITS}d}.{extension}"


_ROOM_FOR_NUMBER: Final = 10 + 1 + 8
"""Digits of a number, a dot and the longest extension."""


_NUMBERED: Final = re.compile(r"(.*_[0-9]{4}-[0-9]{2}-[0-9]{2}_)([0-9]{1,10})(?=\.|\Z)", re.DOTALL)
"""The stem and the number of a document in its name; where more than one may be meant, the longest stem."""


def stem_key(stem: str) -> str:
    """Return what two stems share whose names may be one file: case does not tell names apart everywhere."""
    return stem.lower()


def highest_numbers(names: Iterable[str]) -> dict[str, int]:
    """The highest number that file names have behind each stem (by its `stem_key`)."""
    found: dict[str, int] = {}
    for name in names:
        match = _NUMBERED.match(name)
        while match is not None:
            stem, digits = match.groups()
            if (number := int(digits)) > found.get(stem, 0):
                found[stem] = number
            # Only a stem with a dot may hold another one with its number.
            match = _NUMBERED.match(stem[:-1]) if "." in stem else None
    highest: dict[str, int] = {}
    for stem, number in found.items():
        key = stem_key(stem)
        highest[key] = max(number, highest.get(key, 0))
    return highest
