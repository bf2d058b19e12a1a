"""A real SMTP server (aiosmtpd) in a process of its own, which keeps each message in a maildir."""

from __future__ import annotations

import contextlib
import email
import email.policy
import mailbox
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path


@contextlib.contextmanager
def mail_process(folder: Path) -> Iterator[int]:
    """The server on a free loopback port, which is given; ended afterwards. `folder`: the maildir."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = int(sock.getsockname()[1])
    command = ["-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Mailbox", str(folder)]
    process = subprocess.Popen(
        [sys.executable, *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            assert process.poll() is None, "aiosmtpd did not start"
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def messages(folder: Path) -> list[EmailMessage]:
    """What has arrived, with X-MailFrom and X-RcptTo of the envelope."""
    box = mailbox.Maildir(folder, create=False)
    return [email.message_from_bytes(box.get_bytes(key), policy=email.policy.default) for key in sorted(box.keys())]
