"""Opens the front panel in a browser without telling the token to whoever lists processes: the browser is given a
file that only this user can read, and that leads there."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from html import escape
from pathlib import Path
from typing import Final

from emulator.panel.page_files import PLACE

_log = logging.getLogger(__name__)

_LEADS_THERE: Final = """<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<title>DSM device emulator</title>
<meta http-equiv="refresh" content="0; url={url}">
<p><a href="{url}">Open the front panel</a></p>
"""


def panel_url(base_url: str) -> str:
    """Where the front panel of a control API is."""
    return base_url + PLACE


@asynccontextmanager
async def opened_panel(base_url: str, token: str, folder: Path, *, wanted: bool) -> AsyncIterator[None]:
    """Where it is `wanted`, a browser shows the panel. `folder`: of this user's own, for the file that leads there
    while the block lasts."""
    if not wanted:
        yield
        return
    path = folder / f"panel-{os.getpid()}-{secrets.token_hex(4)}.html"
    url = f"{panel_url(base_url)}#token={token}"
    try:
        try:
            _write(path, _LEADS_THERE.format(url=escape(url, quote=True)))
            started = await asyncio.to_thread(webbrowser.open, path.absolute().as_uri())
        except OSError as error:
            _log.warning("%s cannot be written: %s", path, error.strerror or error)
            started = False
        if not started:
            _log.warning("no browser could be started; the front panel is %s", panel_url(base_url))
        yield
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
