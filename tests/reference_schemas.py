"""The published schemas (tests/data/reference/xsd), which judge beside our own."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lxml import etree


@cache
def published_schemas(reference: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(reference / "xsd/all.xsd"))


def against_reference(reference: Path, element: etree._Element, *, but_for: str | None = None) -> list[str]:
    """What the published schemas say against the element, but for messages that hold a text."""
    schema = published_schemas(reference)
    if schema.validate(etree.fromstring(etree.tostring(element))):
        return []
    messages = [str(entry.message) for entry in schema.error_log]
    return [message for message in messages if but_for is None or but_for not in message]
