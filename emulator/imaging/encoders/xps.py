"""XPS (XML Paper Specification 1.0): each image is a fixed page, as large as its pixels and resolution make it.

The parts are written as the images come. What names all pages (the FixedDocument) is written last, so that
nothing but the directory of the ZIP grows with their number.
"""

from __future__ import annotations

import io
import math
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO, Final, cast
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from emulator.imaging.coded import CodedScan
from emulator.imaging.encoders.jpeg import JpegEncoder
from emulator.imaging.encoders.page_units import STEPS, decimal, length
from emulator.imaging.encoders.png import PngEncoder
from emulator.imaging.encoders.xmp import device_name, iso_date
from emulator.imaging.scanned import NO_ORIGIN, SOFTWARE, Origin, Scanned
from emulator.wsscan.values.keywords import ColorEntry
from emulator.wsscan.values.ticket import EffectiveTicket

_UNITS_PER_INCH: Final = 96
_SHORTEST_SIDE: Final = 1
"""Units (simple type ST_GEOne): a smaller image lies in the upper left of a page of that size."""
_METRES_PER_INCH: Final = 0.0254

_XPS: Final = "http://schemas.microsoft.com/xps/2005/06"
_OPC: Final = "http://schemas.openxmlformats.org/package/2006"
_DOCUMENT_TYPES: Final = "application/vnd.ms-package.xps-"
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'

# Names of parts; a page's own carry its number.
_SEQUENCE: Final = "FixedDocumentSequence.fdseq"
_DOCUMENT: Final = "Documents/1/FixedDocument.fdoc"
_CORE: Final = "docProps/core.xml"

_CONTENT_TYPES: Final = {
    "rels": "application/vnd.openxmlformats-package.relationships+xml",
    "fdseq": f"{_DOCUMENT_TYPES}fixeddocumentsequence+xml",
    "fdoc": f"{_DOCUMENT_TYPES}fixeddocument+xml",
    "fpage": f"{_DOCUMENT_TYPES}fixedpage+xml",
    "jpg": "image/jpeg",
    "png": "image/png",
    "xml": "application/vnd.openxmlformats-package.core-properties+xml",
}
"""By file extension; the core properties are the only `xml` (appendix I of XPS, OPC clause 10.1)."""

_OLDEST: Final = (1980, 1, 1, 0, 0, 0)  # that a ZIP can say
_JPEG_COLORS: Final = frozenset({ColorEntry.GRAYSCALE_8, ColorEntry.RGB_24})


class _Package(ZipFile):
    """A ZIP that is finished by finish() alone: the file of one that is not is closed and removed by others."""

    def __del__(self) -> None:
        pass


