"""Mutants of what a server says of its own trouble: every refusal is told as such, wrongly."""

from __future__ import annotations

from typing import Any

from mutant import Mutant, at, element, fault_rewritten

FOUND = ("*",)
SUBCODE = "//soap:Code/soap:Subcode/soap:Value"


def _told(name: str, *, receiver: bool) -> Any:
    """Faults have that subcode, in the namespace that they have. `receiver`: they are of soap:Receiver, and wrong
    in that they have a detail."""

    def change(root: Any) -> None:
        for each in at(root, SUBCODE):
            each.text = f"{(each.text or '').partition(':')[0]}:{name}"
        if receiver:
            for each in at(root, "//soap:Code/soap:Value"):
                each.text = f"{(each.text or '').partition(':')[0]}:Receiver"
            for each in at(root, "//soap:Fault[not(soap:Detail)]"):
                each.append(element("<soap:Detail><odd xmlns='urn:example:odd'>out of luck</odd></soap:Detail>"))

    return change


MUTANTS = tuple(
    Mutant(id, does, (fault_rewritten(_told(name, receiver=receiver)),), also=FOUND)
    for name, ids in (
        (
            "ServerErrorTemporaryError",
            ("dsp/fault/server-error-temporary-error", "bdsrr/3.1.4.1.4/temporary-error"),
        ),
        ("ServerErrorInternalError", ("dsp/fault/server-error-internal-error", "bdsrr/3.1.4.1.5/internal-error")),
    )
    for id in ids
    for does, receiver in (("of soap:Sender", False), ("with a detail", True))
)
