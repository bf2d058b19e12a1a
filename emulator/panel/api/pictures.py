"""What is in a file that a scan server has stored: facts of its pages, and small pictures of them."""

from __future__ import annotations

import asyncio
import io
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

from PIL import Image

from emulator.device.sheets import SheetSide
from emulator.imaging.decoding.interruption import Interruption, in_thread_until
from emulator.imaging.decoding.limits import PageLimits
from emulator.imaging.files import open_files
from emulator.imaging.pages import Page, SourceError, Wanted
from emulator.imaging.samples import DeepImage
from emulator.wsscan.values.geometry import Dimensions, Resolution

WIDEST: Final = 2000
"""Pixels of a small picture."""
WIDTH: Final = 800
"""Where nobody says."""
LIMITS: Final = PageLimits(seconds=30.0)
_KEPT: Final = 200
_AT_ONCE: Final = 2


class Pictures:
    """Makes them in threads, two at once; what nobody vouches for is decoded by children (imaging/decoding)."""

    def __init__(self) -> None:
        self._small: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._facts: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._ending = Interruption()

    def close(self) -> None:
        """Leave what is being decoded."""
        self._ending.interrupt()

    async def small(self, file: Path, sha256: str, page: int, width: int) -> bytes:
        """A PNG of a page (from 1), so many pixels wide at most. Raises SourceError, IndexError."""
        key = (sha256, page, width)
        found = self._small.get(key)
        if found is None:
            async with self._room:
                found = await in_thread_until(self._ending, _small, file, page, width)
            _keep(self._small, key, found)
        return found

    async def of_side(self, side: SheetSide, key: str, width: int, medium: Dimensions) -> bytes:
        """A PNG of a side of a sheet that lies in a device. `key`: which sheet it is; `medium`: its size, where the
        page does not say. Raises SourceError."""
        known = (key, 0, width)
        found = self._small.get(known)
        if found is None:
            async with self._room:
                found = await in_thread_until(self._ending, _side, side, width, medium)
            _keep(self._small, known, found)
        return found

    def known_side(self, key: str, width: int) -> bytes | None:
        """The PNG that was made of that side before; None where none is kept."""
        return self._small.get((key, 0, width))

    async def facts(self, file: Path, sha256: str) -> list[dict[str, Any]]:
        """Width, height, resolution and colours of each page. Raises SourceError."""
        found = self._facts.get(sha256)
        if found is None:
            async with self._room:
                found = await in_thread_until(self._ending, _facts, file)
            _keep(self._facts, sha256, found)
        return found


def _keep(kept: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    kept[key] = value
    while len(kept) > _KEPT:
        kept.popitem(last=False)


def _small(file: Path, page: int, width: int) -> bytes:
    source = open_files([file], limits=LIMITS)
    try:
        if page > len(source):
            raise IndexError(f"the document has {len(source)} pages, and no page {page}")
        image = _image(source.page(page - 1))
    finally:
        source.close()
    return _png(image, width)


def _side(side: SheetSide, width: int, medium: Dimensions) -> bytes:
    ppi = max(10, min(300, round(2000 * width / max(1, medium.width))))  # twice as fine, made smaller: smooth
    with side.lock:
        page = side.source.page(side.index, Wanted(Resolution(ppi, ppi), "RGB", medium))
    return _png(_image(page), width)


def _png(image: Image.Image, width: int) -> bytes:
    if image.width > width:
        image = image.convert("RGB" if image.mode not in ("1", "L") else "L")
        image = image.resize((width, max(1, round(image.height * width / image.width))), Image.Resampling.BOX)
    if image.mode not in ("1", "L", "RGB"):
        image = image.convert("RGB")
    octets = io.BytesIO()
    image.save(octets, "PNG")
    return octets.getvalue()


def _image(page: Page) -> Image.Image:
    if isinstance(page.image, DeepImage):
        raise SourceError(Path("the document"), "no picture of it can be made")
    return page.image


def _facts(file: Path) -> list[dict[str, Any]]:
    source = open_files([file], limits=LIMITS)
    try:
        return [_facts_of(source.page(index)) for index in range(len(source))]  # no more than one page is decoded
    finally:
        source.close()


def _facts_of(page: Page) -> dict[str, Any]:
    image = _image(page)
    return {
        "width": image.width,
        "height": image.height,
        "resolution": None if page.dpi is None else [round(each, 2) for each in page.dpi],
        "mode": image.mode,
    }
