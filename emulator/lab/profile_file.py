"""A device profile written as a TOML file that people go on with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit.items import Table

from emulator.lab.exit_codes import LabError

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


def require_free(path: Path) -> None:
    """Raise LabError when the file is there."""
    if path.exists():
        raise LabError(f"{path} is there already", hint="--force overwrites it, -o names another file")


def write_profile(path: Path, text: str, *, force: bool) -> None:
    """Write the file, over another only with `force`. Raises LabError."""
    try:
        with path.open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        require_free(path)
    except OSError as error:
        raise LabError(f"{path} cannot be written: {error.strerror or error}") from None
