"""PDF/A-1b (ISO 19005-1): each image is a page, as large as its pixels and its resolution make it."""

from __future__ import annotations

import hashlib
import zlib
from datetime import datetime
from typing import BinaryIO, Final

from PIL import Image

from emulator.imaging.coded import CodedScan, Coding
from emulator.imaging.encoders import icc, rows, xmp
from emulator.imaging.encoders.deflating import deflating
from emulator.imaging.encoders.encoder import UnsupportedFormat, require_sides
from emulator.imaging.encoders.jpeg_options import MAX_SIDE, JpegOptions, jfif_start
from emulator.imaging.encoders.page_units import STEPS, decimal, just_below, length
from emulator.imaging.encoders.pdf_file import PdfFile, text
from emulator.imaging.encoders.tiff_directory import software
from emulator.imaging.encoders.tiff_strips import group4_strip
from emulator.imaging.scanned import Origin, Scanned
from emulator.wsscan.values.image_information import image_information
from emulator.wsscan.values.keywords import ColorEntry
from emulator.wsscan.values.ticket import EffectiveTicket

_UNITS_PER_INCH: Final = 72
_LONGEST_SIDE: Final = 14_400
"""Units, 200 inches (PDF Reference, third edition, appendix C)."""
_SHORTEST_SIDE: Final = 3
"""Units (likewise): a smaller image lies in the upper left of a page of that size."""

_KIDS: Final = 512
"""Pages of a node of the page tree; the root has at most 8,191 nodes (an array's elements, table C.1)."""


