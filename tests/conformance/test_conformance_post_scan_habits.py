"""No false alarm: a device with one habit in what it sends to a scan server is blamed for what it breaks, and for
nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
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


@dataclass(frozen=True)
class Blamed:
    """What a habit is blamed for."""

    by: frozenset[str] = frozenset()
    why: str = ""
    """How it was read, where the habit's own sentence is not enough."""
    ordinary_job: bool = True
    """The ordinary job can be had with it."""


def _by(*ids: str, why: str = "", ordinary_job: bool = True) -> Blamed:
    return Blamed(frozenset(ids), why, ordinary_job)


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
HABITS: Final[dict[str, Blamed]] = {
    "fault-on-200": _by(why=_OF_NO_JOB),
    "start-names-nothing": _by("mtom/outer/start", "habits/refused/start-names-no-part"),
    "start-without-brackets": _by("mtom/outer/start", "habits/refused/start-without-brackets"),
    "no-start": _by("mtom/outer/start", _MIME, why="a reader does without; who sends names the root"),
    "no-type": _by("mtom/outer/type", _MIME),
    "type-unquoted": _by("mtom/outer/type", _MIME),
    "no-start-info": _by("mtom/outer/start-info", _MIME),
    "startinfo": _by("mtom/outer/start-info", _MIME),
    "semicolons-missing": _by(why=_NO_JOB, ordinary_job=False),
    "multipart-other": _by("mtom/outer/multipart-related"),
    "boundary-unquoted": _by(),
    "odd-boundary": _by(),
    "no-boundary": _by(why=_NO_JOB, ordinary_job=False),
    "other-boundary": _by(why=_NO_JOB, ordinary_job=False),
    "said-as-xop": _by(why=_NO_JOB, ordinary_job=False),
    "no-closing-delimiter": _by("mtom/delimiter/close", "habits/refused/last-delimiter-without-dashes", _MIME),
    "closing-without-dashes": _by("mtom/delimiter/close", "habits/refused/last-delimiter-without-dashes", _MIME),
    "closing-without-line-end": _by(),
    "bare-lf": _by(
        "mtom/delimiter/form",
        "mtom/delimiter/lines-end-cr-lf",
        "habits/refused/delimiter-without-cr-lf",
        "habits/refused/lf-only-part-headers",
        _MIME,
    ),
    "delimiter-without-crlf": _by("mtom/delimiter/form", "habits/refused/delimiter-without-cr-lf", _MIME),
    "delimiter-padded": _by("mtom/delimiter/form", why="RFC 2046 lets a reader pass over it, and nobody write it"),
    "preamble": _by("mtom/delimiter/preamble-and-epilogue"),
    "line-break-first": _by(),
    "epilogue": _by("mtom/delimiter/preamble-and-epilogue"),
    "boundary-in-data": _by(
        *_CUT,
        "mtom/delimiter/lines-end-cr-lf",
        "mtom/part/header-lines",
        "habits/refused/lf-only-part-headers",
        why="the image ends there, and what comes behind is a part without headers",
    ),
    "closing-in-data": _by(*_CUT, why="the image ends there, and so does the package"),
    "dashes-in-data": _by(
        *_UNWHOLE,
        why="the image has these octets in the place of its own",
    ),
    "root-type": _by("mtom/root/content-type"),
    "root-charset": _by("mtom/root/content-type"),
    "attachment-type": _by(why="application/octet-stream, which is allowed"),
    "attachment-type-missing": _by("mtom/attachment/headers"),
    "transfer-encoding-wrong": _by("mtom/attachment/binary"),
    "no-transfer-encoding": _by("mtom/root/transfer-encoding", "mtom/attachment/headers", "mtom/attachment/binary"),
    "content-id-twice": _by("mtom/include/href"),
    "content-id-without-brackets": _by("mtom/attachment/headers"),
    "content-id-blanks": _by(
        "mtom/attachment/id-form",
        "mtom/include/href",
        "habits/refused/cid-in-another-case-or-with-blanks",
        _MIME,
    ),
    "content-id-missing": _by("mtom/attachment/headers", "mtom/attachment/id-form", "mtom/include/href"),
    "content-id-case": _by("mtom/include/href", "habits/refused/cid-in-another-case-or-with-blanks"),
    "package.folded-headers": _by(),
    "lf-headers": _by("mtom/delimiter/lines-end-cr-lf", "habits/refused/lf-only-part-headers", _MIME),
    "headers-in-capitals": _by(),
    "headers-in-small-letters": _by(),
    "unknown-part-header": _by(),
    "header-without-colon": _by("mtom/part/header-lines", _MIME),
    "parts-swapped": _by(
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
    "part-missing": _by(why=_NO_JOB, ordinary_job=False),
    "no-parts": _by(why=_NO_JOB, ordinary_job=False),
    "inline-base64": _by(why=_NO_JOB, ordinary_job=False),
    "part-twice": _by("dsp/sequence/one-send-image-for-each-document"),
    "part-too-many": _by(),
    "base64": _by("mtom/attachment/binary", "psp/scan-process/scan-ticket", why="it is read as it is: no image"),
    "attachment-empty": _by(*_UNWHOLE, "psp/scan-process/scan-ticket"),
    "attachment-truncated": _by(*_UNWHOLE),
    "attachment-corrupt": _by(*_UNWHOLE),
    "include-percent-encoded": _by(),
    "include-other": _by("mtom/include/href", "dsp/send-image/image-by-xop"),
    "include-with-brackets": _by("mtom/include/href", "mtom/include/percent-encoded"),
    "include-missing": _by("dsp/send-image/image-by-xop"),
    "include-not-alone": _by(
        "mtom/include/only-child", "soap/envelope/elements-alone", "habits/refused/text-between-elements"
    ),
}
IN_CI: Final = ("epilogue", "package.folded-headers")
OF_CHANCE: Final = frozenset({"no-empty-line", "headers-missing"})
"""Whether an image is found at all depends on its octets: what they are blamed for is another thing each time."""


def test_every_habit_of_packages_was_read() -> None:
    sending = {each.name for each in PRESETS if Role.CLIENT in each.roles}
    of_packages = {
        (each.name, f"{each.at}.{each.name}")
        for each in all_alterations()
        if each.at is At.PACKAGE and Role.CLIENT in each.roles
    }
    sending |= {name for names in of_packages for name in names if name in habits()}
    assert sending == set(HABITS) | OF_CHANCE
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
