"""SendImage in all forms that a client may write it in: MIME, XOP, HTTP."""

from __future__ import annotations

import base64

from emulator.conformance import requests
from emulator.conformance.check import check
from emulator.conformance.expect import expect, require
from emulator.conformance.http_octets import LAST_CHUNK, chunk, head
from emulator.conformance.mime import BOUNDARY, IMAGE_ID, PACKAGE_TYPE, ROOT_ID, Part, packed
from emulator.conformance.names import DSP
from emulator.conformance.packaging import image_envelope, image_parts, require_taken
from emulator.conformance.peer import Job, ScanServerPeer


async def _sent(peer: ScanServerPeer, job: Job, octets: bytes, content_type: str = PACKAGE_TYPE) -> None:
    """The image is taken, and counted."""
    answer = await peer.speaker.send(
        peer.service, octets, operation="SendImage", content_type=content_type, wrong=True
    )
    await require_taken(peer, job, answer)


@check("mtom/outer/start-absent")
async def no_start(peer: ScanServerPeer) -> None:
    """The first part is the root of a package without the parameter start."""
    job, octets = await image_envelope(peer)
    content_type = PACKAGE_TYPE.replace(f'; start="<{ROOT_ID}>"', "")
    await _sent(peer, job, packed(image_parts(octets, peer.next_page())), content_type)


@check("mtom/part/header-lines", "mtom/tolerant/header-case")
async def header_case(peer: ScanServerPeer) -> None:
    """The names of part headers are read whatever the case of their letters."""
    job, octets = await image_envelope(peer)
    root, image = image_parts(octets, peer.next_page())
    upper = [
        Part(tuple((name.upper(), value) for name, value in each.headers), each.data) for each in (root, image)
    ]
    await _sent(peer, job, packed(tuple(upper)))


@check("mtom/include/percent-encoded")
async def percent_encoded(peer: ScanServerPeer) -> None:
    """A cid whose characters are percent-encoded names the part."""
    job, octets = await image_envelope(peer, f"cid:{IMAGE_ID.replace('@', '%40')}")
    await _sent(peer, job, packed(image_parts(octets, peer.next_page())))


@check("mtom/include/inline-base64-accepted")
async def inline_base64(peer: ScanServerPeer) -> None:
    """The image as base64 in the envelope is taken too."""
    job, octets = await image_envelope(peer)
    start, end = octets.index(b"<xop:Include"), octets.index(b"</dsp:ImageData>")
    octets = octets[:start] + base64.b64encode(b"\xff\xd8\xff\xd9" + bytes(300)) + octets[end:]
    await _sent(peer, job, octets, requests.SOAP_TYPE)


@check("mtom/delimiter/not-in-the-data")
async def dashes_in_the_data(peer: ScanServerPeer) -> None:
    """Two dashes and a boundary that is not the package's are data like others."""
    job, octets = await image_envelope(peer)
    image = peer.next_page() + b"\r\n--another-boundary--\r\n-- and dashes"
    await require_taken(peer, job, await peer.send_package(octets, image))


@check("mtom/delimiter/preamble-and-epilogue")
async def preamble_and_epilogue(peer: ScanServerPeer) -> None:
    """Text before the first delimiter and behind the last is passed over."""
    job, octets = await image_envelope(peer)
    package = packed(image_parts(octets, peer.next_page()))
    await _sent(peer, job, b"This is a preamble.\r\n" + package + b"This is an epilogue.\r\n")


@check("mtom/delimiter/form", "mtom/delimiter/close")
async def other_boundary(peer: ScanServerPeer) -> None:
    """A boundary of other characters, and blanks behind a delimiter, are read."""
    job, octets = await image_envelope(peer)
    boundary = "=_odd+boundary.'1'?"
    content_type = PACKAGE_TYPE.replace(BOUNDARY, boundary)
    await _sent(peer, job, packed(image_parts(octets, peer.next_page()), boundary), content_type)


@check("soap/envelope/size-without-attachments")
async def large_image(peer: ScanServerPeer) -> None:
    """An image of more than 32767 octets is taken: the envelope alone counts."""
    job, octets = await image_envelope(peer)
    await require_taken(peer, job, await peer.send_package(octets, peer.next_page() + bytes(100_000)))


@check("mtom/tolerant/semicolon-missing")
async def semicolon_missing(peer: ScanServerPeer) -> None:
    """A Content-Type without ; between its parameters is read."""
    job, octets = await image_envelope(peer)
    content_type = PACKAGE_TYPE.replace(f'"{BOUNDARY}";', f'"{BOUNDARY}"')
    await _sent(peer, job, packed(image_parts(octets, peer.next_page())), content_type)


@check("mtom/tolerant/type-unquoted")
async def type_unquoted(peer: ScanServerPeer) -> None:
    """The parameter type without quotes is read."""
    job, octets = await image_envelope(peer)
    content_type = PACKAGE_TYPE.replace('type="application/xop+xml"', "type=application/xop+xml")
    await _sent(peer, job, packed(image_parts(octets, peer.next_page())), content_type)


