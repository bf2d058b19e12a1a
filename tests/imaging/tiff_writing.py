"""TIFFs of any layout, written by the rules of TIFF 6.0 with the codecs of imagecodecs: nothing of the package."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

Samples = np.ndarray[Any, Any]
NONE, LZW, JPEG, DEFLATE, PACKBITS, OLD_DEFLATE, LZMA, ZSTD = 1, 5, 7, 8, 32773, 32946, 34925, 50000
G3_MH, G3, G4 = 2, 3, 4
_REVERSED = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))


@dataclass
class Form:
    """How an image is laid down; what is not said has the default of TIFF 6.0."""

    bits: int = 8
    photometric: int = 1
    sample_format: int = 1
    planar: int = 1
    order: str = "<"
    big: bool = False
    compression: int = NONE
    predictor: int = 1
    fill_order: int = 1
    extra: tuple[int, ...] = ()
    block: tuple[int, int] | int = 0
    """Tile width and height, or rows of a strip; 0: one strip."""
    orientation: int = 1
    subsampling: tuple[int, int] | None = None
    palette: Samples | None = None
    """3 x 2**bits of 16 bits."""
    tags: dict[int, tuple[int, Sequence[Any]]] = field(default_factory=dict)
    """More tags: type and values."""


def packed(samples: Samples, form: Form) -> bytes:
    """Rows x pixels x samples as octets, each row from an octet on."""
    bits = form.bits
    if bits in {8, 16, 32, 64}:
        return samples.astype(samples.dtype.newbyteorder(form.order)).tobytes()
    if bits == 24:
        wide = samples.astype(">u4" if form.order == ">" else "<u4").reshape(-1, 1).view(np.uint8)
        return (wide[:, 1:] if form.order == ">" else wide[:, :3]).tobytes()
    rows = samples.reshape(samples.shape[0], -1).astype(">u4")
    single = np.unpackbits(rows.view(np.uint8).reshape(*rows.shape, 4), axis=2)[:, :, 32 - bits :]
    return np.packbits(single.reshape(rows.shape[0], -1), axis=1).tobytes()


def coded(block: Samples, form: Form) -> bytes:
    """A strip or tile."""
    import imagecodecs

    if form.compression == JPEG:
        colours = {6: "YCBCR", 2: "RGB", 5: "CMYK"}.get(form.photometric, "GRAYSCALE")
        if block.shape[2] == 1:
            return imagecodecs.jpeg8_encode(np.ascontiguousarray(block[:, :, 0]), level=95, subsampling="444")
        same = {"YCBCR": "RGB"}.get(colours, colours)
        return imagecodecs.jpeg8_encode(
            np.ascontiguousarray(block), level=95, subsampling="444", colorspace=same, outcolorspace=colours
        )
    if form.predictor == 2:
        whole = block.view(f"u{block.dtype.itemsize}")
        steps = np.diff(whole, axis=1, prepend=np.zeros_like(whole[:, :1]))
        block = (steps & whole.dtype.type(2**form.bits - 1)) if form.bits < 8 * block.dtype.itemsize else steps
        data = packed(block, form)
    elif form.predictor == 3:
        octets = block.astype(block.dtype.newbyteorder(">"))
        size = form.bits // 8
        ranks = octets.view(np.uint8).reshape(block.shape[0], -1, size).transpose(0, 2, 1)
        lines = ranks.reshape(block.shape[0], -1, block.shape[2])
        data = np.diff(lines, axis=1, prepend=np.zeros_like(lines[:, :1])).astype(np.uint8).tobytes()
    elif form.subsampling not in {None, (1, 1)}:
        data = _units(block, form.subsampling or (1, 1))
    else:
        data = packed(block, form)
    rows = block.shape[0]
    if form.compression == LZW:
        data = imagecodecs.lzw_encode(data)
    elif form.compression in {DEFLATE, OLD_DEFLATE}:
        data = zlib.compress(data)
    elif form.compression == PACKBITS:  # each row by itself (TIFF 6.0, section 9)
        step = len(data) // rows
        data = b"".join(imagecodecs.packbits_encode(data[at : at + step]) for at in range(0, len(data), step))
    elif form.compression == LZMA:
        data = imagecodecs.lzma_encode(data)
    elif form.compression == ZSTD:
        data = imagecodecs.zstd_encode(data)
    else:
        assert form.compression == NONE, form.compression
    return data.translate(_REVERSED) if form.fill_order == 2 else data


def _units(block: Samples, subsampling: tuple[int, int]) -> bytes:
    """YCbCr in units of several Y and one Cb and Cr: that of the first pixel."""
    across, down = subsampling
    height, width, _ = block.shape
    full = np.pad(block, ((0, -height % down), (0, -width % across), (0, 0)), mode="edge")
    octets = bytearray()
    for top in range(0, full.shape[0], down):
        for left in range(0, full.shape[1], across):
            unit = full[top : top + down, left : left + across]
            octets += unit[:, :, 0].tobytes() + unit[0, 0, 1:].tobytes()
    return bytes(octets)


def _blocks(samples: Samples, form: Form) -> Iterator[Samples]:
    planes = [samples[:, :, number : number + 1] for number in range(samples.shape[2])]
    for plane in planes if form.planar == 2 else [samples]:
        if isinstance(form.block, tuple):
            wide, high = form.block
            full = np.pad(plane, ((0, -plane.shape[0] % high), (0, -plane.shape[1] % wide), (0, 0)))
            for top in range(0, full.shape[0], high):
                for left in range(0, full.shape[1], wide):
                    yield full[top : top + high, left : left + wide]
        else:
            rows = form.block or plane.shape[0]
            for top in range(0, plane.shape[0], rows):
                yield plane[top : top + rows]


def write_tiff(path: Path, samples: Samples, form: Form) -> Path:
    """Height x width x samples of a pixel."""
    write_tiffs(path, [(samples, form)])
    return path


def write_tiffs(path: Path, images: Sequence[tuple[Samples, Form]]) -> Path:
    """Several images; order of octets and size of offsets as the first has them."""
    first = images[0][1]
    order, big = first.order, first.big
    mark = b"II" if order == "<" else b"MM"
    file = bytearray(
        mark + struct.pack(f"{order}HHHQ" if big else f"{order}HI", *((43, 8, 0, 0) if big else (42, 0)))
    )
    link_at = len(file) - (8 if big else 4)
    for samples, form in images:
        offsets, counts = [], []
        for block in _blocks(samples, form):
            data = coded(block, form)
            offsets.append(len(file))
            counts.append(len(data))
            file += data + bytes(len(data) % 2)
        place = len(file)
        file[link_at : link_at + (8 if big else 4)] = struct.pack(f"{order}{'Q' if big else 'I'}", place)
        directory, link = _directory(place, samples, form, offsets, counts, order, big)
        file += directory
        link_at = place + link
    path.write_bytes(file)
    return path


def _directory(
    place: int, samples: Samples, form: Form, offsets: list[int], counts: list[int], order: str, big: bool
) -> tuple[bytes, int]:
    height, width, channels = samples.shape
    tiled = isinstance(form.block, tuple)
    tags: dict[int, tuple[int, Sequence[Any]]] = {
        256: (4, [width]),
        257: (4, [height]),
        258: (3, [form.bits] * channels),
        259: (3, [form.compression]),
        262: (3, [form.photometric]),
        277: (3, [channels]),
        324 if tiled else 273: (4, offsets),
        325 if tiled else 279: (4, counts),
    }
    if isinstance(form.block, tuple):
        tags |= {322: (4, [form.block[0]]), 323: (4, [form.block[1]])}
    else:
        tags[278] = (4, [form.block or height])
    optional = {
        266: (3, [form.fill_order], 1), 274: (3, [form.orientation], 1), 284: (3, [form.planar], 1),
        317: (3, [form.predictor], 1),
    }  # fmt: skip
    tags |= {tag: (kind, value) for tag, (kind, value, usual) in optional.items() if value[0] != usual}
    if form.extra:
        tags[338] = (3, form.extra)
    if form.sample_format != 1:
        tags[339] = (3, [form.sample_format] * channels)
    if form.palette is not None:
        tags[320] = (3, form.palette.ravel().tolist())
    if form.photometric == 6:
        tags[530] = (3, form.subsampling or (1, 1))
    tags |= form.tags
    forms = {1: "B", 2: "s", 3: "H", 4: "I", 7: "s", 12: "d", 16: "Q"}
    inline = 8 if big else 4
    head = 8 if big else 2
    link = head + len(tags) * (20 if big else 12)
    behind_at = place + link + inline
    table, behind = struct.pack(f"{order}{'Q' if big else 'H'}", len(tags)), bytearray()
    for tag, (kind, values) in sorted(tags.items()):
        if kind == 5:
            data = b"".join(struct.pack(f"{order}II", *value) for value in values)
        elif forms[kind] == "s":
            data = bytes(values)
        else:
            data = struct.pack(f"{order}{len(values)}{forms[kind]}", *values)
        shown = data.ljust(inline, b"\0")
        if len(data) > inline:
            shown = struct.pack(f"{order}{'Q' if big else 'I'}", behind_at + len(behind))
            behind += data + bytes(-len(data) % 8)
        table += struct.pack(f"{order}HH{'Q' if big else 'I'}", tag, kind, len(values)) + shown
    return table + bytes(inline) + bytes(behind), link
