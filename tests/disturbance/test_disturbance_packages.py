"""Every alteration of a package, met by peers of another make. A SendImage of ours goes to a scan server made with
gSOAP (which stores what it reads), to Python's http.server (whose octets the e-mail reader takes apart) and to the
embedded server, which is strict; the answer of a device of ours to RetrieveImage goes to zeep and a bare socket."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from disturbed import is_seen
from gsoap_process import GsoapServer
from lxml import etree
from message_bench import IMAGE, IMPATIENT, LIMITS, Bench, Received, plan_of
from PIL import Image

from emulator.faults.alteration import At
from emulator.faults.alterations import alterations_at

READ = "the image"
"""What zeep says where it has the image."""
SILENT = "does not answer"
"""gSOAP waits for octets that were never announced."""
XOP, PNG, JPEG = "application/xop+xml", "image/png", "image/jpeg"
UNKNOWABLE = "only who has the image knows that it is another"
FRAMING = "a package that is not whole is refused whether strict or not, in words of its own"
PART = "there is no part of that name: InvalidArgs says so whether strict or not"

Parts = list[tuple[str, str | None, int]]
"""Media type, Content-ID and length of each part, as Python's e-mail reader has them."""


@dataclass(frozen=True)
class Row:
    """What is seen of one alteration; each text is in what that peer says."""

    name: str
    seen: Callable[[Received], Any]
    """True of the package that a bare reader has."""
    gsoap: str = "200"
    strict: str = "200"
    """Status, words, or the clause that the embedded server names."""
    zeep: str = READ
    stored: bytes | None = IMAGE
    """What gSOAP has stored as the image; None for nothing."""
    why: str = ""
    """Why the embedded server does not name the clause that is broken."""
    parameters: dict[str, Any] = field(default_factory=dict)


def parts(came: Received) -> Parts:
    return [(each.get_content_type(), each["Content-ID"], len(data(each))) for each in came.parts]


def data(part: Any) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def types(*wanted: str) -> Callable[[Received], bool]:
    """These media types, in that order; JPEG stands for the image."""
    return lambda came: [JPEG if each[0] == PNG else each[0] for each in parts(came)] == list(wanted)


def boundary(came: Received) -> bytes:
    found = re.search(r'boundary="?([^";]+)', came.headers["content-type"])
    assert found is not None
    return found.group(1).encode()


def said(pattern: str) -> Callable[[Received], Any]:
    """The Content-Type that HTTP tells."""
    return lambda came: re.search(pattern, came.headers["content-type"])


def unsaid(text: str) -> Callable[[Received], bool]:
    return lambda came: f" {text}=" not in came.headers["content-type"]


def attachment(name: str, pattern: str | None) -> Callable[[Received], Any]:
    """A header of the second part, as Python's e-mail reader has it; None for none."""

    def found(came: Received) -> Any:
        value = came.parts[1][name]
        return value is None if pattern is None else value is not None and re.search(pattern, value)

    return found


def defects(came: Received) -> list[str]:
    """What Python's e-mail reader finds wrong."""
    return [type(each).__name__ for each in came.message.defects]


def href(came: Received) -> str:
    """What xop:Include names."""
    return str(etree.fromstring(data(came.parts[0])).find(".//{*}Include").get("href"))  # type: ignore[union-attr]


def told_length(came: Received) -> bool:
    """The whole image, in octets: that of the device is another."""
    return data(came.parts[1]) == IMAGE or data(came.parts[1]).endswith(b"IEND\xaeB`\x82")


