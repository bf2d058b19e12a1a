"""A device profile written as a TOML file that people go on with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit.items import Table

from emulator.environment.whole_file import not_written, part_of, require_free

_COMMENTS: Final = {
    "platen": "pages_per_minute: WS-Scan does not tell it",
    "feeder": "sheets, pages_per_minute: WS-Scan does not tell them",
    "film": "pages_per_minute: WS-Scan does not tell it",
}
_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9]+")


def profile_text(tables: dict[str, Any], heading: str) -> str:
    """The profile as TOML: names first, then a table each. `heading`: lines of comment on top."""
    document = tomlkit.document()
    for line in heading.splitlines():
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    for name, value in tables.items():
        document.add(name, _table(value, _COMMENTS.get(name, "")) if isinstance(value, dict) else value)
    return tomlkit.dumps(document)


def _table(values: dict[str, Any], comment: str) -> Table:
    table = tomlkit.table()
    if comment:
        table.add(tomlkit.comment(comment))
    for name, value in values.items():
        if isinstance(value, dict):
            table.add(name, _table(value, ""))
        elif isinstance(value, list) and value and all(isinstance(each, str) and " " in each for each in value):
            lines = tomlkit.array()
            lines.extend(value)
            table.add(name, lines.multiline(True))
        else:
            table.add(name, value)
    return table


def file_name(model: str) -> str:
    """`<model>.toml` in lower case, of letters, digits and hyphens."""
    slug = _NOT_IN_NAMES.sub("-", model.lower()).strip("-")[:80]
    return f"{slug or 'captured'}.toml"


def write_profile(path: Path, text: str, *, overwrite: bool) -> None:
    """Write the file, whole or not at all; over another only with `overwrite`. Raises LabError."""
    require_free(path, "-o", overwrite=overwrite)
    try:
        with part_of(path) as part:
            part.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise not_written(path, OSError(error.errno, error.strerror), "-o") from None