@check("mtom/tolerant/startinfo")
async def startinfo(peer: ScanServerPeer) -> None:
    """The parameter startinfo is read for start-info."""
    job, octets = await image_envelope(peer)
    await _sent(
        peer, job, packed(image_parts(octets, peer.next_page())), PACKAGE_TYPE.replace("start-info", "startinfo")
    )


@check("mtom/tolerant/content-id-blanks")
async def content_id_blanks(peer: ScanServerPeer) -> None:
    """Blanks within the angle brackets of a Content-ID are passed over."""
    job, octets = await image_envelope(peer)
    await _sent(peer, job, packed(image_parts(octets, peer.next_page(), f"< {IMAGE_ID} >")))


@check("mtom/tolerant/content-id-without-brackets")
async def content_id_without_brackets(peer: ScanServerPeer) -> None:
    """A Content-ID without angle brackets is read."""
    job, octets = await image_envelope(peer)
    await _sent(peer, job, packed(image_parts(octets, peer.next_page(), IMAGE_ID)))


@check("mtom/tolerant/lf-alone")
async def lf_alone(peer: ScanServerPeer) -> None:
    """Lines of part headers and delimiters that end in LF alone are read."""
    job, octets = await image_envelope(peer)
    root, image = image_parts(octets, peer.next_page())
    pieces = []
    for part in (root, image):
        head = "".join(f"{name}: {value}\n" for name, value in part.headers)
        pieces.append(f"\n--{BOUNDARY}\n{head}\n".encode() + part.data)
    await _sent(peer, job, b"".join(pieces)[1:] + f"\n--{BOUNDARY}--\n".encode())


@check("notes/c-31/mime-header-of-the-examples-read")
async def as_printed(peer: ScanServerPeer) -> None:
    """The MIME headers that are printed are read: no ;, startinfo, a blank before > in the Content-ID."""
    job, octets = await image_envelope(peer)
    content_type = PACKAGE_TYPE.replace("start-info", "startinfo").replace(f'"{BOUNDARY}";', f'"{BOUNDARY}"')
    await _sent(peer, job, packed(image_parts(octets, peer.next_page(), f"<{IMAGE_ID} >")), content_type)


@check("habits/client/lax-boundary")
async def lax_boundary(peer: ScanServerPeer) -> str:
    """A package whose delimiter lacks the CR LF before it is read, or refused with a fault."""
    _, octets = await image_envelope(peer)
    package = packed(image_parts(octets, peer.next_page())).replace(
        f"\r\n--{BOUNDARY}\r\n".encode(), f"--{BOUNDARY}\r\n".encode()
    )
    answer = await peer.speaker.send(
        peer.service, package, operation="SendImage", content_type=PACKAGE_TYPE, wrong=True
    )
    expect(answer).answer("a response or a fault")
    return "it is read" if answer.envelope.fault is None else "it is refused"


@check("soap/http/length-and-chunks")
async def chunked(peer: ScanServerPeer) -> None:
    """A package in chunks is read."""
    job, octets = await image_envelope(peer)
    package = packed(image_parts(octets, peer.next_page()))
    half = len(package) // 2
    chunks = chunk(package[:half]) + chunk(package[half:])
    answer = await peer.speaker.raw(
        peer.service, head(peer.service, "Transfer-Encoding: chunked"), chunks + LAST_CHUNK, operation="SendImage"
    )
    await require_taken(peer, job, answer)


@check("soap/http/expect-100-continue")
async def expect_continue(peer: ScanServerPeer) -> None:
    """Expect: 100-continue is answered."""
    _, octets = await image_envelope(peer)
    package = packed(image_parts(octets, peer.next_page()))
    said = head(peer.service, f"Content-Length: {len(package)}\r\nExpect: 100-continue")
    answer = await peer.speaker.raw(peer.service, said, operation="SendImage")
    require(answer.answered, f"no answer: {answer.error}", "HTTP 100, or the final answer", [answer])


# What is refused


@check("soap/envelope/no-dtd", hostile=True)
async def document_type(peer: ScanServerPeer) -> None:
    """An envelope with a document type declaration is refused: bare, with entities that grow, with an outer one."""
    token = (await peer.open_job()).token
    action = requests.action_of(DSP, "GetPostScanJobElements")
    octets = requests.envelope(peer.service, action, requests.elements(token, ["dsp:JobStatus"]))
    grown = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
    for inner in ("", f'[<!ENTITY e0 "x">{grown}]', '[<!ENTITY e SYSTEM "file:///etc/hostname">]'):
        declared = octets.replace(b"?><soap", f"?><!DOCTYPE soap:Envelope {inner}><soap".encode(), 1)
        if inner:
            name = b"&e8;" if "e8" in inner else b"&e;"
            declared = declared.replace(token.encode(), name)
        answer = await peer.speaker.send(peer.service, declared, operation="GetPostScanJobElements", wrong=True)
        refused = answer.answered and (
            answer.status >= 400 or (answer.told is not None and answer.told.fault is not None)
        )
        require(refused or not answer.answered, "it is read", "it is refused", [answer])