class PdfEncoder:
    """See Encoder."""

    def __init__(self, file: BinaryIO, ticket: EffectiveTicket, origin: Origin) -> None:
        self._file = file
        self._origin = origin
        self._pdf = PdfFile(file)
        self._options = JpegOptions(ticket.compression_quality_factor)
        self._root = self._pdf.new()
        self._nodes: list[int] = []
        self._node = 0
        self._kids: list[int] = []
        self._pages = 0
        self._digest = hashlib.sha256()

    @staticmethod
    def require(ticket: EffectiveTicket) -> None:
        """Both sides' images within 200 inches, and for colours that are stored as JPEG within its pixels."""
        information = image_information(ticket)
        for side, settings in ((information.front, ticket.front), (information.back, ticket.back)):
            if side is None or settings is None:
                continue
            across, down = settings.resolution.width, settings.resolution.height
            if ticket.rotation in {90, 270}:
                across, down = down, across
            width, height = side.pixels_per_line / across, side.number_of_lines / down
            if max(width, height) * _UNITS_PER_INCH > _LONGEST_SIDE:
                raise UnsupportedFormat(
                    f"Format={ticket.format} holds pages of at most 200 inches a side, and the ticket asks for "
                    f"{width:.1f} x {height:.1f} inches; choose a smaller region, less scaling or another format"
                )
        require_sides(ticket, across=MAX_SIDE, down=MAX_SIDE)

    def add(self, scanned: Scanned) -> None:
        """See Encoder."""
        image = scanned.image
        assert isinstance(image, Image.Image)
        self._put_page(scanned, self._put_image(scanned, image))

    def add_coded(self, coded: CodedScan) -> None:
        """See CodedEncoder."""
        image = coded.image
        (data,) = image.parts
        if image.coding is Coding.GROUP_4:
            entries = _group_4_entries(image.size, white_is_zero=image.white_is_zero)
        else:
            entries, data = "8 /Filter /DCTDecode", jfif_start(coded.resolution) + data
        self._put_page(coded, self._pdf.put_stream(f"{_image_entries(coded)} {entries}", data))

    def _put_page(self, scanned: Scanned | CodedScan, picture: int) -> None:
        image = scanned.image
        ppi = (scanned.resolution.width, scanned.resolution.height)
        sides = [length(pixels, each, _UNITS_PER_INCH) for pixels, each in zip(image.size, ppi, strict=True)]
        page_width, page_height = (max(side, _SHORTEST_SIDE * STEPS) for side in sides)
        # Poppler draws an image that ends at a pixel's edge over the next pixel too, and scales it for that.
        width, height = (
            just_below(pixels, each, _UNITS_PER_INCH) for pixels, each in zip(image.size, ppi, strict=True)
        )
        top = page_height - sides[1]
        drawing = f"q {decimal(width)} 0 0 {decimal(height)} 0 {decimal(top)} cm /Im0 Do Q"
        content = self._pdf.put_stream("", drawing.encode("ascii"))
        if not self._kids:
            self._node = self._pdf.new()
        page = (
            f"/Type /Page /Parent {self._node} 0 R /MediaBox [0 0 {decimal(page_width)} {decimal(page_height)}] "
            f"/Resources << /XObject << /Im0 {picture} 0 R >> >> /Contents {content} 0 R"
        )
        self._kids.append(self._pdf.put(f"<< {page} >>"))
        self._pages += 1
        if len(self._kids) == _KIDS:
            self._put_node()
        self._digest.update(f"{image.width} {image.height} {self._file.tell()} ".encode("ascii"))

    def finish(self) -> None:
        """See Encoder."""
        pdf = self._pdf
        if self._kids:
            self._put_node()
        kids = " ".join(f"{node} 0 R" for node in self._nodes)
        pdf.put(f"<< /Type /Pages /Count {self._pages} /Kids [{kids}] >>", self._root)
        properties = {
            "pdfaid:part": "1",
            "pdfaid:conformance": "B",
            "pdf:Producer": xmp.plain(software(self._origin)),
        }
        properties |= xmp.properties_of(self._origin)
        packet = xmp.packet(properties)
        metadata = pdf.put_stream("/Type /Metadata /Subtype /XML", packet)
        profile = pdf.put_stream("/N 3 /Alternate /DeviceRGB /Filter /FlateDecode", zlib.compress(icc.srgb()))
        intent = pdf.put(
            f"<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier {text(icc.NAME)} "
            f"/Info {text(icc.NAME)} /DestOutputProfile {profile} 0 R >>"
        )
        catalog = f"/Type /Catalog /Pages {self._root} 0 R /Metadata {metadata} 0 R /OutputIntents [{intent} 0 R]"
        root = pdf.put(f"<< {catalog} >>")
        info = pdf.put(f"<< {' '.join(_info(properties, self._origin.date))} >>")
        # What the reference advises to make it of (9.3): here the date, the device, the size and all pages'.
        self._digest.update(packet)
        pdf.finish(root, info, self._digest.digest()[:16])

    def _put_image(self, scanned: Scanned, image: Image.Image) -> int:
        entries = _image_entries(scanned)
        if scanned.color == ColorEntry.BLACK_AND_WHITE_1:
            return self._pdf.put_stream(f"{entries} {_group_4_entries(image.size)}", group4_strip(image))
        if scanned.color == ColorEntry.GRAYSCALE_4:
            with self._pdf.stream(f"{entries} 4 /Filter /FlateDecode") as written:
                self._deflate(scanned, image)
            return written
        with self._pdf.stream(f"{entries} 8 /Filter /DCTDecode") as written:
            image.save(self._file, "JPEG", **self._options.as_saved(image.mode))
        return written

    def _deflate(self, scanned: Scanned, image: Image.Image) -> None:
        """The image's packed rows, a band at a time."""
        deflate = deflating()
        for top, bottom in rows.bands(image.height, rows.row_bytes(scanned.color, image.width)):
            self._file.write(deflate.compress(rows.packed(image, scanned.color, top, bottom)))
        self._file.write(deflate.flush())

    def _put_node(self) -> None:
        kids = " ".join(f"{page} 0 R" for page in self._kids)
        self._pdf.put(
            f"<< /Type /Pages /Parent {self._root} 0 R /Count {len(self._kids)} /Kids [{kids}] >>", self._node
        )
        self._nodes.append(self._node)
        self._kids = []


def _image_entries(scanned: Scanned | CodedScan) -> str:
    """Entries of an image's dictionary, up to the number of bits."""
    return (
        f"/Type /XObject /Subtype /Image /Width {scanned.image.width} /Height {scanned.image.height} "
        f"/ColorSpace /Device{'RGB' if scanned.color == ColorEntry.RGB_24 else 'Gray'} /BitsPerComponent"
    )


def _group_4_entries(size: tuple[int, int], *, white_is_zero: bool = True) -> str:
    """What follows there."""
    black = "" if white_is_zero else " /BlackIs1 true"
    return f"1 /Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns {size[0]} /Rows {size[1]}{black} >>"


def _info(properties: dict[str, str], date: datetime | None) -> list[str]:
    """The entries of the information dictionary: what the XMP says, word for word (ISO 19005-1, 6.7.3)."""
    entries = [f"/Producer {text(properties['pdf:Producer'])}", f"/Creator {text(properties['xmp:CreatorTool'])}"]
    if date is not None:
        zone = date.strftime("%z")
        written = date.strftime("D:%Y%m%d%H%M%S") + (f"{zone[:3]}'{zone[3:5]}'" if zone else "")
        entries += [f"/CreationDate ({written})", f"/ModDate ({written})"]
    return entries
