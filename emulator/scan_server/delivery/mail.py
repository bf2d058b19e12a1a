"""The e-mail filter: one message with all documents to all addresses (EmailConfig page)."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from emulator.dsm.device_choices import is_mail_address
from emulator.dsm.scan_process import EmailFilter
from emulator.dsm.states import FilterStateReason
from emulator.faults.delivery_script import PlaceKind
from emulator.scan_server.delivery.folder_place import FolderPlace
from emulator.scan_server.delivery.handing import Handing
from emulator.scan_server.delivery.mail_message import Attachment, MailMessage
from emulator.scan_server.delivery.numbers import NumberedNames
from emulator.scan_server.delivery.outcome import Delivery, DeliveryFailed, Stopped, own_detail, own_reason
from emulator.scan_server.delivery.settings import MailSettings
from emulator.scan_server.delivery.smtp import send_message
from emulator.scan_server.files import copy_file
from emulator.scan_server.jobs import Job
from emulator.scan_server.naming import document_stem, extension
from emulator.scan_server.points import AskDelivery

_DIALECT = EmailFilter.dialect


def run_email(
    wanted: EmailFilter, job: Job, settings: MailSettings | None, ask: AskDelivery | None = None
) -> list[Delivery]:
    """Send; what became of it for each address. Blocks; for a thread. `ask`: whoever handles DELIVERY."""
    found: list[Delivery] = []
    addresses: list[str] = []
    for address in dict.fromkeys(each.strip() for each in wanted.addresses):
        if is_mail_address(address):
            addresses.append(address)
        else:
            found.append(_lost(address, FilterStateReason.INVALID_ARGS, "is no e-mail address (name@domain)"))
    if not (wanted.addresses or wanted.send_to_scan_user):
        return [_lost("", FilterStateReason.INVALID_ARGS, "the e-mail filter sends to nobody")]
    own = job.user.mail.strip() if wanted.send_to_scan_user else ""
    if settings is None:
        everybody = addresses + [own or job.user.principal] * bool(wanted.send_to_scan_user)
        detail = "no mail server is known: the delivery file (--delivery) has no [mail]"
        return found + [
            _lost(each, FilterStateReason.INVALID_SMTP_SERVER, detail) for each in dict.fromkeys(everybody)
        ]
    if is_mail_address(own):
        addresses = list(dict.fromkeys((*addresses, own)))
    elif wanted.send_to_scan_user:
        detail = "the directory has no e-mail address of this user"
        found.append(_lost(job.user.principal, FilterStateReason.UNABLE_TO_SEND_EMAIL, detail))
    if not addresses:
        return found
    if not job.documents:
        return found
    encoded = {_encoded(address): address for address in addresses}
    with contextlib.ExitStack() as closing:
        handing = closing.enter_context(Handing(job, "", ask))
        try:
            attachments = _attachments(handing, closing)
            message = _message(job, settings, list(encoded), attachments)
            refused = send_message(settings, message, list(encoded), job.stop)
        except DeliveryFailed as error:
            return found + [_lost(each, error.reason, str(error)) for each in addresses]
        except Stopped as error:
            return found + [_lost(each, FilterStateReason.UNKNOWN_ERROR, str(error)) for each in addresses]
        except OSError as error:  # of a document's own file
            return found + [_lost(each, own_reason(error), own_detail(error)) for each in addresses]
    for sent, address in encoded.items():
        if sent in refused:
            found.append(_lost(address, FilterStateReason.UNABLE_TO_SEND_EMAIL, f"refused: {refused[sent]}"))
        else:
            found.append(replace(handing.done(_DIALECT), target=address))
    return found


def _lost(target: str, reason: FilterStateReason, detail: str) -> Delivery:
    return Delivery(_DIALECT, target, reason=reason, detail=detail)


def _attachments(handing: Handing, closing: contextlib.ExitStack) -> list[Attachment]:
    """Named as the files of the other filters are, numbered from 1. `closing`: ends what altered ones lie in."""
    job = handing.job
    names = NumberedNames(document_stem(job.instructions.document_root_name, datetime.now().astimezone().date()), 0)
    if handing.ask is None:
        found = []
        for each in job.documents_in_order():
            found.append(Attachment(names.next(extension(each.format)), each.file.path, each.file.size))
            handing.places[each.document_id] = found[-1].name
        return found
    folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="dsm-emulator-mail-")))
    place = closing.enter_context(MailPlace(folder))
    for document in job.documents_in_order():
        name = partial(names.next, extension(document.format))
        handing.hand(document, place, name, partial(place.put, document.file.path))
    place.close_all()
    return [Attachment(name, folder / name, (folder / name).stat().st_size) for name in place.names]


class MailPlace(FolderPlace):
    """A throw-away folder, whose files become the attachments."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, PlaceKind.MAIL)

    def place(self, name: str) -> str:
        """See TargetPlace."""
        return name

    def put(self, path: Path, name: Callable[[], str]) -> str:
        """Take a document as it is."""
        taken = name()
        copy_file(path, self.folder / taken)
        self.names.setdefault(taken)
        return taken


def _message(job: Job, settings: MailSettings, recipients: list[str], attachments: list[Attachment]) -> MailMessage:
    count = f"{len(attachments)} document{'' if len(attachments) == 1 else 's'}"
    by = job.user.display_name or job.user.name
    text = f"{count}, scanned by {by} ({job.user.principal}) with {job.process.display_name}:\n\n"
    text += "".join(f"  {each.name}  {each.size} bytes\n" for each in attachments)
    try:
        return MailMessage(
            sender=settings.sender,
            recipients=recipients,
            subject=_printable(f"{job.instructions.document_root_name.strip()} ({count})"),
            text=_printable(text),
            date=datetime.now().astimezone(),
            attachments=attachments,
        )
    except ValueError as error:
        raise DeliveryFailed(FilterStateReason.UNABLE_TO_SEND_EMAIL, f"no message can be made: {error}") from None


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else "_" for c in text)


def _encoded(address: str) -> str:
    """Return the address with the domain in its ASCII form, which every server takes (RFC 5891)."""
    name, _, domain = address.rpartition("@")
    try:
        return f"{name}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return address
