"""What a device may change in the instructions of a scan process (docs/protocol/dsm.md 8.3), and nothing
else."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from dsm_values import EXTENSIONS, INSTRUCTIONS, PSP, SCAN_PROCESSES, VENDOR, kept
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.dsm.instructions_check import differences_not_allowed
from emulator.dsm.messages.create import CreatePostScanJobRequest
from emulator.dsm.scan_process import (
    EmailFilter,
    FileShareFilter,
    Filter,
    FilterExtensions,
    PostScanInstructions,
    ScanProcess,
    SharePointFilter,
    UnknownFilter,
)
from emulator.soap.deviations import Deviations
from emulator.wsscan.values.ticket import ScanTicket

quick = settings(max_examples=80, deadline=None)
SHARE = FileShareFilter(("\\\\srv\\a", "\\\\srv\\b"))
MAIL = EmailFilter(("joe@x.example",), True)
SITE = SharePointFilter(("https://p.example/s",), False)
BURNER = UnknownFilter(
    "urn:burner", kept(f'<p:Instructions xmlns:p="{PSP}"><a:B xmlns:a="urn:a" k="1">a:T</a:B></p:Instructions>')
)
INSTRUCTIONS_KEPT = PostScanInstructions("Scan", (SHARE, MAIL, SITE, BURNER), False)


def stored(*filters: Filter, name_change: bool = False, path_change: bool = False) -> ScanProcess:
    instructions = replace(INSTRUCTIONS_KEPT, filters=filters or INSTRUCTIONS_KEPT.filters)
    return ScanProcess(None, "", "", "dsm1", ScanTicket(), instructions, name_change, path_change)


def differences(process: ScanProcess, *filters: Filter, **changed: object) -> list[str]:
    """The names of what differs when the process's instructions are sent with other filters or fields."""
    sent = replace(process.instructions, filters=filters or process.instructions.filters)
    found = differences_not_allowed(process, replace(sent, **changed))  # type: ignore[arg-type]
    assert all("\n" not in each and ": " in each for each in found)
    return [each.partition(":")[0] for each in found]


# What is allowed


@quick
@given(SCAN_PROCESSES)
def test_the_stored_instructions_are_allowed_after_the_way_over_the_wire(process: ScanProcess) -> None:
    # The law: [dsp/create-post-scan-job/instructions-of-the-scan-process]
    written = CreatePostScanJobRequest("S-1", "G", process.instructions).to_xml()
    sent = CreatePostScanJobRequest.from_xml(written, Deviations()).instructions
    assert differences_not_allowed(process, sent) == []


@quick
@given(SCAN_PROCESSES, st.randoms(use_true_random=False))
def test_order_and_defaults_are_no_differences(process: ScanProcess, dice: random.Random) -> None:
    filters = [_shuffled(each, dice) for each in process.instructions.filters]
    dice.shuffle(filters)
    said = process.instructions.continue_on_error
    sent = replace(process.instructions, filters=tuple(filters), continue_on_error=said or None)
    assert differences_not_allowed(process, sent) == []


def _shuffled(given: Filter, dice: random.Random) -> Filter:
    def mixed(items: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f" {each}\n" for each in dice.sample(items, len(items)))

    match given:
        case EmailFilter():
            return replace(
                given, addresses=mixed(given.addresses), send_to_scan_user=given.send_to_scan_user or None
            )
        case FileShareFilter():
            return replace(given, shares=mixed(given.shares))
        case SharePointFilter():
            return replace(given, sites=mixed(given.sites), save_to_my_site=given.save_to_my_site or False)
        case UnknownFilter():
            return given


def test_prefixes_are_no_difference() -> None:
    other = kept(f'<q:Instructions xmlns:q="{PSP}"><B xmlns="urn:a" xmlns:z="urn:a" k="1">z:T</B></q:Instructions>')
    assert other != BURNER.xml
    assert differences(stored(BURNER), replace(BURNER, xml=other)) == []


def test_addresses_may_be_added_where_the_filter_says_so() -> None:
    # The law: [psp/change/email-addresses]
    open_mail = replace(MAIL, can_add_addresses=True)
    more = replace(open_mail, addresses=("ann@x.example", "joe@x.example", "bob@x.example"))
    assert differences(stored(open_mail), more) == []
    assert differences(stored(MAIL), replace(more, can_add_addresses=False)) == ["EmailAddress", "EmailAddress"]


def test_addresses_may_be_added_to_none() -> None:
    # The law: [psp/email/can-add-addresses-default]
    nobody = EmailFilter((), True, True)
    assert differences(stored(nobody), EmailFilter(("ann@x.example",), True, True)) == []
    assert differences(stored(nobody), EmailFilter(("ann@x.example",), True)) == []


def test_each_of_two_mail_filters_may_get_addresses() -> None:
    first, second = EmailFilter(("a@x",), None, True), EmailFilter(("a@x", "b@x"), None, True)
    sent = (replace(first, addresses=("a@x", "b@x")), replace(second, addresses=("a@x", "b@x", "c@x")))
    assert differences(stored(first, second), *sent) == []


@pytest.mark.parametrize("name_change", [True, False])
def test_the_document_name_may_change_with_its_flag(name_change: bool) -> None:
    # The law: [psp/change/document-root-name] [psp/change/document-root-name-accepted]
    process = stored(name_change=name_change, path_change=not name_change)
    assert differences(process, document_root_name="Other") == ([] if name_change else ["DocumentRootName"])
    assert differences(process, document_root_name=" Scan ") == []


