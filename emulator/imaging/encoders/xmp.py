"""XMP (ISO 16684-1): what a document says of the device that made it, as PDF/A and JP2 carry it."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape

from emulator.imaging.scanned import SOFTWARE, Origin

NAMESPACES: Final = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
}
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

# The packet's wrapper (XMP specification, part 1, 7.3.2): without the attributes `bytes` and `encoding`, which
# ISO 19005-1 (6.7.5) forbids, and read-only, so without room to grow.
_BEGIN: Final = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_END: Final = '<?xpacket end="r"?>'


def plain(text: str) -> str:
    """Text on one line that any XML and any PDF string can hold: what cannot be printed becomes a space."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def device_name(origin: Origin) -> str:
    """Make and model as one name; a make that the model begins with stands once. "" when nothing is known."""
    make, model = plain(origin.make), plain(origin.model)
    if make and not model.casefold().startswith(make.casefold()):
        return f"{make} {model}".strip()
    return model


def iso_date(date: datetime) -> str:
    """A date as XMP and XPS write it, in whole seconds: 2026-11-24T16:30:00+01:00."""
    return date.replace(microsecond=0).isoformat()


def properties_of(origin: Origin) -> dict[str, str]:
    """Return what a scanned document of any format says: make, model, date and software."""
    properties = {
        "tiff:Make": plain(origin.make),
        "tiff:Model": plain(origin.model),
        "xmp:CreatorTool": device_name(origin) or SOFTWARE,
    }
    if origin.date is not None:
        properties["xmp:CreateDate"] = properties["xmp:ModifyDate"] = iso_date(origin.date)
    return {name: value for name, value in properties.items() if value}


def packet(properties: dict[str, str]) -> bytes:
    """An XMP packet of simple properties, by their names with the prefixes of NAMESPACES."""
    used = sorted({name.partition(":")[0] for name in properties})
    spaces = "".join(f' xmlns:{prefix}="{NAMESPACES[prefix]}"' for prefix in used)
    lines = "".join(f"<{name}>{escape(value)}</{name}>\n" for name, value in properties.items())
    return (
        f'{_BEGIN}<x:xmpmeta xmlns:x="adobe:ns:meta/">\n<rdf:RDF xmlns:rdf="{_RDF}">\n'
        f'<rdf:Description rdf:about=""{spaces}>\n{lines}</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n{_END}'
    ).encode()
