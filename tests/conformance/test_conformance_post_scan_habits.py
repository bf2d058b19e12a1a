"""No false alarm: a device with one habit in what it sends to a scan server is blamed for what it breaks, and for
nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from blamed import Blamed, blamed_by
from judged_post_scan import ClientMutant, judged
from mutant_matrix import BLAMED
from post_scan_mutants_messages import unchanged
from variants import exhaustive

from emulator.conformance.check import Subject, all_checks
from emulator.conformance.runner import FIRST
from emulator.faults.alteration import At, Role
from emulator.faults.alterations import all_alterations
from emulator.faults.habits import PRESETS, habits
from emulator.reports.verdict import Verdict

pytestmark = pytest.mark.wire_fault
CHECKS = all_checks(Subject.DSP_CLIENT)
WAITING: Final = frozenset(
    {
        "dsp/answer/refused-image-not-left-out",
        "dsp/sequence/end-after-the-last-response",
        "eventing/expires/renewed-at-half-the-time",
        "eventing/manager/identifier-as-a-header",
        "habits/strict/fault-before-the-attachment",
    }
)
"""They wait for seconds, and look at what a server does otherwise: the form of a package matters to none."""
QUICK: Final = [id for id in CHECKS if id not in WAITING]


_MIME: Final = "notes/c-31/mime-header-sent"
_UNWHOLE: Final = ("mtom/attachment/octets-unchanged", "wsdapi/wsdbit/attachment-unchanged")
_CUT: Final = (
    *_UNWHOLE,
    "mtom/attachment/headers",
    "mtom/attachment/binary",
    "mtom/attachment/id-form",
    "mtom/delimiter/not-in-the-data",
    _MIME,
)
"""Of an image that ends early, and of a part that is none behind it."""
_NO_JOB: Final = "a server that reads packages cannot read it: the ordinary job fails, and nothing else is judged"
_OF_NO_JOB: Final = "a fault to an event that cannot be read is of no job, whose habits these are"
OF_PACKAGES: Final[dict[str, Blamed]] = {
    "fault-on-200": blamed_by(why=_OF_NO_JOB),
    "start-names-nothing": blamed_by("mtom/outer/start", "habits/refused/start-names-no-part"),
    "start-without-brackets": blamed_by("mtom/outer/start", "habits/refused/start-without-brackets"),
    "no-start": blamed_by("mtom/outer/start", _MIME, why="a reader does without; who sends names the root"),
    "no-type": blamed_by("mtom/outer/type", _MIME),
    "type-unquoted": blamed_by("mtom/outer/type", _MIME),
    "no-start-info": blamed_by("mtom/outer/start-info", _MIME),
    "startinfo": blamed_by("mtom/outer/start-info", _MIME),
    "semicolons-missing": blamed_by(why=_NO_JOB, ordinary_job=False),
    "multipart-other": blamed_by("mtom/outer/multipart-related"),
    "boundary-unquoted": blamed_by(),
    "odd-boundary": blamed_by(),
    "no-boundary": blamed_by(why=_NO_JOB, ordinary_job=False),
    "other-boundary": blamed_by(why=_NO_JOB, ordinary_job=False),
    "said-as-xop": blamed_by(why=_NO_JOB, ordinary_job=False),
    "no-closing-delimiter": blamed_by(
        "mtom/delimiter/close", "habits/refused/last-delimiter-without-dashes", _MIME
    ),
    "closing-without-dashes": blamed_by(
        "mtom/delimiter/close", "habits/refused/last-delimiter-without-dashes", _MIME
    ),
    "closing-without-line-end": blamed_by(),
    "bare-lf": blamed_by(
        "mtom/delimiter/form",
        "mtom/delimiter/lines-end-cr-lf",
        "habits/refused/delimiter-without-cr-lf",
        "habits/refused/lf-only-part-headers",
        _MIME,
    ),
    "delimiter-without-crlf": blamed_by("mtom/delimiter/form", "habits/refused/delimiter-without-cr-lf", _MIME),
    "delimiter-padded": blamed_by(
        "mtom/delimiter/form", why="RFC 2046 lets a reader pass over it, and nobody write it"
    ),
    "preamble": blamed_by("mtom/delimiter/preamble-and-epilogue"),
    "line-break-first": blamed_by(),
    "epilogue": blamed_by("mtom/delimiter/preamble-and-epilogue"),
    "boundary-in-data": blamed_by(
        *_CUT,
        "mtom/delimiter/lines-end-cr-lf",
        "mtom/part/header-lines",
        "habits/refused/lf-only-part-headers",
        why="the image ends there, and what comes behind is a part without headers",
    ),
    "closing-in-data": blamed_by(*_CUT, why="the image ends there, and so does the package"),
    "dashes-in-data": blamed_by(
        *_UNWHOLE,
        why="the image has these octets in the place of its own",
    ),
    "root-type": blamed_by("mtom/root/content-type"),
    "root-charset": blamed_by("mtom/root/content-type"),
    "attachment-type": blamed_by(why="application/octet-stream, which is allowed"),
    "attachment-type-missing": blamed_by("mtom/attachment/headers"),
    "transfer-encoding-wrong": blamed_by("mtom/attachment/binary"),
    "no-transfer-encoding": blamed_by(
        "mtom/root/transfer-encoding", "mtom/attachment/headers", "mtom/attachment/binary"
    ),
    "content-id-twice": blamed_by("mtom/include/href"),
    "content-id-without-brackets": blamed_by("mtom/attachment/headers"),
    "content-id-blanks": blamed_by(
        "mtom/attachment/id-form",
        "mtom/include/href",
        "habits/refused/cid-in-another-case-or-with-blanks",
        _MIME,
    ),
    "content-id-missing": blamed_by("mtom/attachment/headers", "mtom/attachment/id-form", "mtom/include/href"),
    "content-id-case": blamed_by("mtom/include/href", "habits/refused/cid-in-another-case-or-with-blanks"),
    "package.folded-headers": blamed_by(),
    "lf-headers": blamed_by("mtom/delimiter/lines-end-cr-lf", "habits/refused/lf-only-part-headers", _MIME),
    "headers-in-capitals": blamed_by(),
    "headers-in-small-letters": blamed_by(),
    "unknown-part-header": blamed_by(),
    "header-without-colon": blamed_by("mtom/part/header-lines", _MIME),
    "parts-swapped": blamed_by(
        "mtom/root/first",
        "wsdapi/mtom/root-first-and-binary",
        "mtom/outer/start",
        "mtom/root/content-type",
        "mtom/include/href",
        "soap/envelope/utf-8",
        "soap/envelope/size",
        "soap/envelope/size-without-attachments",
        "soap/http/charset-of-the-document",
        "habits/refused/utf-16",
        why="the first part is the root, and it is an image",
    ),
    "part-missing": blamed_by(why=_NO_JOB, ordinary_job=False),
    "no-parts": blamed_by(why=_NO_JOB, ordinary_job=False),
    "inline-base64": blamed_by(why=_NO_JOB, ordinary_job=False),
    "part-twice": blamed_by("dsp/sequence/one-send-image-for-each-document"),
    "part-too-many": blamed_by(),
    "base64": blamed_by(
        "mtom/attachment/binary", "psp/scan-process/scan-ticket", why="it is read as it is: no image"
    ),
    "attachment-empty": blamed_by(*_UNWHOLE, "psp/scan-process/scan-ticket"),
    "attachment-truncated": blamed_by(*_UNWHOLE),
    "attachment-corrupt": blamed_by(*_UNWHOLE),
    "include-percent-encoded": blamed_by(),
    "include-other": blamed_by("mtom/include/href", "dsp/send-image/image-by-xop"),
    "include-with-brackets": blamed_by("mtom/include/href", "mtom/include/percent-encoded"),
    "include-missing": blamed_by("dsp/send-image/image-by-xop"),
    "include-not-alone": blamed_by(
        "mtom/include/only-child", "soap/envelope/elements-alone", "habits/refused/text-between-elements"
    ),
}
OF_MESSAGES: Final[dict[str, Blamed]] = {
    "utf-16": blamed_by("soap/envelope/utf-8", "soap/http/charset-of-the-document", "habits/refused/utf-16"),
    "bom": blamed_by(why="a mark is allowed"),
    "no-declaration": blamed_by(),
    "declared-encoding": blamed_by(why=_NO_JOB, ordinary_job=False),
    "other-encoding": blamed_by("soap/envelope/utf-8", "soap/http/charset-of-the-document"),
    "xml-1-1": blamed_by(),
    "invalid-utf-8": blamed_by(why=_NO_JOB, ordinary_job=False),
    "control-character": blamed_by(why=_NO_JOB, ordinary_job=False),
    "leading-white-space": blamed_by(why=_NO_JOB, ordinary_job=False),
    "envelope.truncated": blamed_by(why=_NO_JOB, ordinary_job=False),
    "trailing-octets": blamed_by(why=_NO_JOB, ordinary_job=False),
    "envelope.empty": blamed_by(why=_NO_JOB, ordinary_job=False),
    "indented": blamed_by(),
    "wrapped-tags": blamed_by(),
    "single-quotes": blamed_by(),
    "expanded-empty": blamed_by(),
    "doctype": blamed_by("soap/envelope/document-type-never-sent"),
    "entities": blamed_by(why=_NO_JOB, ordinary_job=False),
    "processing-instruction": blamed_by("soap/envelope/no-processing-instructions"),
    "comments": blamed_by(),
    "comment-in-values": blamed_by(),
    "cdata": blamed_by(),
    "character-references": blamed_by(),
    "deep-nesting": blamed_by(why=_NO_JOB, ordinary_job=False),
    "large": blamed_by(
        "discovery/timing/max-envelope-size", "soap/envelope/size", "soap/envelope/size-without-attachments"
    ),
    "odd-prefixes": blamed_by(),
    "default-namespace": blamed_by(),
    "one-prefix": blamed_by(),
    "namespaces-on-the-envelope": blamed_by(),
    "undeclared-prefix": blamed_by(why=_NO_JOB, ordinary_job=False),
    "xsi-type": blamed_by(
        "dsp/create-post-scan-job/instructions-of-the-scan-process",
        "psp/change/instructions-as-stored",
        "notes/schema/strict-wildcards",
        "bdsrr/6.2/content-by-the-schema",
        "bdsrr/6.2/values-of-their-type",
        why="the schema knows no such type; and instructions have another attribute than their scan process",
    ),
    "unknown-attribute": blamed_by("bdsrr/6.2/content-by-the-schema"),
    "other-namespace": blamed_by(why=_NO_JOB, ordinary_job=False),
    "element-without-namespace": blamed_by(why=_NO_JOB, ordinary_job=False),
    "element-of-another-namespace": blamed_by(why=_NO_JOB, ordinary_job=False),
    "addressing-2005": blamed_by(why=_NO_JOB, ordinary_job=False),
    "soap-1.1": blamed_by(
        "soap/fault/must-understand", "soap/envelope/namespace", why="a fault in it is none of SOAP 1.2"
    ),
    "unknown-element": blamed_by(
        "dsp/answer/cancel-at-the-device",
        "dsp/cancel-post-scan-job/request",
        "dsp/create-post-scan-job/request",
        "dsp/send-image/request",
        "dsp/end-post-scan-job/request",
        "habits/refused/unknown-or-doubled-elements",
        "bdsrr/6.2/content-by-the-schema",
        "bdsrr/6.2/no-other-elements",
    ),
    "element-missing": blamed_by(why=_NO_JOB, ordinary_job=False),
    "element-twice": blamed_by(
        "dsp/answer/cancel-at-the-device",
        "dsp/cancel-post-scan-job/request",
        "dsp/create-post-scan-job/request",
        "dsp/send-image/request",
        "dsp/end-post-scan-job/request",
        "eventing/subscribe/body",
        "habits/refused/unknown-or-doubled-elements",
        "dsp/get-post-scan-job-elements/request",
        "notes/c-28/get-post-scan-job-elements-plural",
        "bdsrr/6.2/content-by-the-schema",
        "bdsrr/6.2/once-where-it-says-once",
    ),
    "element-order": blamed_by(
        "dsp/create-post-scan-job/request",
        "dsp/send-image/request",
        "eventing/subscribe/body",
        "dsp/get-post-scan-job-elements/request",
        "notes/c-28/get-post-scan-job-elements-plural",
        "bdsrr/6.2/content-by-the-schema",
        "bdsrr/6.2/order-of-elements",
    ),
    "element-misplaced": blamed_by(
        "soap/fault/must-understand",
        "dsp/answer/cancel-at-the-device",
        "dsp/cancel-post-scan-job/request",
        "dsp/create-post-scan-job/request",
        "dsp/send-image/request",
        "dsp/end-post-scan-job/request",
        "dsp/get-post-scan-job-elements/request",
        "notes/c-28/get-post-scan-job-elements-plural",
        "bdsrr/6.2/content-by-the-schema",
        "bdsrr/6.2/required-elements",
        why="and a fault has its Code elsewhere",
    ),
    "element-spelling": blamed_by(why=_NO_JOB, ordinary_job=False),
    "element-value": blamed_by(why=_NO_JOB, ordinary_job=False),
    "element-empty": blamed_by(why=_NO_JOB, ordinary_job=False),
    "white-space": blamed_by(why=_NO_JOB, ordinary_job=False),
    "text-between-elements": blamed_by(
        "habits/refused/text-between-elements", "soap/envelope/elements-alone", "bdsrr/6.2/content-by-the-schema"
    ),
    "empty-body": blamed_by(why=_NO_JOB, ordinary_job=False),
    "body-twice": blamed_by(
        "psp/scan-process/filters-of-the-scan-process-only",
        "psp/email/can-add-addresses-default",
        "notes/schema/strict-wildcards",
        "psp/wire/share-point-namespace",
        "dsp/get-post-scan-job-elements/job-status-asked-alone",
        "notes/c-36/job-status-alone",
        "dsp/create-post-scan-job/instructions-element",
        "dsp/send-image/image-by-xop",
        "dsp/wire/one-element-in-the-body",
        why="what is looked for in the Body is there twice",
    ),
    "header-last": blamed_by("soap/envelope/header-then-body"),
    "no-header": blamed_by(why=_NO_JOB, ordinary_job=False),
    "envelope.message-id-missing": blamed_by(
        "dsp/header/message-id",
        "discovery/message-id/unique",
        "discovery/message-id/urn-uuid",
        "addressing/message-id/required",
        "notes/c-31/mime-header-sent",
    ),
    "message-id-twice": blamed_by("addressing/message-id/required"),
    "message-id-repeated": blamed_by("dsp/header/message-id", "discovery/message-id/unique"),
    "message-id-of-the-request": blamed_by(),
    "message-id-form": blamed_by("discovery/message-id/urn-uuid", "notes/c-31/mime-header-sent"),
    "action-missing": blamed_by(why=_NO_JOB, ordinary_job=False),
    "envelope.action-wrong": blamed_by(why=_NO_JOB, ordinary_job=False),
    "envelope.to-missing": blamed_by(
        "addressing/to/of-a-request",
        "dsp/header/one-destination",
        "discovery/probe/to-the-discovery-urn",
        "dpws/get/to-is-the-endpoint-address",
    ),
    "envelope.to-wrong": blamed_by(
        "addressing/to/of-a-request",
        "dsp/header/one-destination",
        "discovery/probe/to-the-discovery-urn",
        "dpws/get/to-is-the-endpoint-address",
    ),
    "envelope.relates-to-missing": blamed_by("addressing/relates-to/of-a-response"),
    "envelope.relates-to-wrong": blamed_by("addressing/relates-to/of-a-response"),
    "reply-to-elsewhere": blamed_by("addressing/reply-to/anonymous-or-absent", "dsp/header/anonymous-reply-to"),
    "fault-to-elsewhere": blamed_by("addressing/fault-to/anonymous-or-absent"),
    "reply-to-as-text": blamed_by("addressing/reply-to/anonymous-or-absent", "dsp/header/anonymous-reply-to"),
    "must-understand-unknown": blamed_by(),
    "unknown-header": blamed_by(),
    "must-understand-addressing": blamed_by(),
    "must-understand-unqualified": blamed_by(),
    "header-order": blamed_by(),
    "address-white-space": blamed_by(
        "addressing/to/of-a-request",
        "dsp/header/one-destination",
        "dsp/header/request-action",
        "discovery/probe/to-the-discovery-urn",
        "dpws/get/to-is-the-endpoint-address",
        "addressing/address/no-white-space-around",
    ),
    "chunked": blamed_by(),
    "chunked-with-length": blamed_by(why="RFC 9112 forbids it; no clause of ours speaks of it"),
    "last-chunk-missing": blamed_by(why=_NO_JOB, ordinary_job=False),
    "extra-octets": blamed_by(why=_NO_JOB, ordinary_job=False),
    "long-head": blamed_by(why=_NO_JOB, ordinary_job=False),
    "wire.folded-headers": blamed_by(why=_NO_JOB, ordinary_job=False),
    "bare-lf-head": blamed_by(why=_NO_JOB, ordinary_job=False),
    "small-letters": blamed_by(),
    "http-1-0": blamed_by(),
    "continue-first": blamed_by(),
}
"""Habits of envelopes, and of HTTP."""
HABITS: Final = OF_PACKAGES | OF_MESSAGES
IN_CI: Final = ("epilogue", "package.folded-headers", "comment-in-values", "message-id-repeated")
OF_CHANCE: Final = frozenset({"no-empty-line", "headers-missing"})
"""Whether an image is found at all depends on its octets: what they are blamed for is another thing each time."""
OF_TIME: Final = frozenset({"dribble", "slow-head"})
"""What they are blamed for depends on how long is waited for them."""
LOOKED_AT: Final = (At.PACKAGE, At.ENVELOPE, At.WIRE)


def test_every_habit_of_packages_envelopes_and_http_was_read() -> None:
    sending = {each.name for each in PRESETS if Role.CLIENT in each.roles}
    looked_at = {
        (each.name, f"{each.at}.{each.name}")
        for each in all_alterations()
        if each.at in LOOKED_AT and Role.CLIENT in each.roles
    }
    sending |= {name for names in looked_at for name in names if name in habits()}
    assert sending == set(HABITS) | OF_CHANCE | OF_TIME
    assert all(each.by <= set(CHECKS) for each in HABITS.values())


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=[] if each in IN_CI else [exhaustive]) for each in HABITS]
)
async def test_a_habit_is_blamed_for_its_own_clauses_and_for_nothing_else(name: str, tmp_path: Path) -> None:
    wanted = HABITS[name]
    run, _ = await judged(tmp_path, QUICK, ClientMutant("", "", unchanged(), options={"habits": (name,)}))
    assert (run.verdict(FIRST) is Verdict.PASSED) is wanted.ordinary_job, run.judged[0]
    found = frozenset(each.id for each in run.judged if each.verdict in BLAMED) - {FIRST}
    said = {each.id: each.evidence.met for each in run.judged if each.id in found ^ wanted.by}
    assert found == wanted.by, said
    assert not [each for each in run.judged if each.verdict is Verdict.ERROR]
