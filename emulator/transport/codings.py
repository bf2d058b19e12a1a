"""Codings of a request's body that are not read (RFC 9110, section 8.4; RFC 9112, section 6.1)."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.transport.http import OutgoingResponse

_TEXT = ("Content-Type", "text/plain; charset=utf-8")


def refused_coding(headers: Mapping[str, str]) -> OutgoingResponse | None:
    """The answer to a request whose body is coded: 415 to a content coding, with what is taken (RFC 9110, 15.5.16),
    and 501 to a transfer coding beside chunked (RFC 9112, 6.1). None where the octets are as they are meant.

    `headers`: names in lower case, values of doubled ones joined by commas.
    """
    transfer = [each for each in _listed(headers.get("transfer-encoding", "")) if each != "chunked"]
    if transfer:
        return _refusal(
            501, f"The transfer coding {', '.join(transfer)[:80]} is not understood; send chunked alone."
        )
    content = [each for each in _listed(headers.get("content-encoding", "")) if each != "identity"]
    if content:
        text = f"The content coding {', '.join(content)[:80]} is not understood; send the body as it is."
        return _refusal(415, text, ("Accept-Encoding", "identity"))
    return None


def _listed(value: str) -> list[str]:
    return [each.strip().lower() for each in value.split(",") if each.strip()]


def _refusal(status: int, text: str, *headers: tuple[str, str]) -> OutgoingResponse:
    return OutgoingResponse(status, f"{text}\n".encode(errors="replace"), (_TEXT, *headers), close=True)
