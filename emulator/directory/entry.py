"""An object of a directory: what an LDIF export and an LDAP search both give."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Entry:
    """Its distinguished name, the line of the file it begins at (0: not from a file), its attributes by lower-case
    name."""

    dn: str
    line: int = 0
    attributes: dict[str, list[bytes]] = field(default_factory=dict)

    def octets(self, name: str) -> bytes | None:
        """The first value of an attribute, or None."""
        values = self.attributes.get(name.lower())
        return values[0] if values else None

    def text(self, name: str) -> str | None:
        """The same as text. Raises UnicodeDecodeError for octets that are no UTF-8."""
        value = self.octets(name)
        return None if value is None else value.decode("utf-8")

    def shown(self, name: str) -> str:
        """The same for people: '' where there is none, replacement characters for what is no UTF-8."""
        return (self.octets(name) or b"").decode("utf-8", "replace")