@pytest.mark.parametrize("path_change", [True, False])
def test_shares_may_change_with_their_flag(path_change: bool) -> None:
    # The law: [psp/change/share-unc] [psp/change/share-unc-accepted]
    process = stored(name_change=not path_change, path_change=path_change)
    changed = replace(SHARE, shares=("\\\\srv\\a", "\\\\other\\c"))
    found = differences(process, changed, MAIL, SITE, BURNER)
    assert found == ([] if path_change else ["ShareUNC", "ShareUNC"])


# What is not


@pytest.mark.parametrize("flags", [True, False])
@pytest.mark.parametrize(
    ("kept_filter", "sent", "expected"),
    [
        (SHARE, replace(SHARE, shares=()), ["ShareUNC", "ShareUNC"]),
        (SITE, replace(SITE, sites=("https://p.example/other",)), ["SaveToSharePointSiteURL"] * 2),
        (SITE, replace(SITE, sites=(*SITE.sites, "https://p.example/2")), ["SaveToSharePointSiteURL"]),
        (SITE, replace(SITE, sites=SITE.sites * 2), ["SaveToSharePointSiteURL"]),
        (SITE, replace(SITE, save_to_my_site=True), ["SaveToMySite"]),
        (MAIL, replace(MAIL, addresses=("ann@x.example",)), ["EmailAddress", "EmailAddress"]),
        (MAIL, replace(MAIL, addresses=()), ["EmailAddress"]),
        (MAIL, replace(MAIL, addresses=MAIL.addresses * 2), ["EmailAddress"]),
        (MAIL, replace(MAIL, addresses=("JOE@x.example",)), ["EmailAddress", "EmailAddress"]),
        (MAIL, replace(MAIL, send_to_scan_user=None), ["SendToScanUser"]),
        (MAIL, replace(MAIL, can_add_addresses=True), ["CanAddAddresses"]),
        (
            replace(MAIL, can_add_addresses=True),
            EmailFilter(("ann@x.example",), True, True),
            ["EmailAddress"],
        ),
        (BURNER, replace(BURNER, xml=BURNER.xml.replace(b'"1"', b'"2"')), ["Instructions"]),
        (BURNER, replace(BURNER, xml=BURNER.xml.replace(b"a:T", b"a:U")), ["Instructions"]),
        (BURNER, replace(BURNER, xml=BURNER.xml.replace(b"urn:a", b"urn:b")), ["Instructions"]),
        (BURNER, replace(BURNER, dialect="urn:other"), ["Filter", "Filter"]),
        (SHARE, MAIL, ["Filter", "Filter"]),
        (MAIL, replace(MAIL, extensions=FilterExtensions((VENDOR,))), ["Filter"]),
        (replace(SITE, extensions=FilterExtensions((), (VENDOR,))), SITE, ["Filter"]),
        (SHARE, replace(SHARE, extensions=FilterExtensions((), (), (VENDOR,))), ["Filter"]),
    ],
)
def test_nothing_else_may_change_whatever_the_flags(
    flags: bool, kept_filter: Filter, sent: Filter, expected: list[str]
) -> None:
    # The law: [psp/change/instructions-as-stored]
    process = stored(kept_filter, name_change=flags, path_change=flags)
    assert differences(process, sent) == expected


@pytest.mark.parametrize("index", range(4))
def test_filters_may_neither_be_missing_nor_added_nor_doubled(index: int) -> None:
    process = stored(name_change=True, path_change=True)
    filters = process.instructions.filters
    assert differences(process, *filters[:index], *filters[index + 1 :]) == ["Filter"]
    assert differences(process, *filters, filters[index]) == ["Filter"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"continue_on_error": True}, ["ContinueOnError"]),
        ({"continue_on_error": None}, []),
        ({"extra": (VENDOR,)}, ["PostScanInstructions"]),
        ({"filters_extra": (VENDOR,)}, ["FiltersToProcess"]),
    ],
)
def test_the_frame_may_not_change(changed: dict[str, object], expected: list[str]) -> None:
    assert differences(stored(name_change=True, path_change=True), **changed) == expected


@quick
@given(SCAN_PROCESSES, INSTRUCTIONS, EXTENSIONS)
def test_other_instructions_are_allowed_only_where_they_say_the_same(
    process: ScanProcess, other: PostScanInstructions, extra: tuple[bytes, ...]
) -> None:
    """Stated again, in another way than the check does it: without any permission nothing may differ."""
    closed = replace(
        process,
        allow_file_name_change=False,
        allow_file_path_change=False,
        instructions=replace(
            process.instructions,
            filters=tuple(
                replace(each, can_add_addresses=False) if isinstance(each, EmailFilter) else each
                for each in process.instructions.filters
            ),
        ),
    )
    for sent in (other, replace(closed.instructions, extra=extra)):
        same = _said(sent) == _said(closed.instructions)
        assert (differences_not_allowed(closed, sent) == []) is same


def _said(instructions: PostScanInstructions) -> object:
    return (
        instructions.document_root_name.strip(),
        bool(instructions.continue_on_error),
        sorted(instructions.extra),
        sorted(instructions.filters_extra),
        sorted(map(_filter_said, instructions.filters)),
    )


def _filter_said(given: Filter) -> str:
    match given:
        case EmailFilter():
            own = (sorted(given.addresses), bool(given.send_to_scan_user), given.can_add_addresses)
        case FileShareFilter():
            own = (sorted(given.shares), False, False)
        case SharePointFilter():
            own = (sorted(given.sites), bool(given.save_to_my_site), False)
        case UnknownFilter():
            own = ([given.xml.decode()], False, False)
    places = given.extensions
    return repr((given.dialect, own, sorted(places.of_filter), sorted(places.of_config), sorted(places.of_list)))
