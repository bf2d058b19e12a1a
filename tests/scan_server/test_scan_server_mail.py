"""The e-mail filter against a real SMTP server: what arrives, and what is told when it does not."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from datetime import date
from pathlib import Path

import pytest
from delivery_bench import IMAGES, run_delivery
from mail_bench import (
    Mailbox,
    attachments,
    delivery_file,
    email_filter,
    lab_tls,
    listening,
    mail_section,
    mail_server,
)
from real_servers import PASSWORD
from scan_server_bench import IMAGE, Caller, file_share, instructions, office

from emulator.directory.folder import FolderDirectory
from emulator.scan_server.delivery.settings import load_delivery
from emulator.scan_server.server import ScanServer

LOGIN = 'user = "scanner"\npassword_file = "password.txt"\nca_file = "ca.pem"'
DONE = ("CompletedSuccessfully", ())
BAD_SERVER = ("CompletedWithErrors", ("InvalidSMTPServer",))
NOT_SENT = ("CompletedWithErrors", ("UnableToSendEmail",))


async def test_a_message_by_starttls_and_login_with_every_document_to_every_address(tmp_path: Path) -> None:
    # The law: [psp/email/one-message-with-the-images] [psp/email/send-to-addresses]
    # The law: [psp/email/send-to-scan-user]
    mailbox = Mailbox()
    tls, _ = lab_tls(tmp_path)
    async with mail_server(mailbox, tls) as port:
        delivery = delivery_file(tmp_path, mail_section(port, LOGIN, "starttls"))
        wanted = email_filter("ann@contoso.example", "archive@fabrikam.example", own=True)
        ended = await run_delivery(tmp_path, delivery, wanted)
    assert (ended.state, ended.only) == ("Completed", DONE)
    ((envelope), (message)) = mailbox.received[0], mailbox.messages[0]
    assert len(mailbox.received) == 1 and mailbox.tls == [True]
    everybody = ["ann@contoso.example", "archive@fabrikam.example", "joe@contoso.example"]
    assert (envelope.mail_from, envelope.rcpt_tos) == ("scanner@contoso.example", everybody)
    assert message["To"] == ", ".join(everybody) and message["From"] == "scanner@contoso.example"
    day = f"{date.today():%Y-%m-%d}"  # noqa: DTZ011 - the day on the wall
    assert attachments(message) == [
        (f"Invoice_{day}_0001.jpg", "image/jpeg", IMAGES[0]),
        (f"Invoice_{day}_0002.jpg", "image/jpeg", IMAGES[1]),
    ]
    assert message["Subject"] == "Invoice (2 documents)" and message["Date"] and message["Message-ID"]
    assert message["Auto-Submitted"] == "auto-generated"
    assert ended.stored == [], "what is delivered is not kept as unfinished"
    assert [(each.target, each.documents) for each in ended.deliveries] == [(each, (1, 2)) for each in everybody]


async def test_tls_from_the_start(tmp_path: Path) -> None:
    from aiosmtpd.smtp import SMTP

    mailbox = Mailbox()
    tls, _ = lab_tls(tmp_path)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mailbox), "127.0.0.1", 0, ssl=tls)
    async with server:
        port = server.sockets[0].getsockname()[1]
        delivery = delivery_file(tmp_path, mail_section(port, 'ca_file = "ca.pem"', "implicit"))
        ended = await run_delivery(tmp_path, delivery, email_filter("ann@contoso.example"))
    assert ended.only == DONE
    assert [octets for _, _, octets in attachments(mailbox.messages[0])] == IMAGES


async def test_names_and_addresses_beyond_ascii_and_lines_that_begin_with_a_dot(tmp_path: Path) -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        delivery = delivery_file(tmp_path, mail_section(port))
        wanted = email_filter("jürgen@contoso.example", "ann@bücher.example")
        ended = await run_delivery(tmp_path, delivery, wanted, name=".Übersicht №1", images=[b".\r\n..\r\n.\r\n"])
    assert ended.only == DONE
    assert mailbox.received[0].rcpt_tos == ["jürgen@contoso.example", "ann@xn--bcher-kva.example"]
    ((name, _, octets),) = attachments(mailbox.messages[0])
    assert re.fullmatch(r"_Übersicht №1_[\d-]{10}_0001\.jpg", name)
    assert octets == b".\r\n..\r\n.\r\n"
    assert mailbox.messages[0]["Subject"] == ".Übersicht №1 (1 document)"


async def test_some_recipients_are_refused_the_others_have_the_message(tmp_path: Path) -> None:
    mailbox = Mailbox(refused={"gone@contoso.example": "550 5.1.1 no such user here"})
    async with mail_server(mailbox) as port:
        delivery = delivery_file(tmp_path, mail_section(port))
        wanted = email_filter("ann@contoso.example", "gone@contoso.example")
        ended = await run_delivery(tmp_path, delivery, wanted, file_share(r"\\f\s"), go_on="true")
    assert ended.filters == [
        ("email", "CompletedWithErrors", ("UnableToSendEmail",)),
        ("fileshare", "CompletedSuccessfully", ()),
    ]
    assert mailbox.received[0].rcpt_tos == ["ann@contoso.example"]
    told = {each.target: (each.documents, each.detail) for each in ended.deliveries}
    assert told["ann@contoso.example"] == ((1, 2), "")
    assert told["gone@contoso.example"] == ((), "refused: 550 5.1.1 no such user here")


async def test_a_filter_that_fails_stops_the_job_and_its_images_are_kept(tmp_path: Path) -> None:
    # The law: [dsp/job-transition/stopped-at-an-error]
    mailbox = Mailbox(refused={"gone@contoso.example": "550 no"})
    async with mail_server(mailbox) as port:
        delivery = delivery_file(tmp_path, mail_section(port))
        ended = await run_delivery(tmp_path, delivery, email_filter("gone@contoso.example"), file_share(r"\\f\s"))
    assert ended.state == "Aborted"
    assert ended.filters == [("email", *NOT_SENT), ("fileshare", "Canceled", ())]
    assert mailbox.received == []
    assert sorted(path.read_bytes() for path in ended.stored) == IMAGES
    assert {"unfinished" in path.parts for path in ended.stored} == {True}


@pytest.mark.parametrize(
    ("mailbox", "options", "detail"),
    [
        (Mailbox(answer="552 5.2.2 mailbox full"), {}, "refuses the message: 552 5.2.2 mailbox full"),
        (Mailbox(answer="452 4.3.1 no space left"), {}, "refuses the message: 452 4.3.1 no space left"),
        (Mailbox(answer="554 5.7.1 spam"), {}, "refuses the message: 554"),
        (Mailbox(), {"data_size_limit": 5000}, "takes messages of 5000 octets at most; this one has"),
        (Mailbox(silence=60), {}, "does not go on for 0.5 s (after the message, which it may have taken)"),
    ],
    ids=["full", "full for now", "refused", "size", "stalls"],
)
async def test_a_server_that_does_not_take_the_message(
    tmp_path: Path, mailbox: Mailbox, options: dict[str, int], detail: str
) -> None:
    # The law: [dsp/filter-state-reason/unable-to-send-email]
    async with mail_server(mailbox, **options) as port:
        delivery = delivery_file(tmp_path, mail_section(port, "timeout = 0.5"))
        begun = time.monotonic()
        ended = await run_delivery(tmp_path, delivery, email_filter("ann@contoso.example"))
    assert (ended.state, ended.only) == ("Aborted", NOT_SENT)
    assert detail in ended.deliveries[0].detail
    assert mailbox.received == [] and time.monotonic() - begun < 15


async def test_a_temporary_refusal_is_tried_again_and_the_message_comes_once(tmp_path: Path) -> None:
    mailbox = Mailbox(answers=["451 4.7.1 come back later"])
    async with mail_server(mailbox) as port:
        delivery = delivery_file(tmp_path, mail_section(port))
        ended = await run_delivery(tmp_path, delivery, email_filter("ann@contoso.example"))
    assert ended.only == DONE
    assert len(mailbox.received) == 1


async def test_an_answer_that_is_lost_after_the_message_is_not_tried_again(tmp_path: Path) -> None:
    mailbox = Mailbox(silence=60)
    taken = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Takes the message, and goes without a word."""
        nonlocal taken
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            if line.upper().startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                taken += 1
                break
            writer.write(b"250 OK\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 20)
    async with server:
        port = server.sockets[0].getsockname()[1]
        delivery = delivery_file(tmp_path, mail_section(port))
        ended = await run_delivery(tmp_path, delivery, email_filter("ann@contoso.example"))
    assert ended.only == NOT_SENT
    assert "after the message, which it may have taken" in ended.deliveries[0].detail
    assert taken == 1
    assert mailbox.received == []


class Silent(asyncio.Protocol):
    """Takes connections and says nothing."""


class Http(asyncio.Protocol):
    """Speaks something else."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        transport.close()


class Endless(asyncio.Protocol):
    """Has a greeting of many lines."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"220-more\r\n" * 200_000)


@pytest.mark.parametrize(
    ("protocol", "detail"),
    [
        (Silent, "does not go on for 0.5 s"),
        (Http, "its greeting: "),
        (Endless, "its replies are longer than 1048576 octets"),
    ],
    ids=["silent", "no SMTP", "endless"],
)
async def test_what_is_no_mail_server(tmp_path: Path, protocol: type[asyncio.Protocol], detail: str) -> None:
    async with listening(protocol) as port:
        delivery = delivery_file(tmp_path, mail_section(port, "timeout = 0.5"))
        ended = await run_delivery(tmp_path, delivery, email_filter("ann@contoso.example"))
    assert ended.only == BAD_SERVER
    assert detail in ended.deliveries[0].detail


async def test_a_server_that_is_not_there(tmp_path: Path, unused_tcp_port: int) -> None:
    # The law: [dsp/filter-state-reason/invalid-smtp-server]
    delivery = delivery_file(tmp_path, mail_section(unused_tcp_port))
    ended = await run_delivery(tmp_path, delivery, email_filter("ann@contoso.example"))
    assert ended.only == BAD_SERVER
    assert "cannot be reached: Connection refused" in ended.deliveries[0].detail


@pytest.mark.parametrize(
    ("with_tls", "section", "detail"),
    [
        (False, "", "offers no STARTTLS"),
        (True, 'ca_file = "other.pem"', "its certificate is not trusted"),
        (True, LOGIN.replace("scanner", "somebody"), "refuses the login of somebody (535)"),
    ],
    ids=["no STARTTLS", "another CA", "wrong login"],
)
async def test_a_server_that_is_not_sent_to(tmp_path: Path, with_tls: bool, section: str, detail: str) -> None:
    mailbox = Mailbox()
    (tmp_path / "other").mkdir()
    _, other = lab_tls(tmp_path / "other")
    (tmp_path / "other.pem").write_bytes(other.read_bytes())
    tls, _ = lab_tls(tmp_path)
    async with mail_server(mailbox, tls if with_tls else None) as port:
        delivery = delivery_file(tmp_path, mail_section(port, section, "starttls"))
        ended = await run_delivery(tmp_path, delivery, email_filter("ann@contoso.example"))
    assert ended.only == BAD_SERVER
    assert detail in ended.deliveries[0].detail
    assert mailbox.received == []


@pytest.mark.parametrize(
    ("wanted", "outcome", "detail"),
    [
        (email_filter(), ("CompletedWithErrors", ("InvalidArgs",)), "sends to nobody"),
        (email_filter("no address"), ("CompletedWithErrors", ("InvalidArgs",)), "is no e-mail address"),
        (email_filter("a@b.example", own=True), BAD_SERVER, "no mail server is known"),
    ],
    ids=["nobody", "no address", "no [mail]"],
)
async def test_instructions_that_cannot_be_followed(
    tmp_path: Path, wanted: str, outcome: tuple[str, tuple[str, ...]], detail: str
) -> None:
    # The law: [dsp/filter-state-reason/invalid-args]
    ended = await run_delivery(tmp_path, None, wanted)
    assert ended.only == outcome
    assert detail in ended.deliveries[0].detail


async def test_jobs_do_not_wait_for_a_mail_server_that_stalls(tmp_path: Path) -> None:
    content = instructions(email_filter("ann@contoso.example"))
    directory = FolderDirectory(office(tmp_path / "office", content))
    async with mail_server(Mailbox(silence=60)) as port:
        settings = load_delivery(delivery_file(tmp_path, mail_section(port)))
        async with ScanServer(store=tmp_path / "store", directory=directory, delivery=settings) as server:
            caller = Caller(server.service_url)

            async def up_to_the_mail() -> str:
                token = await caller.job(content)
                assert (await caller.send(token)).status == 200
                await caller.with_token("EndPostScanJob", token)
                return token

            # More than the loop has threads of its own.
            stalled = [await up_to_the_mail() for _ in range(12)]
            begun = time.monotonic()
            stalled.append(await up_to_the_mail())
            assert time.monotonic() - begun < 30
            for token in stalled:
                assert (await caller.elements(token)).text("//dsp:JobState") == "Processing"


async def test_a_cancelled_job_leaves_the_mail_server_without_a_message(tmp_path: Path) -> None:
    # The law: [bdsrr/3.2.4.2/running-filters-stopped]
    mailbox = Mailbox(silence=60)
    content = instructions(email_filter("ann@contoso.example"))
    directory = FolderDirectory(office(tmp_path / "office", content))
    async with mail_server(mailbox) as port:
        settings = load_delivery(delivery_file(tmp_path, mail_section(port)))
        async with ScanServer(store=tmp_path / "store", directory=directory, delivery=settings) as server:
            caller = Caller(server.service_url)
            token = await caller.job(content)
            await caller.send(token)
            await caller.with_token("EndPostScanJob", token)
            await asyncio.sleep(0.3)
            begun = time.monotonic()
            assert (await caller.with_token("CancelPostScanJob", token)).status == 200
            status = await caller.ended(token)
            assert status.text("//dsp:JobState") == "Canceled"
        assert time.monotonic() - begun < 30, "the server stops without waiting for the mail server"
    assert mailbox.received == []
    assert (tmp_path / "store" / "unfinished" / token / "0001.jpg").read_bytes() == IMAGE


async def test_no_log_and_no_result_has_the_password(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    mailbox = Mailbox()
    tls, _ = lab_tls(tmp_path)
    async with mail_server(mailbox, tls) as port:
        delivery = delivery_file(tmp_path, mail_section(port, LOGIN, "starttls"))
        settings = load_delivery(delivery)
        ended = await run_delivery(tmp_path, delivery, email_filter("ann@contoso.example"))
    assert ended.only == DONE
    told = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("mail."))
    for text in (told, repr(settings), str(settings), repr(ended)):
        assert PASSWORD not in text
