"""What plans may tell an alteration is checked before anything runs, and so is whose message it is at."""

from __future__ import annotations

import re

import pytest

from emulator.clauses.book import book
from emulator.faults.alteration import Alteration, At, Role
from emulator.faults.alterations import alterations_at
from emulator.faults.plan import PlanError, read_plan

MINE = [each for at in (At.EXCHANGE, At.WIRE, At.TLS) for each in alterations_at(at).values()]


@pytest.mark.parametrize("alteration", MINE, ids=lambda each: f"{each.at}-{each.name}")
def test_each_says_what_it_does_and_who_says_so(alteration: Alteration) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", alteration.name)
    assert alteration.says[0].isupper() and alteration.says.endswith(".") and alteration.roles
    assert alteration.clause or alteration.source
    for name, field in alteration.parameters.model_fields.items():
        assert field.description and field.description[-1] in ".", name


def fault(lines: str) -> bytes:
    return f'[[fault]]\nname = "f"\n{lines}\n'.encode()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('at = "wire"\ndo = "close"', "fault.offset: missing"),
        ('at = "wire"\ndo = "close"\noffset = "half"', "negative from the end"),
        ('at = "wire"\ndo = "corrupt"\noffset = 1', "either bits or octets"),
        ('at = "wire"\ndo = "continue-first"\nof = "request"', "continue-first is at the answer alone"),
        ('at = "exchange"\ndo = "fault"\nsubcode = "not a name"', "fault.subcode"),
        ('at = "exchange"\ndo = "late"\nseconds = 4000', "fault.seconds"),
        ('at = "exchange"\ndo = "out-of-order"\noperation = "SendImage"', "out-of-order is at"),
        ('at = "exchange"\ndo = "operation-before"\ninject = "Probe"', "fault.inject"),
        ('at = "tls"\ndo = "expired"\noperation = "SendImage"', "fault.operation: means nothing at tls"),
        ('at = "tls"\ndo = "expired"\nimage = 2', "fault.image"),
        ('at = "tls"\ndo = "revoked"', "fault.crl"),
        ('at = "envelope"\ndo = "unknown-element"\nnamed = "a b<"', "fault.named: 'a b<' is not allowed"),
        ('at = "envelope"\ndo = "element-spelling"\nspelt = "1 <x"', "fault.spelt"),
        ('at = "envelope"\ndo = "unknown-attribute"\nattribute = "a b"', "fault.attribute"),
        ('at = "envelope"\ndo = "unknown-header"\nblock = " x"', "fault.block"),
        ('at = "envelope"\ndo = "declared-encoding"\nencoding = "utf-8\u00e9"', "fault.encoding"),
        ('at = "envelope"\ndo = "control-character"\ncode = 10', "is a character that XML 1.0 has"),
        ('at = "package"\ndo = "root-type"\nmedia_type = "a/b\\r\\nX: y"', "fault.media_type"),
        ('at = "package"\ndo = "attachment-type"\nmedia_type = "a/b\\r\\nX: y"', "fault.media_type"),
        ('at = "package"\ndo = "transfer-encoding-wrong"\nencoding = "8 bit"', "fault.encoding"),
        ('at = "package"\ndo = "odd-boundary"\nboundary = "ends in a blank "', "fault.boundary"),
        (
            'at = "tls"\ndo = "certificate-changed"\noperation = "PostScanJobStatusEvent"',
            "certificate-changed is at",
        ),
    ],
)
def test_what_cannot_be_is_told(lines: str, said: str) -> None:
    with pytest.raises(PlanError) as told:
        read_plan(fault(lines), "plan.toml")
    assert said in str(told.value) and str(told.value).startswith("plan.toml:")


@pytest.mark.parametrize(
    ("lines", "roles", "of"),
    [
        ('at = "tls"\ndo = "expired"', {Role.CLIENT, Role.DEVICE}, ("request",)),
        ('at = "tls"\ndo = "expired"\nof = "answer"', {Role.CLIENT, Role.DEVICE}, ("answer",)),
        ('at = "tls"\ndo = "expired"', {Role.SERVER}, ("answer",)),
        ('at = "tls"\ndo = "handshake-refused"', {Role.CLIENT, Role.DEVICE}, ("answer",)),
        ('at = "exchange"\ndo = "late"\nseconds = 1\noperation = "SendImage"', {Role.SERVER}, ("answer",)),
        ('at = "exchange"\ndo = "late"\nseconds = 1\noperation = "SendImage"', {Role.CLIENT}, ("request",)),
        ('at = "tls"\ndo = "certificate-changed"\noperation = "SendImage"\nimage = 2', {Role.SERVER}, ("answer",)),
    ],
)
def test_which_side_is_meant(lines: str, roles: set[Role], of: tuple[str, ...]) -> None:
    (found,) = read_plan(fault(lines), "plan.toml").for_roles(roles).faults
    assert found.of == of


def test_the_certificate_of_another_cannot_be_changed() -> None:
    lines = fault('at = "tls"\ndo = "certificate-changed"\noperation = "SendImage"')
    with pytest.raises(PlanError, match="SendImage is another's"):
        read_plan(lines, "plan.toml").for_roles({Role.DEVICE})


def test_each_clause_is_in_the_book() -> None:
    assert {each.clause for each in MINE} - {""} <= set(book())
