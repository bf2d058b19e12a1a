"""The project's own XSDs, compiled once: what we send is checked against them in every test, and a reader
reports what a peer sent against them."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, Final

from lxml import etree

from emulator.soap.xml import namespace_of

#: The driver schema; it imports all others. See emulator/soap/xsd/README.md for the origin of each.
_DRIVER: Final = "all.xsd"


class _PackageResolver(etree.Resolver):
    """Finds an imported schema among the package's resources: a wheel may be zipped, so no paths."""

    # lxml passes a third argument, the context, which its stubs leave out.
    def resolve(self, system_url: str, public_id: str, context: Any = None) -> Any:
        name = (system_url or "").rpartition("/")[2]
        text = (resources.files("emulator.soap") / "xsd" / name).read_bytes()
        return self.resolve_string(text, context, base_url=name)


@cache
def compiled() -> etree.XMLSchema:
    """The whole pack as one compiled schema (about 20 ms, once per process)."""
    parser = etree.XMLParser()
    parser.resolvers.add(_PackageResolver())
    text = (resources.files("emulator.soap") / "xsd" / _DRIVER).read_bytes()
    return etree.XMLSchema(etree.fromstring(text, parser, base_url=_DRIVER))


@cache
def covered_namespaces() -> frozenset[str]:
    """Target namespaces of the pack: an element of another namespace cannot be validated by it."""
    driver = etree.fromstring((resources.files("emulator.soap") / "xsd" / _DRIVER).read_bytes())
    return frozenset(child.get("namespace", "") for child in driver if child.get("namespace"))


def violations(element: etree._Element) -> list[str]:
    """What the schema says against `element`, one line each; [] when valid or of a namespace not covered.

    The element is validated on its own, detached from its message.
    """
    if namespace_of(element) not in covered_namespaces():
        return []
    schema = compiled()
    if schema.validate(element):
        return []
    log: Any = schema.error_log
    return [str(entry.message) for entry in log]
