"""Requests of HTTP as octets, right ones and such as no client sends."""

from __future__ import annotations

from urllib.parse import urlsplit

from emulator.conformance.mime import PACKAGE_TYPE


def head(
    url: str,
    *lines: str,
    content_type: str = PACKAGE_TYPE,
    hosts: int = 1,
    target: str = "",
    keeps: bool = False,
) -> bytes:
    """The head of a POST.

    - `lines`: more header fields.
    - `hosts`: how many Host headers there are.
    - `target`: another one than the path of the URL.
    - `keeps`: the client would go on with the connection.
    """
    parts = urlsplit(url)
    said = [f"POST {target or parts.path} HTTP/1.1", *[f"Host: {parts.netloc}"] * hosts]
    said += [f"Content-Type: {content_type}", *lines, *([] if keeps else ["Connection: close"])]
    return ("\r\n".join(said) + "\r\n\r\n").encode("latin-1")


def chunk(data: bytes, size: str = "") -> bytes:
    """One chunk. `size`: what is told, where that is not so."""
    return f"{size or f'{len(data):x}'}\r\n".encode() + data + b"\r\n"


LAST_CHUNK = b"0\r\n\r\n"
