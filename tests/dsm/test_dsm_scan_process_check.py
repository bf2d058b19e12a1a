"""What `scan-processes validate` says of a scan process: wrong, or valid and yet of no use."""

from __future__ import annotations

import pytest
from dsm_values import (
    EMLF,
    FSF,
    MAIL,
    SCAN_PROCESSES,
    SHARE,
    SITE,
    SPF,
    filter_xml,
    instructions_xml,
    scan_process_xml,
)
from hypothesis import given, settings

from emulator.dsm.scan_process import ScanProcess
from emulator.dsm.scan_process_check import problems
from emulator.dsm.scan_process_xml import write_scan_process

GOOD = scan_process_xml(
    instructions_xml(filter_xml(FSF, SHARE) + filter_xml(SPF, SITE) + filter_xml(EMLF, MAIL.format("")))
).decode()


def test_nothing_is_said_of_a_good_scan_process() -> None:
    assert problems(GOOD.encode()) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        # valid, and of no use
        ("dsm1.contoso.example", "https://dsm1:5362", "ScanRepository 'https://dsm1:5362' is no host name"),
        ("dsm1.contoso.example", "", "ScanRepository '' is no host name"),
        (">Scan<", "><", "DocumentRootName '' is no file name"),
        (">Scan<", ">a/b<", "DocumentRootName 'a/b' is no file name"),
        ("\\\\srv\\scans", "c:\\scans", r"ShareUNC 'c:\\scans' is no UNC path"),
        ("\\\\srv\\scans", "\\\\srv", r"ShareUNC '\\\\srv' is no UNC path"),
        ("<f:FileShares><f:ShareUNC>\\\\srv\\scans</f:ShareUNC></f:FileShares>", "", "names no ShareUNC"),
        ("joe@contoso.example", "joe", "EmailAddress 'joe' is no address"),
        ("joe@contoso.example", "joe @x", "EmailAddress 'joe @x' is no address"),
        ("https://portal", "ftp://portal", "is no http or https URL"),
        # not valid
        ("<ScanTicket>", "<ScanTicket><w:New/>", "element-unknown at"),
        ("<f:ShareUNC>", "<f:Folder/><f:ShareUNC>", "schema: Element"),
        (f"<Dialect>{FSF}", f"<Dialect> {FSF}", "white-space at"),
        # not to be understood
        ("ScanRepository>", "Repository>", "ScanRepository: missing"),
        ("</PostScanProcess>", "", "not well-formed XML"),
    ],
)
def test_one_line_says_what_is_wrong(old: str, new: str, says: str) -> None:
    assert old in GOOD
    found = problems(GOOD.replace(old, new).encode())
    assert any(says in each for each in found), found
    assert all(each and "\n" not in each for each in found)


def test_a_mail_filter_that_sends_to_nobody_is_told() -> None:
    nobody = "<e:EmailConfig><e:SendToScanUser>false</e:SendToScanUser></e:EmailConfig>"
    assert problems(scan_process_xml(instructions_xml(filter_xml(EMLF, nobody)))) == ["EmailConfig sends to nobody"]
    user = nobody.replace("false", "true")
    assert problems(scan_process_xml(instructions_xml(filter_xml(EMLF, user)))) == []


def test_a_share_point_filter_that_saves_nowhere_is_told() -> None:
    nowhere = "<s:SharePointConfig/>"
    found = problems(scan_process_xml(instructions_xml(filter_xml(SPF, nowhere))))
    assert found == ["SharePointConfig saves nowhere"]


def test_a_scan_process_without_a_known_filter_is_told_to_be_aborted() -> None:
    found = problems(scan_process_xml(instructions_xml(filter_xml("urn:burner", "<v:Burn/>"))))
    assert len(found) == 2
    assert "'urn:burner' is none of the three" in found[0]
    assert "NoValidPostScanInstructionsFound" in found[1]
    both = problems(
        scan_process_xml(instructions_xml(filter_xml("urn:burner", "<v:Burn/>") + filter_xml(FSF, SHARE)))
    )
    assert len(both) == 1


def test_vendor_elements_are_not_held_against_a_scan_process() -> None:
    assert problems(scan_process_xml(behind="<v:Own/>")) == []


def test_values_of_several_lines_are_told_in_one() -> None:
    data = GOOD.replace("<ScanTicket>", "one\ntwo<ScanTicket>").replace("joe@contoso.example", "\n\nx" * 100)
    found = problems(data.encode())
    assert len(found) >= 3
    assert all("\n" not in each for each in found)


def test_a_scan_process_too_long_for_the_directory_is_told() -> None:
    found = problems(
        GOOD.replace("</PostScanProcess>", f"<v:Own>{'x' * 524288}</v:Own></PostScanProcess>").encode()
    )
    assert found == ["too long for the directory: msImaging-PSPString takes 524288 characters"]


@settings(max_examples=60, deadline=None)
@given(SCAN_PROCESSES)
def test_what_we_write_is_never_called_wrong(process: ScanProcess) -> None:
    """There may be doubts about a scan process made up at random, but none about its form."""
    found = problems(write_scan_process(process))
    assert [each for each in found if each.startswith("schema:") or " at PostScanProcess" in each] == []
