"""What is wrong with a template or its data: file, line, reason, for people."""

from __future__ import annotations

from pathlib import Path


class TemplateError(ValueError):
    """A template or its data cannot be used. `str()` is one line: file, line or page, reason."""

    def __init__(self, path: Path, reason: str, line: int | None = None, page: int | None = None) -> None:
        """`line` and `page`: of the file, from 1."""
        self.path, self.line, self.page = path, line, page
        self.reason = " ".join(reason.split())
        where = path if line is None else f"{path}:{line}"
        super().__init__(f"{where}: {'' if page is None else f'page {page}: '}{self.reason}")
