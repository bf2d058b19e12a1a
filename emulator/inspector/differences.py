"""What two devices tell otherwise: their elements and their metadata compared, one line a difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from lxml import etree

from emulator.dpws.constants import CONTAINER_ID
from emulator.dpws.metadata import Extension, HostedService, Metadata, ThisDevice, ThisModel
from emulator.soap.xml import local_name

_OWN: Final = frozenset({CONTAINER_ID})
"""Belongs to the one device, not to its model."""


def element_differences(theirs: etree._Element, ours: etree._Element, path: str = "") -> Iterator[str]:
    """Yield where `ours` departs from `theirs`: names of elements without their namespaces, texts without the white
    space round them, attributes. The order of elements of different names does not count."""
    path = f"{path}/{local_name(theirs)}" if path else local_name(theirs)
    for name in sorted({*_attributes(theirs), *_attributes(ours)}):
        yield from _unequal(f"{path}/@{name}", _attributes(theirs).get(name), _attributes(ours).get(name))
    if not len(theirs) and not len(ours):
        yield from _unequal(path, (theirs.text or "").strip(), (ours.text or "").strip())
        return
    for name in dict.fromkeys([local_name(child) for child in (*theirs, *ours)]):
        there, here = _named(theirs, name), _named(ours, name)
        if max(len(there), len(here)) > 1 and all(not len(child) for child in (*there, *here)):
            yield from _unequal(f"{path}/{name}", _texts(there), _texts(here))
            continue
        for one, other in zip_longest(there, here):
            if one is not None and other is not None:
                yield from element_differences(one, other, path)
            else:
                yield from _unequal(f"{path}/{name}", _shown(one), _shown(other))


def metadata_differences(theirs: Metadata, ours: Metadata) -> Iterator[str]:
    """Names, numbers, URLs, extensions, and types of services; not where they are nor what identifies them."""
    model, own_model = theirs.this_model or ThisModel("", ""), ours.this_model or ThisModel("", "")
    for name in ("manufacturer", "manufacturer_url", "model_name", "model_number", "model_url", "presentation_url"):
        yield from _unequal(f"ThisModel/{_camel(name)}", getattr(model, name), getattr(own_model, name))
    yield from _more("ThisModel", model.more, own_model.more)
    device, own_device = theirs.this_device or ThisDevice(""), ours.this_device or ThisDevice("")
    for name in ("friendly_name", "firmware_version", "serial_number"):
        yield from _unequal(f"ThisDevice/{_camel(name)}", getattr(device, name), getattr(own_device, name))
    yield from _more("ThisDevice", device.more, own_device.more)
    there, here = _by_types(theirs), _by_types(ours)
    for types in dict.fromkeys([*there, *here]):
        one, other = there.get(types), here.get(types)
        if one is None or other is None:
            yield from _unequal("Relationship/Hosted", types if one else "", types if other else "")
        else:
            yield from _more(f"Relationship/Hosted ({types})", one.more, other.more)


def _unequal(path: str, theirs: str | None, ours: str | None) -> Iterator[str]:
    there, here = _brief(theirs), _brief(ours)
    if (theirs or "") == (ours or ""):
        return
    if not there or not here:
        yield f'{path}: "{there or here}" is {"left out" if there else "added"}'
    else:
        yield f'{path}: "{there}" becomes "{here}"'


def _brief(text: str | None) -> str:
    line = " ".join((text or "").split())
    return line if len(line) <= 120 else f"{line[:117]}..."


def _attributes(element: etree._Element) -> dict[str, str]:
    return {str(name).rpartition("}")[2]: str(value).strip() for name, value in element.attrib.items()}


def _named(parent: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in parent if local_name(child) == name]


def _texts(elements: Sequence[etree._Element]) -> str:
    return ", ".join((element.text or "").strip() for element in elements)


def _shown(element: etree._Element | None) -> str:
    if element is None:
        return ""
    return " ".join(text for text in element.itertext() if isinstance(text, str)) or "an element"


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _more(path: str, theirs: Sequence[Extension], ours: Sequence[Extension]) -> Iterator[str]:
    there = {each.name: each.text for each in theirs if each.name not in _OWN}
    here = {each.name: each.text for each in ours if each.name not in _OWN}
    for name in dict.fromkeys([*there, *here]):
        yield from _unequal(f"{path}/{name.local}", there.get(name), here.get(name))


def _by_types(metadata: Metadata) -> dict[str, HostedService]:
    found: dict[str, HostedService] = {}
    for service in metadata.hosted:
        found.setdefault(" ".join(sorted(name.local for name in service.types)) or "without types", service)
    return found
