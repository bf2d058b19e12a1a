"""Mutants of the colours of formats, and of keywords."""

from __future__ import annotations

from typing import Any

from device_mutants_images import value
from device_plugs import does, refuses, says, wrong
from device_plugs import holding as asked
from lxml import etree
from mutant import Change, Plug, text, twice

from emulator.wsscan import faults

CREATE, SUBSCRIBE = "CreateScanJob", "Subscribe"
OLD = "/2006/01/wdp/scan"


def made_as(format: str, color: str) -> Plug:
    """Whatever is asked for is scanned in that format and colour."""
    changes: tuple[Change, ...] = (value("Format", format), value("ColorProcessing", color))
    return does(CREATE, lambda root: [change(root) for change in changes])


def long_envelope(root: Any) -> None:
    """The envelope has a comment of 40000 characters."""
    root.append(etree.Comment("x" * 40_000))


MUTANTS = (
    wrong("wscn/format/jpeg-colors", "black and white", made_as("tiff-single-uncompressed", "BlackAndWhite1")),
    wrong("wscn/format/png-colors", "16 bits", made_as("png", "Grayscale16"), profile="photo-film"),
    wrong("wscn/format/fax-colors", "grey", made_as("tiff-single-uncompressed", "Grayscale8")),
    wrong("wscn/color/black-is-0", "white is", made_as("tiff-single-g4", "BlackAndWhite1")),
    wrong("wscn/extension/formats", "a blank", says(text("//wscn:FormatValue[.='jfif']", "image jfif"))),
    wrong("wscn/extension/keywords", "an undeclared prefix", says(text("//wscn:ColorEntry", "acme:Sepia"))),
    wrong("bdsrr/6.2/content-by-the-schema", "twice", says(twice("//wscn:ScannerState"))),
    wrong("soap/envelope/size-without-attachments", "a long one", says(long_envelope, "RetrieveImage")),
    wrong(
        "wscn/scan-available/client-display-string-accepted",
        "refused",
        refuses(SUBSCRIBE, asked("ClientDisplayString"), faults.invalid_args("ScanDestinations")),
    ),
    wrong("notes/c-10/client-display-string-read", "refused", refuses(SUBSCRIBE, asked("ClientDisplayString"))),
    wrong("eventing/filter/scan-destinations-of-2006-01", "refused", refuses(SUBSCRIBE, asked(OLD))),
    wrong("clients/wsd-python/scan-destinations-in-2006-01", "refused", refuses(SUBSCRIBE, asked(OLD))),
)
