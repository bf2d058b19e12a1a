"""Which clauses the judge decides, and why it does not decide the others."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from emulator.clauses.book import book
from emulator.clauses.clause import Clause, Grade, Party
from emulator.conformance.check import Subject


@dataclass(frozen=True, slots=True)
class Demand:
    """What is held against a subject."""

    parties: frozenset[Party]
    """Whom a clause has to bind."""
    documents: frozenset[str] | None
    """The documents that the subject has to do with; None: all."""
    reasons: str
    """File beside this one: clauses that no check decides, each with the reason."""


_OF_SERVERS: Final = frozenset(
    {
        "dsp",
        "bdsrr",
        "dsc",
        "psp",
        "soap",
        "addressing",
        "mtom",
        "discovery",
        "dpws",
        "eventing",
        "wsdapi",
        "tls",
        "http",
        "notes",
        "habits",
    }
)
"""Documents by which a scan server is built, and whoever sends to one."""
DEMANDED: Final[Mapping[Subject, Demand]] = {
    Subject.SERVER: Demand(
        frozenset({Party.SERVER, Party.EVERYBODY, Party.HOST, Party.EVENT_SOURCE}),
        _OF_SERVERS,
        "unchecked.toml",
    ),
    Subject.DEVICE: Demand(
        frozenset({Party.DEVICE, Party.EVERYBODY, Party.HOST, Party.EVENT_SOURCE}),
        None,
        "devices/unchecked.toml",
    ),
    Subject.DSP_CLIENT: Demand(
        frozenset({Party.CLIENT, Party.EVENT_SINK, Party.EVERYBODY}),
        _OF_SERVERS | {"adds"},
        "post_scan/unchecked.toml",
    ),
}
"""Subjects of which every clause that binds them has a check or a reason."""


def demanded(of: Subject) -> list[Clause]:
    """The clauses of MUST and SHOULD that bind a subject, in the order of the law book."""
    demand = DEMANDED[of]
    return [
        each
        for each in book().values()
        if not each.withdrawn
        and each.grade is not Grade.MAY
        and demand.parties & set(each.binds)
        and (demand.documents is None or each.document in demand.documents)
    ]


@cache
def unchecked(of: Subject) -> Mapping[str, str]:
    """Id of a clause that no check of a subject decides -> the reason."""
    file = resources.files("emulator.conformance").joinpath(DEMANDED[of].reasons)
    table = tomllib.loads(file.read_text("utf-8"))
    return MappingProxyType({id: each["because"] for each in table["reason"] for id in each["clauses"]})
