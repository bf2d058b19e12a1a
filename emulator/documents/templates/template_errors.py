"""What is wrong with a template or its data: file, line, reason, for people."""

from __future__ import annotations

from pathlib import Path


class TemplateError(ValueError):
    """A template or its data cannot be used. `str()` is one line."""

    def __init__(self, path: Path | str, reason: str, line: int | None = None, page: int | None = None) -> None:
        """`line` and `page`: of the file, from 1."""
        where = f"{path}" if line is None else f"{path}:{line}"
        super().__init__(f"{where}: {'' if page is None else f'page {page}: '}{reason}")
        self.args = (path, reason, line, page)
        self._said = f"{where}: {'' if page is None else f'page {page}: '}{reason}"

    def __str__(self) -> str:
        return self._said
