"""Envelopes, headers, structures and packages of every request, by the checks of scan servers and of scanners."""

from __future__ import annotations

from typing import Final

from emulator.conformance.check import Subject
from emulator.conformance.kinds import holding
from emulator.conformance.post_scan.checks import take_over
from emulator.conformance.post_scan.kinds import all_packages, documented, packages, probes, requested, sent

_INVARIANTS: Final = "emulator.conformance.invariants"

take_over(
    Subject.SERVER,
    f"{_INVARIANTS}.envelopes",
    {
        "soap/envelope/namespace": requested,
        "dsp/wire/pre-release-names-never": requested,
        "soap/envelope/utf-8": requested,
        "soap/envelope/document-type-never-sent": requested,
        "soap/envelope/no-processing-instructions": requested,
        "soap/envelope/elements-alone": requested,
        "soap/envelope/header-then-body": requested,
        "soap/envelope/size": requested,
        "soap/http/content-type": sent,
        "soap/http/charset-of-the-document": requested,
        "dsp/wire/one-element-in-the-body": requested,
    },
)
take_over(
    Subject.SERVER,
    f"{_INVARIANTS}.headers",
    {
        "addressing/action/required": requested,
        "addressing/message-id/required": requested,
        "addressing/namespace/of-2004-08": requested,
        "addressing/address/no-white-space-around": requested,
    },
)
take_over(
    Subject.SERVER,
    f"{_INVARIANTS}.structures",
    {
        "bdsrr/6.2/content-by-the-schema": documented,
        "bdsrr/6.2/order-of-elements": documented,
        "bdsrr/6.2/required-elements": documented,
        "bdsrr/6.2/no-other-elements": documented,
        "bdsrr/6.2/once-where-it-says-once": documented,
        "bdsrr/6.2/namespace-of-each-element": documented,
        "bdsrr/6.2/names-to-the-letter": documented,
        "bdsrr/6.2/values-of-their-type": documented,
        "bdsrr/6.2/ranges-of-numbers": documented,
        "bdsrr/6.2/lengths-of-strings": documented,
        "bdsrr/6.2/keywords-are-not-empty": documented,
        "dsp/wire/no-white-space-around-values": documented,
    },
)
take_over(
    Subject.DEVICE,
    "emulator.conformance.devices.invariants.packages",
    {
        "mtom/outer/multipart-related": packages,
        "mtom/outer/type": packages,
        "mtom/outer/boundary": packages,
        "mtom/outer/start": packages,
        "mtom/outer/start-info": packages,
        "mtom/root/first": packages,
        "wsdapi/mtom/root-first-and-binary": packages,
        "mtom/root/content-type": packages,
        "mtom/root/content-id": packages,
        "mtom/root/transfer-encoding": packages,
        "mtom/attachment/headers": packages,
        "mtom/attachment/binary": packages,
        "mtom/attachment/id-form": packages,
        "mtom/include/href": packages,
        "mtom/include/only-child": packages,
        "mtom/delimiter/preamble-and-epilogue": packages,
        "mtom/delimiter/form": all_packages,
        "mtom/delimiter/close": all_packages,
        "mtom/delimiter/lines-end-cr-lf": packages,
        "mtom/part/header-lines": packages,
        "soap/envelope/size-without-attachments": packages,
    },
)
take_over(
    Subject.CLIENT,
    "emulator.conformance.clients.invariants.discovery",
    {
        "discovery/types/qnames-with-declared-prefixes": holding(probes, "//wsd:Types"),
        "discovery/scopes/uris": holding(probes, "//wsd:Scopes"),
    },
)
