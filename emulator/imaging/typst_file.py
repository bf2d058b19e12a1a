"""Pages that Typst sets of a template and a row of data; in a child, with bounds, and without the network.

A template reads its row as `json(bytes(sys.inputs.row))`. Packages are taken from the folder `packages` beside it
(`packages/preview/NAME/VERSION`), fonts from the folder `fonts` and from those that come along.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pypdfium2

from emulator.imaging.pages import SourceError
from emulator.imaging.pdf import PdfFile

_NOWHERE: Final = "http://127.0.0.1:9"
_PROXIES: Final = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
MOST_MISSING: Final = 5
"""Characters without a font, or warnings, that are told."""


class TypstFile(PdfFile):
    """A template set with one row."""

    def __init__(self, path: Path, told: Mapping[str, Any]) -> None:
        """Set it. `told`: `row` (JSON), `fonts` (folders). Raises SourceError: mistakes of the template with their
        line, characters that no font has, and what PdfFile raises."""
        made, notes = _compiled(path, told)
        super().__init__(path, made)
        self.notes = notes


_compilers: Final[dict[tuple[str, ...], Any]] = {}


def _compiled(path: Path, told: Mapping[str, Any]) -> tuple[bytes, tuple[str, ...]]:
    """The document, and what Typst warns of. Raises SourceError."""
    for name in _PROXIES:  # Typst would fetch packages; it obeys these
        os.environ[name] = _NOWHERE
    os.environ.pop("no_proxy", None)
    os.environ.pop("NO_PROXY", None)
    import typst

    key = (str(path), *told["fonts"])
    try:
        compiler = _compilers.get(key)
        if compiler is None:
            _compilers.clear()
            root = path.parent
            fonts = [*told["fonts"], *([str(root / "fonts")] if (root / "fonts").is_dir() else [])]
            compiler = _compilers[key] = typst.Compiler(
                str(path),
                root=str(root),
                font_paths=fonts,
                ignore_system_fonts=True,
                package_path=str(root / "packages"),
                package_cache_path=str(root / "packages"),
            )
        made, warned = compiler.compile_with_warnings(
            format="pdf", sys_inputs={"row": told["row"]}, pdf_tags=False, timestamp=0
        )
    except typst.TypstError as error:
        raise SourceError(path, _reason(error)) from None
    except (RuntimeError, OSError, ValueError) as error:
        raise SourceError(path, f"cannot be set: {error}") from None
    assert isinstance(made, bytes), "a PDF is one document"
    if missing := list(_without_glyph(made)):
        named = dict.fromkeys(each for each in missing if each)
        if "" in missing:
            named.update(dict.fromkeys(_unread(path, told["row"], made)))
        characters = ", ".join(f"{each} (U+{ord(each):04X})" for each in list(named)[:MOST_MISSING])
        raise SourceError(path, f"no font has {characters or 'a character'}; fonts may lie in the folder fonts")
    return made, tuple(dict.fromkeys(map(_reason, warned)))[:MOST_MISSING]


def _unread(path: Path, row: str, made: bytes) -> Iterator[str]:
    """Characters of the template and its row that cannot be read on the pages."""
    document = pypdfium2.PdfDocument(made)
    try:
        there = {character for page in document for character in page.get_textpage().get_text_range()}
    finally:
        document.close()
    for character in f"{json.loads(row)}{path.read_text(encoding='utf-8', errors='replace')}":
        if ord(character) > 126 and character.isprintable() and character not in there:
            yield character


_PLACE: Final = re.compile(r"┌─ (.+?):(\d+):\d+")


def _reason(error: Any) -> str:
    """What Typst says, with the line, and the file where it is not the template."""
    found = _PLACE.search(str(error.diagnostic))
    message = " ".join(str(error.message).split())
    if "failed to download" in message or "package not found" in message:
        package = re.search(r"preview/([\w-]+)-([\d.]+)\.tar", message)
        name = f"{package[1]}/{package[2].rstrip('.')}" if package else "NAME/VERSION"
        message = f"a package is not here, and none is fetched: it is looked for in packages/preview/{name}"
    hint = f" ({'; '.join(error.hints)})" if error.hints else ""
    return f"line {found[2]} of {Path(found[1]).name}: {message}{hint}" if found else f"{message}{hint}"


# Glyph 0 is what a font shows for characters that it does not have. Typst's writer codes glyphs by two octets,
# their number in the subset, where 0 stays 0, and says in ActualText what the character was.
_STREAM: Final = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_SHOWN: Final = re.compile(rb"/ActualText\s*<FEFF([0-9A-F]+)>|\(((?:\\.|[^\\()])*)\)|<([0-9A-Fa-f]+)>", re.DOTALL)
_ESCAPE: Final = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_LETTERS: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _without_glyph(document: bytes) -> Iterator[str]:
    """Characters that were set with a font which does not have them; '' for one that is not told."""
    for stream in _STREAM.finditer(document):
        try:
            content = zlib.decompress(stream[1])
        except zlib.error:
            continue
        if b"BT" not in content or b" Tf" not in content:
            continue
        actual = ""
        for shown in _SHOWN.finditer(content):
            if shown[1] is not None:
                actual = bytes.fromhex(shown[1].decode()).decode("utf-16-be", "replace")
                continue
            codes = bytes.fromhex(shown[3].decode()) if shown[3] else _ESCAPE.sub(_octet, shown[2] or b"")
            if any(codes[at : at + 2] == b"\0\0" for at in range(0, len(codes) - 1, 2)):
                yield actual[:1]
            actual = ""


def _octet(found: re.Match[bytes]) -> bytes:
    said = found[1]
    return bytes([int(said, 8) & 255]) if said[:1].isdigit() else _LETTERS.get(said, said)
