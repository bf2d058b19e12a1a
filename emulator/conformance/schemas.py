"""The schemas of the documents, by which the judge holds what it sends and what comes.

They are the files that the package brings along for everybody (emulator/soap/xsd): law, not somebody's reading of
it.
"""

from __future__ import annotations

import copy
import re
from functools import cache
from importlib import resources
from typing import Any, Final

from lxml import etree

from emulator.conformance.names import XOP

_STRANGER: Final = re.compile(r"Element '\{([^}]*)\}[^']*': .* demanded by the strict wildcard")
_INCLUDE: Final = f"{{{XOP}}}Include"


@cache
def _compiled() -> etree.XMLSchema:
    with resources.as_file(resources.files("emulator") / "soap" / "xsd") as folder:
        return etree.XMLSchema(file=str(folder / "all.xsd"))


@cache
def covered() -> frozenset[str]:
    """The namespaces that the schemas speak of."""
    driver = etree.fromstring((resources.files("emulator") / "soap" / "xsd" / "all.xsd").read_bytes())
    return frozenset(each.get("namespace", "") for each in driver if each.get("namespace"))


def violations(element: Any) -> list[tuple[str, str]]:
    """What the schema of its namespace has against an element that stands alone: the kind of each violation, as
    libxml2 calls it, and a sentence; [] where it has nothing, or does not speak of that namespace."""
    if etree.QName(element).namespace not in covered():
        return []
    alone = element
    if next(element.iter(_INCLUDE), None) is not None:
        alone = copy.deepcopy(element)  # which loses declarations that values alone need, so not otherwise
        for include in list(alone.iter(_INCLUDE)):
            holder = include.getparent()
            if holder is not None and len(holder) == 1:
                holder.remove(include)  # it stands for base64, and nothing is valid base64
                holder.text = None
    schema = _compiled()
    if schema.validate(alone):
        return []
    log: Any = schema.error_log
    found = [(str(each.type_name), " ".join(str(each.message).split())) for each in log]
    return [(kind, says) for kind, says in found if not _of_a_stranger(says)]


def _of_a_stranger(says: str) -> bool:
    """Whether nothing is wrong but that the schemas do not know the instructions of some filter: no scan process is
    valid by schema that has a dialect which is none of the documents'. [notes/schema/strict-wildcards]"""
    named = _STRANGER.match(says)
    return named is not None and named[1] not in covered()
