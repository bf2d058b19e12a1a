"""psp:PostScanProcess read and written: the three filters, others kept as they are, spx, tolerance."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from dsm_values import (
    EMLF,
    FSF,
    MAIL,
    PSP,
    SCAN_PROCESSES,
    SHARE,
    SITE,
    SPF,
    SPX,
    TICKET,
    filter_xml,
    instructions_xml,
    scan_process_xml,
)
from hypothesis import given, settings
from lxml import etree

from emulator.dsm import constants
from emulator.dsm.canonical import canonical
from emulator.dsm.scan_process import EmailFilter, FileShareFilter, ScanProcess, SharePointFilter, UnknownFilter
from emulator.dsm.scan_process_xml import MAX_BYTES, ScanProcessError, read_scan_process, write_scan_process
from emulator.soap.schema import violations
from emulator.wsscan.constants import WSCN
from emulator.wsscan.values.ticket import JobDescription

QUALIFIED, BARE = ' e:CanAddAddresses="true"', ' CanAddAddresses="true"'
FLAG = "<x:AllowDevice{}Change>{}</x:AllowDevice{}Change>"


def read(data: bytes) -> tuple[ScanProcess, list[str]]:
    process, deviations = read_scan_process(data)
    return process, [f"{each.id} {each.place}" for each in deviations]


def refusal(data: bytes) -> str:
    with pytest.raises(ScanProcessError) as caught:
        read_scan_process(data)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def flag(name: str, value: str = "true") -> str:
    return FLAG.format(name, value, name)


def test_all_three_filters_are_read_without_a_word() -> None:
    # The law: [psp/scan-process/scan-repository] [psp/scan-process/children] [psp/scan-process/filter]
    # The law: [psp/scan-process/dialect] [psp/scan-process/instructions] [psp/email/email-config]
    # The law: [psp/file-share/file-share-config] [psp/share-point/share-point-config]
    # The law: [psp/filter/one-two-or-all] [psp/wire/namespace]
    filters = filter_xml(FSF, SHARE) + filter_xml(SPF, SITE) + filter_xml(EMLF, MAIL.format(QUALIFIED))
    data = scan_process_xml("<ContinueOnError>true</ContinueOnError>" + instructions_xml(filters))
    process, told = read(data)
    assert told == []
    assert process.scan_repository == "dsm1.contoso.example"
    assert process.ticket.job_description == JobDescription("n", "u", None)
    assert process.instructions.document_root_name == "Scan"
    assert process.instructions.continue_on_error is True
    assert process.instructions.filters == (
        FileShareFilter(("\\\\srv\\scans",)),
        SharePointFilter(("https://portal.contoso.example/scans",), True),
        EmailFilter(("joe@contoso.example",), True, True),
    )
    assert violations(etree.fromstring(data)) == []


def test_what_the_directory_says_beside_the_xml_is_kept() -> None:
    # The law: [adds/schema/may-contain]
    identifier = UUID("C4F199C7-6876-4549-A86E-A85035952448")
    process, _ = read_scan_process(
        scan_process_xml(), identifier=identifier, display_name="To Joe", server_name="dsm1"
    )
    assert (process.identifier, process.display_name, process.server_name) == (identifier, "To Joe", "dsm1")


def test_defaults_are_no_and_not_said() -> None:
    # The law: [psp/scan-process/continue-on-error] [psp/change/flags-default-to-false]
    # The law: [psp/email/can-add-addresses-default]
    mail = MAIL.format("").replace("<e:SendToScanUser>true</e:SendToScanUser>", "")
    process, told = read(scan_process_xml(instructions_xml(filter_xml(EMLF, mail))))
    assert process.instructions.continue_on_error is None
    assert process.instructions.filters == (EmailFilter(("joe@contoso.example",), None, False),)
    assert (process.allow_file_name_change, process.allow_file_path_change) == (False, False)
    assert told == []


@pytest.mark.parametrize(
    ("attribute", "can_add", "valid"),
    [("", False, True), (QUALIFIED, True, True), (' e:CanAddAddresses="0"', False, True), (BARE, True, False)],
)
def test_can_add_addresses_is_read_qualified_and_bare(attribute: str, can_add: bool, valid: bool) -> None:
    """The page prints it bare, the schema wants it qualified; we write it qualified
    [notes/c-08/can-add-addresses-read] [notes/c-08/can-add-addresses-sent].
    [psp/email/can-add-addresses-is-qualified] [psp/email/bare-can-add-addresses-read]"""
    data = scan_process_xml(instructions_xml(filter_xml(EMLF, MAIL.format(attribute))))
    process, told = read(data)
    (mail,) = process.instructions.filters
    assert isinstance(mail, EmailFilter) and mail.can_add_addresses is can_add
    assert [each.partition(" ")[0] for each in told] == ([] if valid else ["attribute-form"])
    assert (violations(etree.fromstring(data)) == []) is valid
    written = write_scan_process(process)
    assert (b'emlf:CanAddAddresses="true"' in written) is can_add
    assert b" CanAddAddresses" not in written


# Vendors' elements and filters


INSTRUCTIONS = (
    '<v:Burn xmlns:v="urn:v" xmlns:t="urn:types" b="2" a="1" xml:space="preserve">  <v:To kind="t:Dvd">t:Dvd</v:To>'
    "\n<!-- c --><o:Empty xmlns:o='urn:o'/>&#xD; &amp; ä</v:Burn>"
)
KEPT = (
    '<v:Burn xmlns:t="urn:types" xmlns:v="urn:v" a="1" b="2" xml:space="preserve">  <v:To kind="t:Dvd">t:Dvd</v:To>'
    '\n<o:Empty xmlns:o="urn:o"></o:Empty>&#xD; &amp; ä</v:Burn>'
).encode()


def test_an_unknown_filter_is_kept_as_it_is() -> None:
    # The law: [psp/scan-process/instructions-are-validated-strictly] [notes/schema/strict-wildcards]
    process, told = read(scan_process_xml(instructions_xml(filter_xml("urn:burner", INSTRUCTIONS))))
    assert told == []
    (burner,) = process.instructions.filters
    assert isinstance(burner, UnknownFilter)
    assert burner.dialect == "urn:burner"
    assert burner.xml == b'<Instructions xmlns="%s">%s</Instructions>' % (PSP.encode(), KEPT)
    (again,) = read(write_scan_process(process))[0].instructions.filters
    assert isinstance(again, UnknownFilter)
    assert again.xml == b'<psp:Instructions xmlns:psp="%s">%s</psp:Instructions>' % (PSP.encode(), KEPT)


def test_a_prefix_declared_far_outside_is_kept_where_a_value_uses_it() -> None:
    instructions = filter_xml("urn:burner", "<v:Burn>t:Dvd</v:Burn>")
    data = scan_process_xml(instructions_xml(instructions)).replace(b"xmlns:v=", b'xmlns:t="urn:types" xmlns:v=')
    (burner,) = read(data)[0].instructions.filters
    assert isinstance(burner, UnknownFilter)
    assert b'xmlns:t="urn:types"' in burner.xml


def test_vendor_elements_are_kept_at_every_level() -> None:
    # The law: [psp/scan-process/extensions-at-the-end]
    share = SHARE.replace("</f:FileShares>", "<v:C/></f:FileShares>").replace(
        "</f:FileShareConfig>", "<v:D/></f:FileShareConfig>"
    )
    filters = filter_xml(FSF, share, "<v:E/>") + "<v:B/>"
    data = scan_process_xml(instructions_xml(filters, "<v:A/>"), "<v:Root/>")
    process, told = read(data)
    (filter_,) = process.instructions.filters
    places = (
        process.extensions,
        process.instructions.extra,
        process.instructions.filters_extra,
        filter_.extensions.of_list,
        filter_.extensions.of_config,
        filter_.extensions.of_filter,
    )
    names = [[etree.fromstring(xml).tag.rpartition("}")[2] for xml in place] for place in places]
    assert names == [["Root"], ["A"], ["B"], ["C"], ["D"], ["E"]]
    assert told == []
    assert read(write_scan_process(process))[0] == process


def test_a_namespace_that_is_a_relative_uri_is_refused_where_it_had_to_be_kept() -> None:
    """Canonical XML has no form for it."""
    message = refusal(scan_process_xml(behind='<r:Own xmlns:r="relative"/>'))
    assert "Own" in message and "relative URI" in message


# spx


@pytest.mark.parametrize("place", ["root", "instructions", "filters", "filter"])
@pytest.mark.parametrize("name", ["FileName", "FilePath"])
def test_the_flags_of_spx_count_wherever_they_stand(name: str, place: str) -> None:
    """No document says where they stand; every level admits them
    [notes/silent/spx-elements]. [psp/scan-process/place-of-the-flags] [psp/wire/extension-namespace]"""
    text = flag(name)
    data = {
        "root": scan_process_xml(behind=text),
        "instructions": scan_process_xml(instructions_xml(behind=text)),
        "filters": scan_process_xml(instructions_xml(filter_xml(FSF, SHARE) + text)),
        "filter": scan_process_xml(instructions_xml(filter_xml(FSF, SHARE, text))),
    }[place]
    process, told = read(data)
    assert (process.allow_file_name_change, process.allow_file_path_change) == (
        name == "FileName",
        name == "FilePath",
    )
    assert process.extensions == () and told == []
    written = write_scan_process(process)
    assert written.count(b"AllowDevice") == 2, "one element"
    assert read(written)[0] == process


@pytest.mark.parametrize(
    ("value", "allowed"), [("true", True), (" 1 ", True), ("false", False), ("0", False), ("", False)]
)
def test_a_flag_of_spx_is_a_boolean(value: str, allowed: bool) -> None:
    assert read(scan_process_xml(behind=flag("FileName", value)))[0].allow_file_name_change is allowed


@pytest.mark.parametrize(("outside", "inside"), [("true", "false"), ("false", "true"), ("true", "true")])
def test_one_flag_that_says_true_is_enough_and_survives_writing(outside: str, inside: str) -> None:
    data = scan_process_xml(
        instructions_xml(behind=flag("FileName", inside)), flag("FileName", outside) + flag("FilePath")
    )
    process, _ = read(data)
    assert process.allow_file_name_change is True
    again, _ = read(write_scan_process(process))
    assert (again.allow_file_name_change, again.allow_file_path_change) == (True, True)


def test_a_flag_that_is_no_boolean_is_an_error_even_behind_one_that_is_true() -> None:
    assert "AllowDeviceFileNameChange" in refusal(
        scan_process_xml(instructions_xml(behind=flag("FileName", "maybe")), flag("FileName"))
    )


# Tolerance

GOOD = scan_process_xml(instructions_xml(filter_xml(FSF, SHARE) + filter_xml(EMLF, MAIL.format(QUALIFIED))))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (">dsm1.", "> dsm1.", "white-space PostScanProcess/ScanRepository"),
        (">dsm1", f">{'x' * 250}dsm1", "too-long PostScanProcess/ScanRepository"),
        (
            "<DocumentRootName>",
            "<New/><DocumentRootName>",
            "element-unknown PostScanProcess/PostScanInstructions/New",
        ),
        (
            "<DocumentRootName>Scan</DocumentRootName>",
            "<DocumentRootName>Scan</DocumentRootName><DocumentRootName/>",
            "element-doubled PostScanProcess/PostScanInstructions/DocumentRootName",
        ),
        ("<ScanTicket>", "<v:Early/><ScanTicket>", "element-order PostScanProcess/Early"),
        ("<ScanTicket>", "stray<ScanTicket>", "text-between-elements PostScanProcess"),
        ("<ScanTicket>", '<n xmlns=""/><ScanTicket>', "element-unknown PostScanProcess/n"),
        (
            f"<Dialect>{FSF}",
            f"<Dialect>\n{FSF}",
            "white-space PostScanProcess/PostScanInstructions/FiltersToProcess/Filter/Dialect",
        ),
        (
            "</f:FileShareConfig>",
            "</f:FileShareConfig><v:Second/>",
            "element-unknown PostScanProcess/PostScanInstructions/FiltersToProcess/Filter/Instructions/Second",
        ),
        (
            "<f:ShareUNC>\\\\srv\\scans</f:ShareUNC>",
            "",
            "element-missing PostScanProcess/PostScanInstructions/FiltersToProcess/Filter/Instructions/"
            "FileShareConfig/FileShares/ShareUNC",
        ),
    ],
)
def test_what_departs_is_read_and_told(old: str, new: str, expected: str) -> None:
    # The law: [psp/scan-process/scan-repository-length] [psp/scan-process/document-root-name-length]
    # The law: [psp/email/address-length] [psp/file-share/share-length] [psp/share-point/url-length]
    assert old in GOOD.decode()
    process, told = read(GOOD.decode().replace(old, new, 1).encode())
    assert told == [expected]
    assert len(process.instructions.filters) == 2
    assert process.instructions.document_root_name == "Scan"


def test_elements_in_any_order_are_read_and_told() -> None:
    text = GOOD.decode()
    start, end = text.index("<PostScanInstructions>"), text.index("</PostScanProcess>")
    moved = text[:start].replace("<ScanRepository>", text[start:end] + "<ScanRepository>") + text[end:]
    process, told = read(moved.encode())
    assert process == read(GOOD)[0]
    assert told == ["element-order PostScanProcess/ScanRepository", "element-order PostScanProcess/ScanTicket"]


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("<ScanRepository>dsm1.contoso.example</ScanRepository>", "", "ScanRepository"),
        (TICKET, "", "ScanTicket"),
        ("<DocumentRootName>Scan</DocumentRootName>", "", "DocumentRootName"),
        ("FiltersToProcess>", "FiltersForNobody>", "FiltersToProcess"),
        ("Filter>", "Filters>", "Filter"),
        (f"<Dialect>{FSF}</Dialect>", "", "Dialect"),
        ("Instructions><f:", "Instruction><f:", "XML"),
        ("f:FileShareConfig", "f:Config", "FileShareConfig"),
        ("<DocumentRootName>", "<ContinueOnError>perhaps</ContinueOnError><DocumentRootName>", "ContinueOnError"),
        ("true</e:SendToScanUser>", "joe</e:SendToScanUser>", "SendToScanUser"),
        ('CanAddAddresses="true"', 'CanAddAddresses="you"', "CanAddAddresses"),
        (f'xmlns="{PSP}"', 'xmlns="urn:other"', "PostScanProcess of urn:other, not psp"),
        ("PostScanProcess", "PreScanProcess", "PreScanProcess"),
    ],
)
def test_what_cannot_be_understood_is_an_error_that_names_it(old: str, new: str, named: str) -> None:
    # The law: [psp/scan-process/post-scan-instructions] [psp/scan-process/filters-to-process]
    assert old in GOOD.decode()
    assert named in refusal(GOOD.decode().replace(old, new).encode())


def test_a_scan_process_longer_than_the_directory_takes_is_refused() -> None:
    # The law: [adds/schema/psp-string]
    assert "more than the" in refusal(GOOD + b" " * MAX_BYTES)


# Writing


def test_a_scan_process_is_written_with_the_prefixes_of_the_documents_on_one_line() -> None:
    written = write_scan_process(read(GOOD)[0])
    assert b"\n" not in written and b"ns0" not in written
    for piece in (
        b"<psp:PostScanProcess ",
        b"<psp:ScanTicket>",
        b"<psp:PostScanInstructions><psp:DocumentRootName>Scan</psp:DocumentRootName>",
        b"<fsf:FileShareConfig ",
        b"<emlf:EmailConfig ",
    ):
        assert piece in written


@settings(max_examples=100, deadline=None)
@given(SCAN_PROCESSES)
def test_a_scan_process_that_we_write_is_valid_and_comes_back(process: ScanProcess) -> None:
    # The law: [psp/scan-process/children] [psp/wire/scan-ticket-namespace] [psp/wire/email-namespace]
    # The law: [psp/wire/file-share-namespace] [psp/wire/share-point-namespace]
    written = write_scan_process(process)
    again, told = read(written)
    assert again == process
    assert told == []
    # The strict wildcards admit no element of a vendor.
    found = violations(etree.fromstring(written))
    assert [each for each in found if "No matching global element declaration" not in each] == []
    assert write_scan_process(again) == written


def test_the_namespaces_are_those_of_the_published_schemas(reference: Path) -> None:
    """[psp/wire/namespace] [psp/wire/email-namespace] [psp/wire/file-share-namespace]
    [psp/wire/share-point-namespace] [psp/wire/extension-namespace] [psp/wire/scan-ticket-namespace]
    [dsc/wire/namespace]"""
    for ours, file in (
        (constants.PSP, "psp"),
        (constants.EMLF, "emlf"),
        (constants.FSF, "fsf"),
        (constants.SPF, "spf"),
        (constants.SPX, "spx"),
        (constants.DSC, "dsc"),
        (WSCN, "wscn-ticket"),
    ):
        assert etree.parse(reference / "xsd" / f"{file}.xsd").getroot().get("targetNamespace") == ours


def test_the_flags_are_written_behind_the_last_documented_child() -> None:
    # The law: [psp/scan-process/place-of-the-flags] [notes/silent/spx-elements]
    process, _ = read(scan_process_xml(behind=flag("FileName") + flag("FilePath")))
    root = etree.fromstring(write_scan_process(process))
    assert [str(child.tag) for child in root][3:] == [
        f"{{{SPX}}}AllowDeviceFileNameChange",
        f"{{{SPX}}}AllowDeviceFilePathChange",
    ]
    assert violations(root) == []


def test_canonical_xml_of_what_was_kept_is_the_same_bytes() -> None:
    process, _ = read(scan_process_xml(instructions_xml(filter_xml("urn:burner", INSTRUCTIONS))))
    (burner,) = process.instructions.filters
    assert isinstance(burner, UnknownFilter)
    assert canonical(etree.fromstring(burner.xml)) == burner.xml
