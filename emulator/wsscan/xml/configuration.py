"""ScannerConfiguration: DeviceSettings, Platen, ADF and Film (its WS-Scan pages; ws-scan.md 2.2)."""

from __future__ import annotations

from typing import Final

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.soap.reading import Cursor
from emulator.soap.xml import place
from emulator.wsscan.values.configuration import ScannerConfiguration, SourceCapabilities
from emulator.wsscan.values.keywords import FilmScanMode
from emulator.wsscan.xml.acquisition_area import AREA_ORDER, read_area, write_area
from emulator.wsscan.xml.device_settings import read_device_settings, write_device_settings
from emulator.wsscan.xml.settings import add
from emulator.wsscan.xml.structure import (
    add_each,
    boolean,
    check_structure,
    expected,
    keywords,
    missing,
    new,
    structure,
)

_ORDER: Final = ("DeviceSettings", "Platen", "ADF", "Film")
_ADF_ORDER: Final = ("ADFSupportsDuplex", "ADFFront", "ADFBack")


def read_scanner_configuration(element: etree._Element, deviations: Deviations) -> ScannerConfiguration:
    """Read wscn:ScannerConfiguration.

    Tolerated and told: settings that are missing, one resolution for all of OpticalResolution and Resolutions,
    a feeder that says that it has no duplex and lists ADFBack (Brother MFC-9340CDW: its back counts). A feeder
    that says duplex and lists no back has one like its front, and that is no deviation. Raises ContentError for
    a value of the wrong type and an acquisition area without any resolution or MaximumSize.
    """
    cursor = structure(element, _ORDER, deviations)
    platen, film = cursor.child("Platen"), cursor.child("Film")
    front, back = _read_feeder(cursor.child("ADF"))
    film_area, film_scan_modes = (None, ()) if film is None else _read_film(film)
    if platen is not None:
        check_structure(platen, [f"Platen{name}" for name in AREA_ORDER])
    return ScannerConfiguration(
        read_device_settings(expected(cursor, "DeviceSettings")),
        None if platen is None else read_area(platen, "Platen"),
        front,
        back,
        film_area,
        film_scan_modes,
    )


def _read_feeder(adf: Cursor | None) -> tuple[SourceCapabilities | None, SourceCapabilities | None]:
    """Front and back; without a front the feeder is none.
    [wscn/adf/back-only-when-duplex] [clients/sane-airscan/duplex-by-back-or-flag]
    [clients/wsd-python/duplex-by-flag]"""
    if adf is None:
        return None, None
    check_structure(adf, _ADF_ORDER)
    flag, front, back = expected(adf, _ADF_ORDER[0]), expected(adf, _ADF_ORDER[1]), adf.child(_ADF_ORDER[2])
    duplex = None if flag is None else flag.boolean()
    if front is None:
        return None, None
    front_area = _read_side(front)
    if back is not None:
        if duplex is False:
            adf.deviations.note("value", place(back.element), "ADFSupportsDuplex is false")
        return front_area, _read_side(back)
    return front_area, front_area if duplex else None


def _read_side(side: Cursor) -> SourceCapabilities:
    check_structure(side, [f"ADF{name}" for name in AREA_ORDER])
    return read_area(side, "ADF")


def _read_film(film: Cursor) -> tuple[SourceCapabilities, tuple[str, ...]]:
    check_structure(film, ["FilmScanModesSupported", *(f"Film{name}" for name in AREA_ORDER)])
    modes = expected(film, "FilmScanModesSupported")
    found: tuple[str, ...] = ()
    if modes is not None:
        check_structure(modes, ("FilmScanModeValue",))
        found = keywords(modes, "FilmScanModeValue", FilmScanMode)
        if not found:
            missing(modes, "FilmScanModeValue")
    return read_area(film, "Film"), found


def write_scanner_configuration(configuration: ScannerConfiguration) -> etree._Element:
    """wscn:ScannerConfiguration, every element that the pages require there: strict clients want them all
    [clients/go-mfp/configuration-complete]. Valid by schema when no list is empty.
    [wscn/scanner-configuration/children] [wscn/adf/supports-duplex] [wscn/adf/front]
    [wscn/adf/back-only-when-duplex] [wscn/film/all-six] [wscn/film/scan-modes-supported]
    [clients/wsd-python/configuration-complete]"""
    root = new("ScannerConfiguration")
    write_device_settings(root, configuration.device_settings)
    if configuration.platen is not None:
        write_area(add(root, "Platen"), "Platen", configuration.platen)
    if configuration.adf_front is not None:
        adf = add(root, "ADF")
        add(adf, "ADFSupportsDuplex", boolean(configuration.adf_back is not None))
        write_area(add(adf, "ADFFront"), "ADF", configuration.adf_front)
        if configuration.adf_back is not None:
            write_area(add(adf, "ADFBack"), "ADF", configuration.adf_back)
    if configuration.film is not None:
        film = add(root, "Film")
        add_each(film, "FilmScanModesSupported", "FilmScanModeValue", configuration.film_scan_modes)
        write_area(film, "Film", configuration.film)
    return root
