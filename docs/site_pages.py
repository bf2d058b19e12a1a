"""What the site (mkdocs.yml) has beside docs/: the pages that stand at the top of the repository, with README as
the first. Links between them and docs/ lead on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[1]
PAGES = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "ARCHITECTURE.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "LICENSE": "LICENSE.md",
    "SECURITY.md": "SECURITY.md",
}
"""File at the top -> page of the site."""


def within(text: str, before: str, after: str = "") -> str:
    """The text with its links to pages of the site.

    - `before`: how a path to the other side begins there: `docs/` at the top, `../` in docs/, `../../` below it.
    - `after`: how a page of the top is reached from there.
    """

    def led(match: re.Match[str]) -> str:
        target, anchor = match[1].removeprefix(before), match[2] or ""
        if before == "docs/":
            return f"]({PAGES.get(target, target)}{anchor})"
        leads_out = target != match[1] and target in PAGES
        return f"]({after}{PAGES[target]}{anchor})" if leads_out else match[0]

    return re.sub(r"\]\(((?!https?:|#)[^)#\s]+)(#[^)\s]*)?\)", led, text)


def on_files(files: Any, config: Any) -> Any:
    """Add the pages of the top (a hook of MkDocs)."""
    from mkdocs.structure.files import File

    for source, page in PAGES.items():
        text = (TOP / source).read_text("utf-8")
        files.append(File.generated(config, page, content=within(text, "docs/")))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Have pages of docs/ lead to those of the top (a hook of MkDocs)."""
    if page.file.src_uri in PAGES.values():
        return markdown
    below = page.file.src_uri.count("/") * "../"
    return within(markdown, f"../{below}", below)
