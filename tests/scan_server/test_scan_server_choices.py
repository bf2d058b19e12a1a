"""A foreign client that sends changed instructions: what the scan process allows is done, all else is the
documented fault."""

from __future__ import annotations

from pathlib import Path

import pytest
from mail_bench import Mailbox, delivery_file, email_filter, mail_section, mail_server
from scan_server_bench import IMAGE, Caller, file_share, images_below, instructions, office

from emulator.directory.folder import FolderDirectory
from emulator.scan_server.delivery.settings import load_delivery
from emulator.scan_server.server import ScanServer

SPX = 'xmlns:spx="http://schemas.microsoft.com/windows/2010/09/imaging/postscan/scanprocess/extensions"'
NAME = f"<spx:AllowDeviceFileNameChange {SPX}>true</spx:AllowDeviceFileNameChange>"
PATH = f"<spx:AllowDeviceFilePathChange {SPX}>true</spx:AllowDeviceFilePathChange>"
SHARE = file_share(r"\\files\In")
STORED = instructions(email_filter("ann@contoso.example"), SHARE)
OPEN = instructions(email_filter("ann@contoso.example", add=True), SHARE)


@pytest.mark.parametrize(
    ("stored", "extensions", "sent", "argument"),
    [
        (STORED, "", instructions(email_filter("ann@contoso.example", "x@y.example"), SHARE), "EmailAddress"),
        (STORED, "", instructions(email_filter("x@y.example"), SHARE), "EmailAddress"),
        (OPEN, "", instructions(email_filter("x@y.example", add=True), SHARE), "EmailAddress"),
        (STORED, "", instructions(email_filter("ann@contoso.example", own=True), SHARE), "SendToScanUser"),
        (STORED, "", instructions(email_filter("ann@contoso.example", add=True), SHARE), "CanAddAddresses"),
        (STORED, PATH, instructions(email_filter("ann@contoso.example"), SHARE, name="Letter"), "DocumentRootName"),
        (STORED, NAME, instructions(email_filter("ann@contoso.example"), file_share(r"\\x\y")), "ShareUNC"),
        (STORED, NAME + PATH, instructions(SHARE), "Filter"),
        (STORED, "", instructions(email_filter("ann@contoso.example"), SHARE, go_on="true"), "ContinueOnError"),
    ],
)
async def test_what_the_scan_process_does_not_allow_is_invalid_args(
    tmp_path: Path, stored: str, extensions: str, sent: str, argument: str
) -> None:
    # The law: [psp/scan-process/filters-of-the-scan-process-only] [psp/change/instructions-as-stored]
    # The law: [psp/change/flags-default-to-false] [psp/email/can-add-addresses-default]
    directory = FolderDirectory(office(tmp_path / "office", stored, extensions=extensions))
    async with ScanServer(store=tmp_path / "store", directory=directory) as server:
        answer = await Caller(server.service_url).create(sent)
    assert answer.status == 400
    code, subcode, detail = answer.fault
    assert (code, subcode) == ("Sender", "InvalidArgs")
    assert f"PostScanInstructions: {argument}" in detail


async def test_what_it_allows_is_done(tmp_path: Path) -> None:
    # The law: [psp/change/document-root-name-accepted] [psp/change/share-unc-accepted]
    # The law: [psp/change/email-addresses]
    sent = instructions(
        email_filter("ann@contoso.example", "bob@contoso.example", add=True),
        file_share(r"\\other\Out\deep"),
        name="Letter",
    )
    directory = FolderDirectory(office(tmp_path / "office", OPEN, extensions=NAME + PATH))
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        settings = load_delivery(delivery_file(tmp_path, mail_section(port)))
        async with ScanServer(store=tmp_path / "store", directory=directory, delivery=settings) as server:
            caller = Caller(server.service_url)
            token = await caller.job(sent)
            await caller.send(token)
            await caller.with_token("EndPostScanJob", token)
            status = await caller.ended(token)
    assert status.text("//dsp:JobStateReason") == "PostScanJobCompletedSuccessfully"
    assert mailbox.received[0].rcpt_tos == ["ann@contoso.example", "bob@contoso.example"]
    (stored,) = images_below(tmp_path / "store")
    assert stored.parent == tmp_path / "store" / "other" / "Out" / "deep" / "joe@contoso.example"
    assert stored.name.startswith("Letter_") and stored.read_bytes() == IMAGE
