"""Samples of TIFF layouts that Pillow does not read, or not rightly: libtiff inside Pillow takes the compression
off, numpy does the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emulator.imaging.encoders import tiff_directory as tags
from emulator.imaging.readers import jpeg_data
from emulator.imaging.readers import tiff_layout as layouts
from emulator.imaging.readers.libtiff import decoded
from emulator.imaging.readers.tiff_directories import Directory
from emulator.imaging.readers.tiff_layout import Layout
from emulator.imaging.readers.tiff_segments import Segments
from emulator.imaging.readers.unreadable import Unreadable

Samples = NDArray[Any]
"""Rows x pixels x samples, as they are in the file: unsigned, signed or floating point numbers."""


class SampleReader:
    """One image. The samples come in bands of rows, the strips or the rows of tiles."""

    def __init__(self, directory: Directory, layout: Layout) -> None:
        """Raises Unreadable."""
        self._directory = directory
        self._layout = layout
        self._segments = Segments(directory, layout, self._octets(layout.block[1]))
        self._tables = directory.data(tags.JPEG_TABLES) if tags.JPEG_TABLES in directory else b""

    @property
    def _in_block(self) -> int:
        """Samples of a pixel that stand together."""
        return 1 if self._layout.separate else self._layout.samples

    @property
    def _subsampled(self) -> bool:
        layout = self._layout
        return layout.photometric == layouts.YCBCR and layout.compression != layouts.JPEG and not layout.separate

    def _row_octets(self) -> int:
        """Return the octets of a row of a block; where chroma is subsampled, of a row of its units (TIFF 6.0,
        section 21)."""
        width = self._layout.block[0]
        if self._subsampled:
            across, down = self._layout.subsampling
            return -(-width // across) * (across * down + 2)
        return (width * self._in_block * self._layout.bits + 7) // 8

    def _rows(self, rows: int) -> int:
        return -(-rows // self._layout.subsampling[1]) if self._subsampled else rows

    def _octets(self, rows: int) -> int:
        return self._row_octets() * self._rows(rows)

    def bands(self) -> Iterator[tuple[int, Samples]]:
        """First row and samples of each band, from the top. Raises Unreadable for damage."""
        layout, segments = self._layout, self._segments
        height = layout.block[1]
        for down in range(segments.down):
            first = down * height
            shown = min(height, layout.height - first)
            coded = height if layout.tile is not None else shown
            across = [
                [
                    self._block((plane * segments.down + down) * segments.across + number, coded)[:shown]
                    for number in range(segments.across)
                ]
                for plane in range(segments.planes)
            ]
            rows = [blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1) for blocks in across]
            band = rows[0] if len(rows) == 1 else np.concatenate(rows, axis=2)
            yield first, band[:, : layout.width]

    def colours_into(self, rows: NDArray[np.uint8]) -> None:
        """JPEG strips of RGB or YCbCr into an image, height x width x 4 for RGBX, x 1 for grey. Raises
        Unreadable."""
        transform = int(self._layout.photometric == layouts.YCBCR)
        for number, (_, first) in enumerate(self._segments.places()):
            data = jpeg_data.of_tiff(self._tables, self._segments.data(number), transform)
            jpeg_data.decode_into(data, rows[first : first + self._layout.block[1]])

    def _block(self, number: int, rows: int) -> Samples:
        """A strip or tile: rows x width x samples that stand together."""
        layout = self._layout
        plain = layout.compression == layouts.NONE
        data = self._segments.data(number, self._octets(rows) if plain else None)
        width = layout.block[0]
        if layout.compression == layouts.JPEG:
            return self._jpeg(data, rows)
        if layout.compression in layouts.FAX:
            return self._by_libtiff(data, width, rows)[:, :, np.newaxis].astype(np.uint8)
        if plain:
            octets = self._plain(data, rows)
        else:
            octets = self._by_libtiff(data, self._row_octets(), self._rows(rows))
        if self._subsampled:
            return self._units(octets, rows)
        return self._unpacked(octets, rows)

    def _plain(self, data: bytes, rows: int) -> NDArray[np.uint8]:
        wanted = self._octets(rows)
        if len(data) < wanted:
            raise Unreadable(f"damaged: {len(data)} octets in a strip or tile that needs {wanted}")
        if self._layout.fill_order == 2:
            data = data.translate(tags.REVERSED_OCTETS)
        return np.frombuffer(data, np.uint8).reshape(self._rows(rows), self._row_octets())

    def _by_libtiff(self, data: bytes, width: int, rows: int) -> Samples:
        layout = self._layout
        options = self._directory.number(tags.T4_OPTIONS, 0) if layout.compression == layouts.CCITT_G3 else 0
        image = decoded(
            [data], width, rows, rows, layout.compression, fill_order=layout.fill_order, t4_options=options
        )
        return np.asarray(image)

    def _jpeg(self, data: bytes, rows: int) -> Samples:
        layout = self._layout
        colours: jpeg_data.Colours = "GRAY"
        if self._in_block > 1:
            colours = "CMYK" if self._in_block == 4 else "RGB"
        transform = int(layout.photometric == layouts.YCBCR and colours == "RGB")
        found = jpeg_data.decode(jpeg_data.of_tiff(self._tables, data, transform), colours)
        if found.shape[0] < rows or found.shape[1] < layout.block[0]:
            size = f"{found.shape[1]}x{found.shape[0]}"
            raise Unreadable(f"damaged: a strip or tile of {size} pixels where {layout.block[0]}x{rows} belong")
        return found[:rows, : layout.block[0]]

    def _unpacked(self, octets: NDArray[np.uint8], rows: int) -> Samples:
        layout = self._layout
        bits, together = layout.bits, self._in_block
        shape = (rows, layout.block[0], together)
        predicted = layout.compression not in {layouts.NONE, layouts.PACKBITS}
        predictor = layout.predictor if predicted else 1
        if predictor == layouts.FLOAT_DIFFERENCES:
            return _float_differences(octets, shape, bits)
        if bits in {8, 16, 32, 64}:
            kind = {layouts.FLOAT: "f", layouts.SIGNED: "i"}.get(layout.sample_format, "u")
            if predictor == layouts.DIFFERENCES:
                steps = np.ascontiguousarray(octets).view(f"{layout.order}u{bits // 8}").reshape(shape)
                return np.cumsum(steps, axis=1, dtype=f"=u{bits // 8}").view(f"={kind}{bits // 8}")
            return np.ascontiguousarray(octets).view(f"{layout.order}{kind}{bits // 8}").reshape(shape)
        return _few_bits(octets, shape, bits)

    def _units(self, octets: NDArray[np.uint8], rows: int) -> Samples:
        """YCbCr whose chroma is subsampled: each Cb and Cr stands for all pixels of its unit, as libtiff has it."""
        layout = self._layout
        across, down = layout.subsampling
        unit = octets.reshape(octets.shape[0], -1, across * down + 2)
        if layout.predictor == layouts.DIFFERENCES and layout.compression not in {layouts.NONE, layouts.PACKBITS}:
            unit = np.cumsum(unit, axis=1, dtype=np.uint8)
        high, wide = unit.shape[0] * down, unit.shape[1] * across
        light = unit[:, :, :-2].reshape(unit.shape[0], unit.shape[1], down, across).transpose(0, 2, 1, 3)
        made = np.empty((high, wide, 3), np.uint8)
        made[:, :, 0] = light.reshape(high, wide)
        for channel in (1, 2):
            plane = unit[:, :, -3 + channel]
            made[:, :, channel] = plane.repeat(down, axis=0).repeat(across, axis=1)
        return made[:rows, : layout.block[0]]


def _float_differences(octets: NDArray[np.uint8], shape: tuple[int, int, int], bits: int) -> Samples:
    """TIFF Technical Note 3: the octets of a row by their rank, the highest first, as differences."""
    rows, width, together = shape
    size = bits // 8
    steps = octets.reshape(rows, width * size, together)
    ranks = np.cumsum(steps, axis=1, dtype=np.uint8).reshape(rows, size, width * together)
    return np.ascontiguousarray(ranks.transpose(0, 2, 1)).view(f">f{size}").reshape(shape)


def _few_bits(octets: NDArray[np.uint8], shape: tuple[int, int, int], bits: int) -> Samples:
    """Samples that are no whole octets: the highest bit first, whatever the order of octets; each row begins with
    an octet."""
    rows, width, together = shape
    kind = np.uint8 if bits <= 8 else np.uint16 if bits <= 16 else np.uint32
    made = np.empty((rows, width * together), kind)
    step = max(1, 4_000_000 // max(1, width * together * bits))  # rows of some megabytes of single bits
    for first in range(0, rows, step):
        single = np.unpackbits(octets[first : first + step], axis=1)[:, : width * together * bits]
        places = single.reshape(-1, width * together, bits)
        values = np.zeros(places.shape[:2], kind)
        for place in range(bits):
            values = (values << kind(1)) | places[:, :, place]
        made[first : first + step] = values
    return made.reshape(shape)
