"""Mutants of a server that sends every answer as a package, as it may, and makes one of them otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mutant import Handle, Http, Mutant

from emulator.transport.http import IncomingRequest, OutgoingResponse

PACKAGES = ("mtom/*", "wsdapi/mtom/*", "soap/*", "notes/*", "*")


@dataclass(frozen=True)
class Packed:
    """How an answer is packed."""

    content_type: str = (
        'multipart/related; type="application/xop+xml"; boundary=answers; start="<root@server>"; '
        'start-info="application/soap+xml"'
    )
    root: tuple[bytes, ...] = (
        b'Content-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"',
        b"Content-Transfer-Encoding: binary",
        b"Content-ID: <root@server>",
    )
    before: bytes = b""
    """A part before the root."""
    line: bytes = b"\r\n"

    def octets(self, envelope: bytes) -> bytes:
        """An envelope in it."""
        lines = self.line.join(self.root)
        boundary = self.content_type.partition("boundary=")[2].partition(";")[0].encode()
        delimiter = b"--" + boundary
        return b"".join(
            (
                delimiter + b"\r\n" + self.before + b"\r\n" if self.before else b"",
                *(delimiter, b"\r\n", lines, self.line, self.line, envelope),
                *(b"\r\n", delimiter, b"--\r\n"),
            )
        )


def answers_packed(packed: Packed) -> Http:
    """Envelopes go out so, whatever they answer."""

    async def http(request: IncomingRequest, inner: Handle) -> OutgoingResponse:
        answer = await inner(request)
        if not isinstance(answer.body, bytes) or b"Envelope" not in answer.body[:200]:
            return answer
        kept = tuple((name, value) for name, value in answer.headers if name.lower() != "content-type")
        return replace(
            answer, body=packed.octets(answer.body), headers=(*kept, ("Content-Type", packed.content_type))
        )

    return http


RIGHT = Packed()


def _type(before: str, after: str) -> Packed:
    assert before in RIGHT.content_type
    return replace(RIGHT, content_type=RIGHT.content_type.replace(before, after))


def _root(before: bytes, after: bytes) -> Packed:
    assert any(before in each for each in RIGHT.root)
    return replace(RIGHT, root=tuple(each.replace(before, after) for each in RIGHT.root))


def _packed(id: str, does: str, packed: Packed) -> Mutant:
    return Mutant(id, does, http=answers_packed(packed), also=PACKAGES)


_BEFORE = replace(RIGHT, before=b"Content-Type: text/plain\r\n\r\nnot the root")

MUTANTS = (
    _packed("mtom/outer/multipart-related", "mixed", _type("multipart/related", "multipart/mixed")),
    _packed("mtom/outer/type", "text/xml", _type('type="application/xop+xml"', 'type="text/xml"')),
    _packed("mtom/outer/boundary", "80 characters", _type("boundary=answers", f"boundary={'a' * 80}")),
    _packed("mtom/outer/start", "of nobody", _type("<root@server>", "<nobody@server>")),
    _packed(
        "mtom/outer/start-info", "text/xml", _type('start-info="application/soap+xml"', 'start-info="text/xml"')
    ),
    _packed("mtom/root/first", "behind another part", _BEFORE),
    _packed("wsdapi/mtom/root-first-and-binary", "behind another part", _BEFORE),
    _packed("mtom/root/content-type", "text/xml", _root(b"application/xop+xml", b"text/xml")),
    _packed("mtom/root/content-id", "without brackets", _root(b"<root@server>", b"root@server")),
    _packed("mtom/root/transfer-encoding", "base64 told", _root(b"binary", b"base64")),
    _packed("mtom/delimiter/lines-end-cr-lf", "LF alone", replace(RIGHT, line=b"\n")),
)
