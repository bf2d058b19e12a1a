"""What a user may choose at the device: exactly what the scan process allows, and a scan server then takes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.dsm.device_choices import ChoiceRefused, DeviceChoices, is_mail_address, with_choices
from emulator.dsm.instructions_check import differences_not_allowed
from emulator.dsm.scan_process import (
    EmailFilter,
    FileShareFilter,
    PostScanInstructions,
    ScanProcess,
    SharePointFilter,
)
from emulator.wsscan.values.ticket import JobDescription, ScanTicket

OPEN = EmailFilter(("ann@contoso.example",), can_add_addresses=True)
CLOSED = EmailFilter(("ann@contoso.example",))
SHARE = FileShareFilter((r"\\contoso\In", r"\\contoso\Copy"))


def scan_process(*filters: EmailFilter | FileShareFilter | SharePointFilter, **flags: bool) -> ScanProcess:
    return ScanProcess(
        identifier=None,
        display_name="Scan",
        server_name="",
        scan_repository="scan1.contoso.example",
        ticket=ScanTicket(JobDescription("n", "u")),
        instructions=PostScanInstructions("Invoice", filters),
        **flags,
    )


def test_nothing_chosen_changes_nothing() -> None:
    process = scan_process(CLOSED, SHARE)
    assert with_choices(process, DeviceChoices()) == process.instructions


def test_everything_that_is_allowed() -> None:
    # The law: [psp/change/email-addresses] [psp/change/document-root-name] [psp/change/share-unc]
    process = scan_process(CLOSED, OPEN, SHARE, allow_file_name_change=True, allow_file_path_change=True)
    chosen = DeviceChoices(
        ("bob@contoso.example", "ann@contoso.example", "bob@contoso.example"), "Letter", ("//contoso/Other/a",)
    )
    sent = with_choices(process, chosen)
    assert sent.document_root_name == "Letter"
    assert sent.filters == (
        CLOSED,
        replace(OPEN, addresses=("ann@contoso.example", "bob@contoso.example")),
        FileShareFilter((r"\\contoso\Other\a",)),
    )
    assert differences_not_allowed(process, sent) == []


@pytest.mark.parametrize(
    ("process", "choices", "told"),
    [
        (scan_process(CLOSED), DeviceChoices(("a@b.example",)), "emlf:CanAddAddresses is not true"),
        (scan_process(SHARE), DeviceChoices(("a@b.example",)), "has no e-mail filter"),
        (scan_process(OPEN), DeviceChoices(("nobody",)), "'nobody' is no e-mail address"),
        (scan_process(OPEN), DeviceChoices(("a@b.example\r\nRCPT TO:<c@d.example>",)), "is no e-mail address"),
        (scan_process(SHARE), DeviceChoices(file_name="x"), "spx:AllowDeviceFileNameChange is not true"),
        (scan_process(SHARE, allow_file_name_change=True), DeviceChoices(file_name=" "), "is no file name"),
        (scan_process(SHARE, allow_file_name_change=True), DeviceChoices(file_name="a/b"), "is no file name"),
        (scan_process(SHARE, allow_file_name_change=True), DeviceChoices(file_name="x" * 256), "is no file name"),
        (scan_process(SHARE), DeviceChoices(folders=(r"\\a\b",)), "spx:AllowDeviceFilePathChange is not true"),
        (scan_process(OPEN, allow_file_path_change=True), DeviceChoices(folders=(r"\\a\b",)), "no file share"),
        (scan_process(SHARE, allow_file_path_change=True), DeviceChoices(folders=("C:/x",)), "is no UNC path"),
        (scan_process(SHARE, allow_file_path_change=True), DeviceChoices(folders=(r"\\a",)), "is no UNC path"),
    ],
)
def test_what_is_not_allowed_is_refused_with_what_the_scan_process_says(
    process: ScanProcess, choices: DeviceChoices, told: str
) -> None:
    # The law: [psp/change/instructions-as-stored]
    with pytest.raises(ChoiceRefused) as caught:
        with_choices(process, choices)
    assert told in str(caught.value) and "\n" not in str(caught.value)


def test_to_choose_what_the_scan_process_says_is_no_change() -> None:
    process = scan_process(SHARE)
    assert with_choices(process, DeviceChoices(file_name="Invoice", folders=SHARE.shares)) == process.instructions


@given(
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.lists(st.sampled_from(["a@b.example", "ann@contoso.example", "c@d.example", "x"]), max_size=3),
    st.none() | st.sampled_from(["Invoice", "Letter", "a b", ""]),
    st.lists(st.sampled_from([r"\\contoso\In", r"\\x\y", "//x/z", "q"]), max_size=2),
)
def test_what_the_device_sends_the_server_takes_and_nothing_else(
    add: bool, name: bool, path: bool, addresses: list[str], file_name: str | None, folders: list[str]
) -> None:
    process = scan_process(
        replace(CLOSED, can_add_addresses=add), SHARE, allow_file_name_change=name, allow_file_path_change=path
    )
    try:
        sent = with_choices(process, DeviceChoices(tuple(addresses), file_name, tuple(folders)))
    except ChoiceRefused:
        return
    assert differences_not_allowed(process, sent) == []


@pytest.mark.parametrize("address", ["a@b", "jürgen@bücher.example", "a.b+c@d-e.example"])
def test_addresses(address: str) -> None:
    assert is_mail_address(address)


@pytest.mark.parametrize(
    "address", ["", "a", "a@", "@b", "a@b@c", "a b@c", "<a@b>", "a@b,c@d", "a@b\n", "x" * 255 + "@y"]
)
def test_no_addresses(address: str) -> None:
    assert not is_mail_address(address)
