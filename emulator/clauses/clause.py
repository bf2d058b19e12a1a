"""A clause, and the document that it stands in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How far a clause binds, in the words of RFC 2119."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Basis(StrEnum):
    """What a clause rests upon."""

    TEXT = "text"
    """The document says so in words."""
    SCHEMA = "schema"
    """An XSD or WSDL that was published with the document."""
    EXAMPLE = "example"
    """A printed example, where the words are silent."""
    OBSERVED = "observed"
    """What real software does; no document says it."""
    INFERRED = "inferred"
    """This project's own conclusion where all others are silent. Nobody may be blamed for another one."""


class Party(StrEnum):
    """Whom a clause binds."""

    CLIENT = "client"
    """The WS-DSP client: the device that runs a post-scan job."""
    SERVER = "server"
    """The scan server: the host of WS-DSP and WS-DSC."""
    DEVICE = "device"
    """The scanner as a host: WS-Scan and WS-DSD."""
    SCANNER_CLIENT = "scanner-client"
    """Who asks a scanner: a client of WS-Scan, or the control point of WS-DSD."""
    HOST = "host"
    """Any DPWS host of services."""
    EVENT_SOURCE = "event-source"
    EVENT_SINK = "event-sink"
    DIRECTORY = "directory"
    """Who keeps scan processes and users: Active Directory."""
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule of a document."""

    id: str
    """document/topic/rule: three parts or more, small letters, digits, dots and hyphens."""
    section: str
    """Where in the document."""
    says: str
    """The rule as one whole sentence."""
    grade: Grade
    basis: Basis
    binds: tuple[Party, ...]
    withdrawn: str = ""
    """Why it no longer holds; '' while it does. Nobody may cite a withdrawn clause."""

    @property
    def document(self) -> str:
        """The first part of the id: which document it is of."""
        return self.id.partition("/")[0]

    def __str__(self) -> str:
        # As a message to people cites it.
        return f"{self.says} [{self.id}]"


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the law book."""

    name: str
    """The stem of its file and the first part of its clauses' ids."""
    title: str
    source: str
    """Where the document itself is published."""
    clauses: tuple[Clause, ...]
