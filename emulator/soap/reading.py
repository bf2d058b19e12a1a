"""Reading elements with tolerance: one small cursor that all readers of DSM and WS-Scan content share.

Content is found by local name in whatever order it stands, in an accepted namespace; what departs from
the schema is noted, and only what cannot be understood at all raises.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.soap.xml import local_name, place


class ContentError(ValueError):
    """A required element is missing or a value is of the wrong type.

    `argument` names the element: services put it into the detail of their InvalidArgs fault.
    """

    def __init__(self, argument: str, problem: str) -> None:
        super().__init__(f"{argument}: {problem}")
        self.argument = argument
        self.problem = problem


class TooManyElements(ContentError):
    """There is more of an element than is read."""


class Cursor:
    """An element being read, the namespaces its children may be in, and the list of deviations."""

    __slots__ = ("_named", "deviations", "element", "namespaces")

    def __init__(self, element: etree._Element, namespaces: Sequence[str], deviations: Deviations) -> None:
        """`namespaces`: the wire's namespace first, then those that are tolerated in its place."""
        self.element = element
        self.namespaces = namespaces
        self.deviations = deviations
        self._named: list[tuple[etree._Element, str, str]] | None = None

    def _children(self) -> list[tuple[etree._Element, str, str]]:
        """The child elements with namespace and local name: they are asked for again and again by their names."""
        found = self._named
        if found is None:
            found = self._named = []
            for child in self.element:
                tag = child.tag
                if isinstance(tag, str):
                    namespace, _, name = tag.rpartition("}")
                    found.append((child, namespace[1:], name))
        return found

    @property
    def name(self) -> str:
        """Local name of the element."""
        return local_name(self.element)

    def children(self, name: str) -> Iterator[Cursor]:
        """Every child of that local name in an accepted namespace."""
        for child, namespace, called in self._children():
            if called != name or namespace not in self.namespaces:
                continue
            if namespace != self.namespaces[0]:
                self.deviations.note("namespace", place(child), namespace)
            yield Cursor(child, self.namespaces, self.deviations)

    def child(self, name: str) -> Cursor | None:
        """The child of that name or None; a doubled child is noted and the first taken."""
        # Most of what is asked for stands once, in the wire's own namespace.
        wire = self.namespaces[0]
        same = [each for each in self._children() if each[2] == name]
        if len(same) == 1 and same[0][1] == wire:
            return Cursor(same[0][0], self.namespaces, self.deviations)
        found = list(self.children(name)) if same else []
        if len(found) > 1:
            self.deviations.note("element-doubled", place(found[1].element))
        return found[0] if found else None

    def required(self, name: str) -> Cursor:
        """The child of that name. Raises ContentError when it is not there."""
        found = self.child(name)
        if found is None:
            raise ContentError(name, f"missing in {self.name}")
        return found

    def check_order(self, names: Sequence[str]) -> None:
        """Note children out of the schema's order and children that it does not name."""
        last = 0
        for child, namespace, name in self._children():
            if namespace not in self.namespaces:
                continue
            if name not in names:
                self.deviations.note("element-unknown", place(child))
                continue
            index = names.index(name)
            if index < last:
                self.deviations.note("element-order", place(child))
            last = max(last, index)

    def text(self, *, max_length: int | None = None) -> str:
        """The element's text as it stands (white space is content in strings)."""
        value = self._content()
        if max_length is not None and len(value) > max_length:
            self.deviations.note("too-long", place(self.element), f"{len(value)} of {max_length}")
        return value

    def token(self) -> str:
        """The text without white space around it, which is noted: keywords, URIs, numbers, tokens."""
        value = self._content()
        stripped = value.strip()
        if stripped != value:
            self.deviations.note("white-space", place(self.element))
        return stripped

    def _content(self) -> str:
        """The text of an element that should hold text alone; an element in it is noted, and ends the text."""
        for child in self.element:
            self.deviations.note("element-unknown", place(child))
        return self.element.text or ""

    def integer(self, minimum: int = -(2**31), maximum: int = 2**31 - 1) -> int:
        """An xs:int within its range. Raises ContentError otherwise."""
        value = self.token()
        digits = value[1:] if value[:1] in ("+", "-") else value
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 20:
            raise ContentError(self.name, f"{value[:40]!r} is no integer")
        number = int(value)
        if not minimum <= number <= maximum:
            raise ContentError(self.name, f"{number} is not within {minimum}..{maximum}")
        return number

    def boolean(self) -> bool:
        """An xs:boolean. Raises ContentError otherwise."""
        return parse_boolean(self.name, self.token())

    def attribute(self, name: str, *, qualified: bool) -> str | None:
        """An attribute of the accepted namespaces or of none; the other form than `qualified` is noted."""
        for key in [f"{{{namespace}}}{name}" for namespace in self.namespaces] + [name]:
            value = self.element.get(key)
            if value is not None:
                if qualified != key.startswith("{"):
                    self.deviations.note("attribute-form", f"{place(self.element)}/@{name}")
                return value.strip()
        return None

    def boolean_attribute(self, name: str, *, qualified: bool, default: bool = False) -> bool:
        """A boolean attribute. Raises ContentError for another value."""
        value = self.attribute(name, qualified=qualified)
        return default if value is None else parse_boolean(f"{self.name}/@{name}", value)

    def keyword(self, known: Collection[str]) -> str:
        """A keyword; one that is neither known nor of the form `prefix:keyword` is noted, not refused."""
        value = self.token()
        if value not in known and ":" not in value:
            self.deviations.note("value", place(self.element), value)
        return value


def parse_boolean(name: str, value: str) -> bool:
    """xs:boolean. Raises ContentError naming `name`."""
    if value in ("true", "1"):
        return True
    if value in ("false", "0"):
        return False
    raise ContentError(name, f"{value[:40]!r} is no boolean")
