"""What parent and child say of a page: JSON, beside the pixels in shared memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from PIL import Image, ImagePalette

from emulator.imaging.coded import CodedImage, CodedPage, Coding
from emulator.imaging.decoding.shared_memory import Canvas, SharedMemory
from emulator.imaging.pages import Page, Wanted
from emulator.imaging.readers.unreadable import Unreadable
from emulator.imaging.samples import DeepImage, Raster
from emulator.wsscan.values.keywords import ColorEntry

if TYPE_CHECKING:
    from emulator.imaging.readers.coded_data import Found

Message: TypeAlias = dict[str, Any]

_DEEP: Final = "deep"
_TRANSPARENCY: Final = "transparency"


def wanted_message(wanted: Wanted | None) -> Message | None:
    """Return what the child is told is wanted."""
    if wanted is None:
        return None
    return {
        "resolution": (wanted.resolution.width, wanted.resolution.height),
        "mode": wanted.mode,
        "medium": (wanted.medium.width, wanted.medium.height),
        "deep": wanted.deep,
        "film": wanted.film_scan_mode,
    }


def drawn(page: Page, canvas: Canvas) -> Message:
    """A decoded page, whose pixels are put on the canvas. Raises OSError, MemoryError."""
    image = page.image
    if isinstance(image, DeepImage):
        samples = image.samples
        canvas.place(samples.nbytes)[: samples.nbytes] = samples.tobytes()
        message: Message = {"mode": _DEEP, "shape": samples.shape, "octets": samples.nbytes}
    else:
        pixels = image.tobytes()
        canvas.place(len(pixels))[: len(pixels)] = pixels
        message = {"mode": image.mode, "raw": image.mode, "size": image.size, "stride": 0, "octets": len(pixels)}
        if image.palette is not None and image.mode in {"P", "PA"}:
            message["palette"] = (image.palette.mode, bytes(image.palette.palette).hex())
        transparency = image.info.get(_TRANSPARENCY)
        if transparency is not None:
            is_bytes = isinstance(transparency, bytes)
            message[_TRANSPARENCY] = {"hex": transparency.hex()} if is_bytes else {"value": transparency}
    return {**message, "dpi": page.dpi, "origin": page.origin, "sheet": page.size, "aspect": page.aspect}


def page_from_message(message: Message, memory: SharedMemory) -> Page:
    """The page that the child has drawn. Raises what a message of another kind leads to: KeyError and the like."""
    with memory.contents(message["octets"]) as pixels:
        image = _deep(message, pixels) if message["mode"] == _DEEP else _image(message, pixels)
    dpi, sheet = message["dpi"], message["sheet"]
    return Page(
        image,
        None if dpi is None else (dpi[0], dpi[1]),
        message["origin"],
        None if sheet is None else (sheet[0], sheet[1]),
        float(message.get("aspect", 1.0)),
    )


def coded_from_message(message: Message, memory: SharedMemory) -> CodedPage | None:
    """The page whose data the child has put there; None where its JPEG is of no kind that documents have. Raises as
    page_from_message."""
    from emulator.imaging.readers import coded_data

    with memory.contents(message["octets"]) as data:
        octets = bytes(data)
    size = (message["size"][0], message["size"][1])
    try:
        found = _group_4(octets, size, message) if message["coding"] == Coding.GROUP_4 else coded_data.jpeg(octets)
    except Unreadable:
        return None
    if found is None or found.size != size:
        return None
    data_of = found.load

    def load() -> CodedImage | None:
        try:
            return data_of()
        except Unreadable:
            return None  # PDFium shows what is left of it

    dpi, sheet = message["dpi"], message["sheet"]
    return CodedPage(
        found.coding,
        size,
        found.color,
        (dpi[0], dpi[1]),
        1.0,
        load,
        (sheet[0], sheet[1]),
        found.tables,
    )


def _group_4(octets: bytes, size: tuple[int, int], message: Message) -> Found:
    from emulator.imaging.readers.coded_data import Found

    color = ColorEntry.BLACK_AND_WHITE_1
    image = CodedImage(Coding.GROUP_4, size, color, (octets,), size[1], message["white_is_zero"])
    return Found(Coding.GROUP_4, size, color, lambda: image)


def _deep(message: Message, pixels: Any) -> Raster:
    import numpy as np

    shape = tuple(message["shape"])
    # A copy: the memory is used again for the next page.
    return DeepImage(np.frombuffer(bytes(pixels), np.uint16).reshape(shape).copy())


def _image(message: Message, pixels: Any) -> Raster:
    size = (message["size"][0], message["size"][1])
    image = Image.frombytes(message["mode"], size, pixels, "raw", message["raw"], message["stride"], 1)
    palette = message.get("palette")
    if palette is not None:
        image.palette = ImagePalette.raw(palette[0], bytes.fromhex(palette[1]))
        image.load()
    transparency = message.get(_TRANSPARENCY)
    if transparency is not None:
        value = transparency.get("value")
        if isinstance(value, list):
            value = tuple(value)
        image.info[_TRANSPARENCY] = bytes.fromhex(transparency["hex"]) if "hex" in transparency else value
    return image