def halved(came: Received) -> bool:
    """It ends early: half of our own image, and a PNG without its end."""
    return data(came.parts[1]) == IMAGE[: len(IMAGE) // 2] or not told_length(came)


def corrupt(came: Received) -> bool:
    """As long as it should be: our own image with another octet, or a PNG whose checksums Pillow finds wrong."""
    octets = data(came.parts[1])
    if len(octets) == len(IMAGE):
        return octets != IMAGE
    try:
        Image.open(io.BytesIO(octets)).verify()
    except (OSError, SyntaxError):
        return told_length(came)
    return False


HALF = len(IMAGE) // 2
INVERTED = IMAGE[:5] + bytes([255 - IMAGE[5]]) + IMAGE[6:]

ROWS = (
    # The Content-Type of HTTP
    Row(
        "start-names-nothing",
        said('start="<nobody@'),
        SILENT,
        "mtom/outer/start",
        stored=None,
    ),
    Row("start-without-brackets", said(r'start="root\.'), strict="mtom/outer/start"),
    Row("no-start", lambda came: unsaid("start")(came) and types(XOP, JPEG)(came)),
    Row(
        "no-type",
        unsaid("type"),
        strict="mtom/outer/multipart-related",
        why="the rule of the whole Content-Type is named",
    ),
    Row("type-unquoted", said("type=application/xop"), strict="mtom/outer/type"),
    Row("no-start-info", unsaid("start-info"), strict="mtom/outer/start-info"),
    Row("startinfo", said("startinfo="), strict="mtom/outer/start-info"),
    Row(
        "semicolons-missing",
        lambda came: (
            came.headers["content-type"].count(";") == 1 and "NoBoundaryInMultipartDefect" in defects(came)
        ),
        strict="mtom/outer/type",
        zeep="AttributeError",
    ),
    Row(
        "multipart-other",
        said("^multipart/mixed;"),
        "SOAP message expected",
        "mtom/outer/multipart-related",
        "TransportError",
        None,
    ),
    Row("boundary-unquoted", lambda came: said("boundary=MIME")(came) and types(XOP, JPEG)(came)),
    Row("odd-boundary", lambda came: said(r'boundary="=_\(odd\) ')(came) and types(XOP, JPEG)(came)),
    Row(
        "odd-boundary",
        lambda came: len(boundary(came)) == 70 and types(XOP, JPEG)(came),
        parameters={"boundary": "x" * 70},
    ),
    Row(
        "odd-boundary",
        said("boundary=a/b;"),
        strict="mtom/outer/type",
        parameters={"boundary": "a/b", "quoted": False},
    ),
    Row(
        "no-boundary",
        lambda came: unsaid("boundary")(came) and "NoBoundaryInMultipartDefect" in defects(came),
        strict="has no boundary",
        zeep="AttributeError",
        why=FRAMING,
    ),
    Row(
        "other-boundary",
        lambda came: defects(came)[0] == "StartBoundaryNotFoundDefect",
        "MIME format error",
        "its delimiter does not occur",
        "TransportError",
        None,
        FRAMING,
    ),
    Row(
        "said-as-xop",
        said("^application/xop.xml$"),
        "SOAP message expected",
        "Start tag expected",
        "TransportError",
        None,
        FRAMING,
    ),
    # Delimiters
    Row(
        "no-closing-delimiter",
        lambda came: "CloseBoundaryNotFoundDefect" in defects(came) and types(XOP, JPEG)(came),
        SILENT,
        "before its closing delimiter",
        stored=None,
        why=FRAMING,
    ),
    Row(
        "closing-without-dashes",
        lambda came: "CloseBoundaryNotFoundDefect" in defects(came) and len(came.parts) == 3,
        SILENT,
        "lacks its final '--'",
        stored=None,
        why=FRAMING,
    ),
    Row("closing-without-line-end", lambda came: came.body.endswith(b"--") and not defects(came)),
    Row(
        "bare-lf",
        lambda came: b"\r\n--" + boundary(came) not in came.body and types(XOP, JPEG)(came),
        SILENT,
        "mtom/delimiter/lines-end-cr-lf",
        "ImproperBodyPartContentException",
        None,
    ),
    Row(
        "delimiter-without-crlf",
        lambda came: b"Envelope>--" + boundary(came) in came.body and len(came.parts) == 1,
        SILENT,
        "mtom/delimiter/lines-end-cr-lf",
        "TransportError",
        None,
        "the rule that lines end in CR LF is named",
    ),
    Row("delimiter-padded", lambda came: boundary(came) + b"   \r\n" in came.body and types(XOP, JPEG)(came)),
    Row(
        "preamble",
        lambda came: (came.message.preamble or "").startswith("This is a message"),
        strict="mtom/delimiter/preamble-and-epilogue",
        zeep="ImproperBodyPartContentException",
    ),
    Row("line-break-first", lambda came: came.body.startswith(b"\r\n--") and types(XOP, JPEG)(came)),
    Row(
        "no-line-break-first",
        lambda came: came.body.startswith(b"--") and types(XOP, JPEG)(came),
        why="it is said of answers",
    ),
    Row(
        "epilogue",
        lambda came: "This is a message" in (came.message.epilogue or ""),
        strict="mtom/delimiter/preamble-and-epilogue",
    ),
    Row(
        "boundary-in-data",
        lambda came: len(came.parts) == 3,
        SILENT,
        "before its closing delimiter",
        "ImproperBodyPartContentException",
        None,
        FRAMING,
    ),
    Row(
        "closing-in-data",
        lambda came: halved(came) and bool(came.message.epilogue),
        strict="mtom/delimiter/preamble-and-epilogue",
        zeep="PNG",
        stored=IMAGE[:HALF],
        why="what stands behind the delimiter is an epilogue to every reader",
    ),
    Row(
        "dashes-in-data",
        lambda came: b"x--" + boundary(came) + b"\r\nContent" in data(came.parts[1]),
        stored=None,
        why=UNKNOWABLE,
    ),
    # Part headers
    Row(
        "root-type",
        types("text/xml", JPEG),
        strict="mtom/root/first",
        why="the rule of the root part is one, place and type together",
    ),
    Row(
        "root-charset",
        lambda came: came.parts[0].get_content_charset() == "utf-16",
        strict="soap/http/charset-of-the-document",
    ),
    Row(
        "attachment-type",
        types(XOP, "application/octet-stream"),
        why="the format of the document counts, and not what MIME says of it",
    ),
    Row(
        "attachment-type-missing",
        attachment("Content-Type", None),
        why="the format of the document counts, and not what MIME says of it",
    ),
    Row(
        "transfer-encoding-wrong",
        attachment("Content-Transfer-Encoding", "^7bit$"),
        strict="mtom/attachment/binary",
    ),
    Row(
        "no-transfer-encoding",
        attachment("Content-Transfer-Encoding", None),
        strict="mtom/attachment/binary",
    ),
    Row(
        "content-id-twice",
        lambda came: came.parts[0]["Content-ID"] == came.parts[1]["Content-ID"],
        "MIME href to missing attachment",
        "there is no attachment",
        "ValueError: No part found",
        None,
        PART,
    ),
    Row(
        "content-id-without-brackets",
        attachment("Content-ID", "^image"),
        strict="mtom/attachment/headers",
        zeep="ValueError: No part found",
    ),
    Row(
        "content-id-blanks",
        attachment("Content-ID", "^< image.* >$"),
        "MIME href to missing attachment",
        "mtom/attachment/headers",
        "ValueError: No part found",
        None,
    ),
    Row(
        "content-id-missing",
        attachment("Content-ID", None),
        "MIME href to missing attachment",
        "mtom/attachment/headers",
        "ValueError: No part found",
        None,
    ),
    Row(
        "content-id-case",
        attachment("Content-ID", "^<IMAGE"),
        "MIME href to missing attachment",
        "there is no attachment",
        "ValueError: No part found",
        None,
        PART,
    ),
    Row(
        "folded-headers",
        lambda came: b"Content-ID: \r\n\t<" in came.body and types(XOP, JPEG)(came),
        zeep="ValueError: No part found",
    ),
    Row(
        "lf-headers",
        lambda came: b"binary\nContent-ID" in came.body and boundary(came) + b"\r\n" in came.body,
        strict="mtom/delimiter/lines-end-cr-lf",
        zeep="ImproperBodyPartContentException",
    ),
    Row("headers-in-capitals", lambda came: b"CONTENT-ID: <image" in came.body and types(XOP, JPEG)(came)),
    Row("headers-in-small-letters", lambda came: b"content-id: <image" in came.body and types(XOP, JPEG)(came)),
    Row("unknown-part-header", attachment("X-Unheard-Of", 'a; b="c d"')),
    Row(
        "header-without-colon",
        lambda came: b"\r\nno colon here\r\n" in came.body and "no colon" not in str(came.parts[1].keys()),
        strict="mtom/part/header-lines",
    ),
    Row(
        "no-empty-line",
        lambda came: re.search(rb"invalid>\r\n(\xff\xd8|\x89PNG)", came.body),
        SILENT,
        "inside a part headers",
        "ImproperBodyPartContentException",
        None,
        FRAMING,
    ),
    Row(
        "headers-missing",
        lambda came: came.parts[1].keys() == [],
        SILENT,
        "mtom/attachment/binary",
        "ValueError: No part found",
        None,
        "of all that is missing the first is named",
    ),
    # Parts
    Row("parts-swapped", types(JPEG, XOP), strict="mtom/root/first", zeep="TransportError"),
    Row(
        "part-missing",
        types(XOP),
        "MIME href to missing attachment",
        "there is no attachment",
        "b''",
        None,
        PART,
    ),
    Row(
        "part-missing",
        types(JPEG),
        SILENT,
        "root part",
        "TransportError",
        None,
        FRAMING,
        {"part": "root"},
    ),
    Row("part-twice", types(XOP, JPEG, JPEG)),
    Row("part-twice", types(XOP, XOP, JPEG), parameters={"part": "root"}),
    Row("part-too-many", types(XOP, JPEG, "text/plain")),
    Row(
        "no-parts",
        lambda came: came.body.strip() == b"--" + boundary(came) + b"--",
        SILENT,
        "holds no part",
        "IndexError",
        None,
        FRAMING,
    ),
    Row(
        "base64",
        lambda came: (
            re.search(rb"base64\r\nContent-ID: [^\r]*\r\n\r\n[A-Za-z0-9+/]{76}\r\n", came.body)
            and told_length(came)
        ),
        strict="encoded as base64",
        stored=None,
        why="a part that is not binary is refused whether strict or not, in words of its own",
    ),
    Row(
        "attachment-empty",
        lambda came: data(came.parts[1]) == b"",
        strict="the image has no octets",
        zeep="b''",
        stored=b"",
        why="it is refused whether strict or not, in words of its own",
    ),
    Row("attachment-truncated", halved, zeep="PNG", stored=IMAGE[:HALF], why=UNKNOWABLE),
    Row(
        "attachment-truncated",
        lambda came: len(data(came.parts[1])) == 9,
        zeep="PNG",
        stored=IMAGE[:9],
        why=UNKNOWABLE,
        parameters={"octets": 9},
    ),
    Row(
        "attachment-corrupt",
        lambda came: data(came.parts[1])[5] in (255 - IMAGE[5], 255 - 0x0A),
        zeep="b'\\x89PNG\\r\\xf5",
        stored=INVERTED,
        why=UNKNOWABLE,
        parameters={"offset": 5},
    ),
    Row("attachment-corrupt", lambda came: types(XOP, JPEG)(came) and corrupt(came), stored=None, why=UNKNOWABLE),
    # How the envelope names the attachment
    Row(
        "include-percent-encoded",
        lambda came: re.match(r"cid:image%2E[^.@]+%40dsm-emulator%2Einvalid$", href(came)),
    ),
    Row(
        "include-other",
        lambda came: href(came) == "http://elsewhere.invalid/image",
        "MIME href to missing attachment",
        "names no part",
        "ValueError: No part found",
        None,
        PART,
    ),
    Row(
        "include-with-brackets",
        lambda came: re.match("cid:<image.*>$", href(came)),
        "MIME href to missing attachment",
        "mtom/include/only-child",
        "ValueError: No part found",
        None,
        "the rules of xop:Include are one, place and href together",
    ),
    Row(
        "include-missing",
        lambda came: b"Include" not in data(came.parts[0]) and types(XOP, JPEG)(came),
        "InvalidArgs",
        "dsp/send-image/image-by-xop",
        "AttributeError",
        None,
    ),
    Row(
        "include-not-alone",
        lambda came: etree.fromstring(data(came.parts[0])).find(".//{*}Include").tail == "AAAA",  # type: ignore[union-attr]
        "closing tag expected",
        "mtom/include/only-child",
        stored=None,
    ),
    Row(
        "inline-base64",
        lambda came: types(XOP)(came) and b"Include" not in came.body,
        strict="dsp/send-image/image-by-xop",
    ),
    Row(
        "inline-base64",
        lambda came: (
            came.body.startswith(b"<?xml") and said("^application/soap.xml")(came) and b"\r\n" in came.body
        ),
        strict="dsp/send-image/image-by-xop",
        parameters={"packaged": False, "lines": "of 76 characters"},
    ),
)
ALTERATIONS = alterations_at(At.PACKAGE)


def at(operation: str = "") -> list[Any]:
    """The rows that can be at an operation; all without one."""
    rows = [row for row in ROWS if not operation or operation in ALTERATIONS[row.name].operations]
    names: dict[str, int] = {}
    found = []
    for row in rows:
        names[row.name] = names.get(row.name, 0) + 1
        found.append(pytest.param(row, id=row.name if names[row.name] == 1 else f"{row.name}-{names[row.name]}"))
    return found


def test_every_alteration_of_packages_stands_in_the_table() -> None:
    assert {row.name for row in ROWS} == set(ALTERATIONS)


@pytest.mark.parametrize("row", at())
def test_a_row_says_why_no_clause_is_named(row: Row) -> None:
    assert row.why or ALTERATIONS[row.name].clause in ("", row.strict)


@pytest.mark.parametrize("row", at("SendImage"))
def test_an_image_as_a_bare_reader_gets_it(row: Row, bench: Bench) -> None:
    plan = plan_of(ALTERATIONS[row.name], "SendImage", row.parameters)
    assert bench.send_image(bench.raw.url, "token", plan).status == 202
    came = bench.raw.received.pop()
    assert row.seen(came), came.body


def test_no_row_is_true_of_a_package_that_is_not_altered(bench: Bench) -> None:
    bench.send_image(bench.raw.url, "token", b"")
    plain = {"SendImage": bench.raw.received.pop(), "RetrieveImage": bench.image_of()}
    given = [(each.values[0], came) for operation, came in plain.items() for each in at(operation)]
    assert not [row.name for row, came in given if is_seen(row.seen, came)]


@pytest.mark.parametrize("row", at("SendImage"))
def test_an_image_as_a_scan_server_of_another_make_gets_it(
    row: Row, bench: Bench, gsoap_server: GsoapServer
) -> None:
    plan = plan_of(ALTERATIONS[row.name], "SendImage", row.parameters)
    token = bench.job(gsoap_server.service_url)
    answer = bench.send_image(gsoap_server.service_url, token, plan, IMPATIENT if row.gsoap == SILENT else LIMITS)
    assert answer.is_said(row.gsoap), answer
    stored = gsoap_server.images(token)
    if row.gsoap == "200" and row.stored is None:
        assert stored["1.jfif"] != IMAGE
    else:
        assert stored == ({} if row.stored is None else {"1.jfif": row.stored})


@pytest.mark.parametrize("row", at("SendImage"))
def test_an_image_as_the_embedded_server_refuses_it(row: Row, bench: Bench) -> None:
    url = bench.server.service_url
    answer = bench.send_image(url, bench.job(url), plan_of(ALTERATIONS[row.name], "SendImage", row.parameters))
    assert answer.is_said(row.strict), answer


@pytest.mark.parametrize("row", at("RetrieveImage"))
def test_a_scanned_page_as_clients_get_it(row: Row, bench: Bench) -> None:
    plan = plan_of(ALTERATIONS[row.name], "RetrieveImage", row.parameters)
    with bench.disturbed(plan) as ledger:
        came = bench.image_of()
        by_zeep = bench.zeep_image()
    assert row.seen(came), came.body[:2000]
    assert row.zeep in by_zeep
    assert [each.count for each in ledger.firings] == [1, 2]


def test_alterations_of_a_package_act_one_behind_the_other(bench: Bench) -> None:
    """Framing, headers, parts and data of one package, each altered."""
    names = ("inline-base64", "headers-in-capitals", "bare-lf", "preamble", "no-closing-delimiter")
    plan = b"\n".join(plan_of(ALTERATIONS[name], "SendImage", {}) for name in names)
    bench.send_image(bench.raw.url, "token", plan)
    came = bench.raw.received.pop()
    assert came.body.startswith(b"This is a message") and came.body.endswith(b"Envelope>")
    assert b"\nCONTENT-ID: <root" in came.body and b"\r\n--" not in came.body
    assert types(XOP)(came)


def test_an_alteration_of_the_envelope_comes_before_that_of_its_package(bench: Bench) -> None:
    envelope = alterations_at(At.ENVELOPE)["unknown-element"]
    plan = plan_of(ALTERATIONS["parts-swapped"], "SendImage", {}) + b"\n" + plan_of(envelope, "SendImage", {})
    bench.send_image(bench.raw.url, "token", plan)
    came = bench.raw.received.pop()
    assert types(JPEG, XOP)(came) and b"Unheard-of" in data(came.parts[1])


def test_which_octet_is_corrupt_is_a_matter_of_the_seed(bench: Bench) -> None:
    def of_seed(seed: int) -> bytes:
        bench.send_image(
            bench.raw.url,
            "x",
            f"seed = {seed}\n".encode() + plan_of(ALTERATIONS["attachment-corrupt"], "SendImage", {}),
        )
        return data(bench.raw.received.pop().parts[1])

    assert of_seed(7) == of_seed(7) != of_seed(8)
    assert sum(one != other for one, other in zip(of_seed(7), IMAGE, strict=True)) == 1
