"""Mutants of instructions that are not, to the letter, those of the scan process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lxml import etree
from mutant import Mutant, Plug, accepted, changed_request, handled, refused
from mutants_jobs import CREATE, CREATED, JOBS

from emulator.dpws.points import OperationCall
from emulator.dsm import faults
from emulator.soap.fault import FaultError

TAKEN = accepted(CREATE, CREATED)
"""Whatever instructions it is asked with."""


def _refusing(holds: Callable[[str], bool]) -> Plug:
    """Jobs are refused whose request holds something, as text."""

    async def handler(call: OperationCall) -> Any:
        if call.name == CREATE and holds(etree.tostring(call.asked.body, encoding="unicode")):
            raise FaultError(faults.invalid_args("PostScanInstructions"))
        return await call.go_on()

    return handled(handler)


def _as_stored(id: str, does: str, change: Callable[[Any], object]) -> Mutant:
    """What a device has changed is not looked at."""
    return Mutant(id, does, (changed_request(CREATE, change),), also=JOBS)


def _name(root: Any) -> None:
    for each in root.iter("{*}DocumentRootName"):
        each.text = "Invoice"


def _share(root: Any) -> None:
    for each in root.iter("{*}ShareUNC"):
        each.text = r"\\files\In"


def _goes_on(root: Any) -> None:
    for each in list(root.iter("{*}ContinueOnError")):
        each.getparent().remove(each)


def _filters(root: Any) -> None:
    for each in list(root.iter("{*}Filter"))[1:]:
        each.getparent().remove(each)


def _choosing(id: str, does: str, plug: Plug) -> Mutant:
    return Mutant(id, does, (plug,), also=("*",), office="choosing")


MUTANTS = (
    Mutant("psp/change/flags-default-to-false", "accepted", (TAKEN,), also=JOBS),
    _as_stored("psp/change/flags-default-to-false", "another name is taken", _name),
    _as_stored("psp/change/flags-default-to-false", "another share is taken", _share),
    Mutant("psp/change/nothing-else", "accepted", (TAKEN,), also=JOBS),
    _as_stored("psp/change/nothing-else", "another ContinueOnError is taken", _goes_on),
    _as_stored("psp/change/nothing-else", "a filter more is taken", _filters),
    _choosing("psp/change/document-root-name-accepted", "refused", refused(CREATE, after=1)),
    _choosing("psp/change/share-unc-accepted", "refused", _refusing(lambda asked: "of the judge</" in asked)),
    _choosing("psp/change/email-addresses-accepted", "refused", _refusing(lambda asked: "judge@" in asked)),
    *(
        _choosing(id, "refused without its prefix", _refusing(lambda asked: " CanAddAddresses" in asked))
        for id in ("notes/c-08/can-add-addresses-read", "psp/email/bare-can-add-addresses-read")
    ),
)
CHOOSING = frozenset(each.caught_by for each in MUTANTS if each.office == "choosing")
"""Ids that speak of a scan process that lets a device change something."""
