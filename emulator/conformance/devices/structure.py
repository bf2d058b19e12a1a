"""What checks say of an element of WS-Scan: its children, keywords, numbers, times."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, Final

from emulator.conformance.devices.configuration import number
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.names import WSCN, Name
from emulator.conformance.reading import name_of, qname

BOOLEANS: Final = ("0", "1", "false", "true")
"""[wscn/wire/booleans]"""
_TIME: Final = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
_KEYWORD: Final = re.compile(r"\w+:[\w\-.]+")


def child(element: Any, name: str) -> Any:
    """The child of WS-Scan of that name; None where there is none."""
    return element.find(f"{{{WSCN}}}{name}")


def children(element: Any, name: str) -> list[Any]:
    """All of that name."""
    return list(element.findall(f"{{{WSCN}}}{name}"))


def text(element: Any) -> str:
    """Its text without white space around it; '' where there is no element."""
    return "" if element is None else (element.text or "").strip()


def own_names(element: Any) -> list[str]:
    """The local names of its children of WS-Scan, in order; those of vendors are left out."""
    return [
        str(name_of(each).local)
        for each in element
        if isinstance(each.tag, str) and name_of(each).namespace == WSCN
    ]


def local(element: Any) -> str:
    """Its local name."""
    return name_of(element).local


def require_children(
    element: Any, wanted: Sequence[str], exchange: Exchange, optional: Collection[str] = ()
) -> None:
    """Exactly these children of WS-Scan, each once, in this order; those of `optional` may be missing."""
    found = own_names(element)
    missing = [each for each in wanted if each not in found and each not in optional]
    expected = ", ".join(each + ("?" if each in optional else "") for each in wanted)
    require(not missing, f"{local(element)} without {', '.join(missing)}", expected, [exchange], element)
    left = [each for each in wanted if each in found]
    require(found == left, f"{local(element)} of {', '.join(found)}", expected, [exchange], element)


def require_child(element: Any, name: str, exchange: Exchange) -> Any:
    """The one child of that name."""
    found = children(element, name)
    require(len(found) == 1, f"{len(found)} {name} in {local(element)}", f"one {name}", [exchange], element)
    return found[0]


def require_keyword(element: Any, keywords: Collection[str], exchange: Exchange) -> None:
    """One of these, or a vendor's own with a prefix that is declared."""
    came = text(element)
    if came in keywords:
        return
    own = _KEYWORD.fullmatch(came) is not None and bool(qname(came, element.nsmap).namespace)
    require(
        own, f"{local(element)} {came!r}", f"one of {', '.join(keywords)}, or a vendor's own", [exchange], element
    )


def require_boolean(element: Any, exchange: Exchange) -> None:
    """One of the four."""
    require(text(element) in BOOLEANS, f"{local(element)} {text(element)!r}", "true or false", [exchange], element)


def require_number(element: Any, lowest: int, highest: int, exchange: Exchange) -> int:
    """An integer within these limits."""
    came = number(element)
    right = came is not None and lowest <= came <= highest
    require(
        right, f"{local(element)} {text(element)!r}", f"an integer of {lowest} to {highest}", [exchange], element
    )
    assert came is not None
    return came


def require_time(element: Any, exchange: Exchange) -> None:
    """A dateTime."""
    right = _TIME.fullmatch(text(element)) is not None
    require(right, f"{local(element)} {text(element)!r}", "a dateTime", [exchange], element)


def require_text(element: Any, exchange: Exchange, most: int = 255) -> None:
    """A text that is not empty, of so many characters at most."""
    came = element.text or ""
    require(bool(came.strip()), f"an empty {local(element)}", "a text", [exchange], element)
    require(
        len(came) <= most, f"{local(element)} of {len(came)} characters", f"at most {most}", [exchange], element
    )


def tag(name: str) -> Name:
    """Return the name of WS-Scan."""
    return Name(WSCN, name)