class XpsEncoder:
    """See Encoder."""

    def __init__(self, file: BinaryIO, ticket: EffectiveTicket, origin: Origin) -> None:
        self._folder = Path(str(file.name)).parent
        self._ticket = ticket
        self._date = max(_OLDEST, origin.date.timetuple()[:6]) if origin.date else _OLDEST
        self._pages = 0
        self._package = _Package(file, "w")
        types = "".join(
            f'<Default Extension="{end}" ContentType="{type}"/>' for end, type in _CONTENT_TYPES.items()
        )
        self._put("[Content_Types].xml", f'<Types xmlns="{_OPC}/content-types">{types}</Types>')
        self._put_relationships(
            "_rels/.rels",
            (f"{_XPS}/fixedrepresentation", _SEQUENCE),
            (f"{_OPC}/relationships/metadata/core-properties", _CORE),
        )
        self._put(_CORE, _core_properties(origin))
        reference = f'<DocumentReference Source="/{_DOCUMENT}"/>'
        self._put(_SEQUENCE, f'<FixedDocumentSequence xmlns="{_XPS}">{reference}</FixedDocumentSequence>')

    @staticmethod
    def require(ticket: EffectiveTicket) -> None:
        """Require what the format holds: of colours that are stored as JPEG its most pixels, of the others what PNG
        asks."""
        for side in (ticket.front, ticket.back):
            if side is not None:
                (JpegEncoder if side.color_processing in _JPEG_COLORS else PngEncoder).require(ticket)

    def add(self, scanned: Scanned) -> None:
        """See Encoder."""
        self._add(scanned)

    def add_coded(self, coded: CodedScan) -> None:
        """See CodedEncoder."""
        self._add(coded)

    def _add(self, scanned: Scanned | CodedScan) -> None:
        self._pages += 1
        jpeg = scanned.color in _JPEG_COLORS
        picture = f"Resources/Images/{self._pages}.{'jpg' if jpeg else 'png'}"
        # Encoders write to a descriptor, where Pillow lets other threads run, and may go back in their file.
        with tempfile.TemporaryFile(dir=self._folder) as file:
            # On Windows it is a wrapper that does all that a file does and is no BinaryIO by its type.
            encoder = (JpegEncoder if jpeg else PngEncoder)(cast("BinaryIO", file), self._ticket, NO_ORIGIN)
            if isinstance(scanned, CodedScan):
                encoder.add_coded(scanned)
            else:
                encoder.add(scanned)
            encoder.finish()
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
            with self._package.open(self._entry(picture, ZIP_STORED, size), "w") as part:
                shutil.copyfileobj(file, part, 1024 * 1024)
        page = f"Documents/1/Pages/{self._pages}.fpage"
        self._put(page, _page(scanned, picture, per_metre=not jpeg))
        folder, _, name = page.rpartition("/")
        self._put_relationships(f"{folder}/_rels/{name}.rels", (f"{_XPS}/required-resource", picture))

    def finish(self) -> None:
        """See Encoder."""
        with self._package.open(self._entry(_DOCUMENT, ZIP_DEFLATED), "w") as part:
            part.write(f'{_DECLARATION}<FixedDocument xmlns="{_XPS}">\n'.encode())
            for number in range(1, self._pages + 1):
                part.write(f'<PageContent Source="Pages/{number}.fpage"/>\n'.encode())
            part.write(b"</FixedDocument>")
        self._package.close()

    def _entry(self, name: str, compression: int, size: int = 0) -> ZipInfo:
        entry = ZipInfo(name, self._date)
        entry.compress_type = compression
        entry.file_size = size
        return entry

    def _put(self, name: str, xml: str) -> None:
        self._package.writestr(self._entry(name, ZIP_DEFLATED), f"{_DECLARATION}{xml}")

    def _put_relationships(self, name: str, *targets: tuple[str, str]) -> None:
        """Write the relationships (type, part) of a part or, for `_rels/.rels`, of the package."""
        each = "".join(
            f'<Relationship Id="R{number}" Type="{type}" Target="/{target}"/>'
            for number, (type, target) in enumerate(targets, 1)
        )
        self._put(name, f'<Relationships xmlns="{_OPC}/relationships">{each}</Relationships>')


def _page(scanned: Scanned | CodedScan, picture: str, *, per_metre: bool) -> str:
    """A FixedPage that is all image.

    A viewbox is measured by the density that the image's own file says, a viewport by the page; a PNG says
    whole pixels per metre, which is not quite the scan's resolution. Of a viewbox some readers count pixels by
    cutting fractions off: it is a little larger than the image."""
    ppi = (scanned.resolution.width, scanned.resolution.height)
    sides = [length(pixels, each, _UNITS_PER_INCH) for pixels, each in zip(scanned.image.size, ppi, strict=True)]
    width, height = (decimal(steps) for steps in sides)
    page_width, page_height = (decimal(max(steps, _SHORTEST_SIDE * STEPS)) for steps in sides)
    density = [round(each / _METRES_PER_INCH) * _METRES_PER_INCH if per_metre else each for each in ppi]
    seen_width, seen_height = (
        decimal(math.floor(pixels * _UNITS_PER_INCH * STEPS / each) + 1)
        for pixels, each in zip(scanned.image.size, density, strict=True)
    )
    return (
        f'<FixedPage xmlns="{_XPS}" Width="{page_width}" Height="{page_height}" xml:lang="und">'
        f'<Path Data="M 0,0 L {width},0 {width},{height} 0,{height} Z"><Path.Fill>'
        f'<ImageBrush ImageSource="/{picture}" ViewboxUnits="Absolute" Viewbox="0,0,{seen_width},{seen_height}" '
        f'ViewportUnits="Absolute" Viewport="0,0,{width},{height}" TileMode="None"/>'
        "</Path.Fill></Path></FixedPage>"
    )


def _core_properties(origin: Origin) -> str:
    """The core properties (OPC, clause 11): the device is the creator, the program modified it last."""
    date = iso_date(origin.date) if origin.date else ""
    dates = "".join(
        f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{date}</dcterms:{name}>'
        for name in ("created", "modified")
        if date
    )
    return (
        f'<cp:coreProperties xmlns:cp="{_OPC}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:creator>{escape(device_name(origin) or SOFTWARE)}</dc:creator>"
        f"<cp:lastModifiedBy>{SOFTWARE}</cp:lastModifiedBy>{dates}</cp:coreProperties>"
    )
