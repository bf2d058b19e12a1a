"""The pack of schemas is compiled whole, or not at all."""

from __future__ import annotations

import threading

from lxml import etree

from emulator.soap import schema
from emulator.soap.xml import namespace_of

LONG = b"<a>" + b"<b/>" * 20_000 + b"</a>"


def missing_from(compiled: etree.XMLSchema) -> list[str]:
    """The elements that the pack declares and `compiled` has never heard of."""
    found = []
    for text in schema.documents().values():
        root = etree.fromstring(text)
        for declared in root.findall("{*}element"):
            element = etree.Element(f"{{{root.get('targetNamespace')}}}{declared.get('name')}")
            assert namespace_of(element)
            compiled.validate(element)
            if "No matching global declaration" in str(compiled.error_log):
                found.append(str(element.tag))
    return found


def test_no_schema_is_left_out_while_another_thread_parses() -> None:
    ended = threading.Event()

    def parse() -> None:
        while not ended.is_set():
            etree.fromstring(LONG)

    thread = threading.Thread(target=parse)
    thread.start()
    try:
        packs = [schema.compiled.__wrapped__() for _ in range(100)]
    finally:
        ended.set()
        thread.join()
    assert [missing_from(pack) for pack in packs] == [[]] * 100
