"""What is taken down of packages: the parts that are whole, by hash and size, however the octets come or end."""

from __future__ import annotations

import hashlib
import os
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.layers import Layers
from emulator.soap.constants import MAX_ENVELOPE_BYTES
from emulator.trace.bodies import NO_BODY, Attached, Bodies, BodyTally, TakenBody
from emulator.transport.observe import KEPT_BODY_BYTES, Exchange
from emulator.transport.points import BODY, BodyOctets

KIND = 'multipart/related; boundary="b1"; type="application/xop+xml"; start="<root>"'
IMAGES = [b"first\r\n--b2 is none", b"", b"\r\n\r\n--b", bytes(range(256)) * 2]


def part(content_id: str, kind: str, data: bytes) -> bytes:
    return f"\r\n--b1\r\nContent-ID: <{content_id}>\r\nContent-Type: {kind}\r\n\r\n".encode() + data


ROOT = part("root", "application/xop+xml", b"<a>root</a>")
ATTACHED = [part(f"image{number}@x", "image/JPEG; q=1", image) for number, image in enumerate(IMAGES)]
WHOLE = ROOT + b"".join(ATTACHED) + b"\r\n--b1--\r\n"
EXPECTED = tuple(
    Attached(f"image{number}@x", "image/jpeg", len(image), hashlib.sha256(image).hexdigest())
    for number, image in enumerate(IMAGES)
)


def taken(body: bytes, kind: str = KIND, piece: int = 2**20) -> TakenBody:
    tally = BodyTally(kind)
    for start in range(0, len(body), piece):
        tally.feed(body[start : start + piece])
    return tally.taken()


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 64, 1000, 2**20])
def test_parts_are_the_same_however_the_octets_come(piece: int) -> None:
    found = taken(WHOLE, piece=piece)
    assert found == TakenBody(hashlib.sha256(WHOLE).hexdigest(), b"<a>root</a>", 11, True, EXPECTED)


def test_a_package_that_breaks_off_anywhere_gives_the_parts_that_are_whole() -> None:
    ends = [WHOLE.index(ATTACHED[0])]  # where a part has ended, as soon as the next delimiter is there
    for each in ATTACHED:
        ends.append(ends[-1] + len(each))
    for length in range(len(WHOLE)):
        found = taken(WHOLE[:length], piece=1 << 20)
        whole = len(found.attachments)
        assert found.attachments == EXPECTED[:whole]
        assert whole >= sum(end + 8 <= length for end in ends[1:]) - 1
        assert found.root_whole or length < ends[0] + len("\r\n--b1\r\n")
        assert length > ends[0] or not found.root_whole
        assert found.root is None or b"<a>root</a>".startswith(found.root)
        assert found.sha256 == hashlib.sha256(WHOLE[:length]).hexdigest()


def test_the_root_part_is_the_one_that_start_names_wherever_it_stands() -> None:
    found = taken(b"".join(ATTACHED[:2]) + ROOT + b"".join(ATTACHED[2:]) + b"\r\n--b1--\r\n")
    assert found.root == b"<a>root</a>" and found.attachments == EXPECTED


@pytest.mark.parametrize("end", ["", "\r\n--b1--\r\n"])
def test_of_a_long_root_part_the_start_is_kept_and_its_size_told(end: str) -> None:
    root = os.urandom(KEPT_BODY_BYTES + 5)
    found = taken(part("root", "application/xop+xml", root) + end.encode(), piece=5000)
    assert found.root == root[:KEPT_BODY_BYTES] and found.root_whole == bool(end)
    assert found.root_size == len(root) if end else len(root) - 8 <= found.root_size <= len(root)


def test_an_envelope_that_nobody_reads_is_not_held_here_either() -> None:
    tally = BodyTally(KIND)
    tally.feed(part("root", "application/xop+xml", b""))
    for _ in range(2 * MAX_ENVELOPE_BYTES // 2**20 + 1):
        tally.feed(bytes(2**20))
    found = tally.taken()
    assert found.root_size <= MAX_ENVELOPE_BYTES and not found.root_whole and found.attachments == ()


def test_at_most_a_hundred_parts_are_taken_down() -> None:
    many = ROOT + b"".join(part(f"{number}@x", "image/png", b"x") for number in range(300)) + b"\r\n--b1--\r\n"
    assert len(taken(many).attachments) == 99


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/related", WHOLE),
        ('multipart/related; boundary="another"', WHOLE),
        (f'multipart/related; boundary="{"x" * 500}"', WHOLE),
        ("multipart/", WHOLE),
        (KIND, b""),
        (KIND, b"no package"),
        (KIND, b"--b1--\r\n"),
        (KIND, b"--b1\r\n" + b"x" * 20_000),
        (KIND, b"--b1\r\nContent-ID: <root>\r\nContent-Transfer-Encoding: base64\r\n\r\nPGEvPg==\r\n--b1--\r\n"),
        ("image/jpeg", WHOLE),
        ("", WHOLE),
    ],
)
def test_what_cannot_be_read_is_known_by_its_hash_alone(kind: str, body: bytes) -> None:
    found = taken(body, kind)
    assert found.sha256 == hashlib.sha256(body).hexdigest()
    assert (found.root or b"", found.attachments) == (b"", ())


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4), st.integers(1, 50))
def test_packages_of_the_standard_library_are_read(images: list[bytes], piece: int) -> None:
    package = EmailMessage(policy=SMTP)
    package.set_content("root")
    package.make_related(boundary="_-x-_")
    for number, image in enumerate(images):
        package.add_related(image, "image", "png", cte="8bit", cid=f"<{number}@x>")
    kind = package["Content-Type"]
    body = b"--_-x-_\r\nContent-ID: <r@x>\r\n\r\nroot" + b"".join(
        f"\r\n--_-x-_\r\nContent-ID: <{number}@x>\r\nContent-Type: image/png\r\n\r\n".encode() + image
        for number, image in enumerate(images)
    )
    found = taken(body + b"\r\n--_-x-_--\r\n", str(kind), piece)
    if all(b"--_-x-_" not in image for image in images):
        assert [(each.size, each.sha256) for each in found.attachments] == [
            (len(image), hashlib.sha256(image).hexdigest()) for image in images
        ]


def test_what_was_taken_down_is_given_once_and_forgotten_with_its_exchange() -> None:
    layers, bodies = Layers(), Bodies()
    layers.listen(BODY, bodies)
    exchange = Exchange("client", "POST", "http://a/", "", 0.0, (("CONTENT-TYPE", KIND),))
    lost = Exchange("client", "POST", "http://a/", "", 0.0)
    for each in (exchange, lost):
        layers.tell(BODY, BodyOctets(each, "request", WHOLE))
    layers.tell(BODY, BodyOctets(exchange, "response", b"answer"))
    request, response = bodies.of(exchange)
    assert request.attachments == EXPECTED and response.sha256 == hashlib.sha256(b"answer").hexdigest()
    assert bodies.of(exchange) == (NO_BODY, NO_BODY)
    assert len(bodies._of) == 1
    del lost, each
    assert len(bodies._of) == 0, "an exchange of which nobody tells the end does not stay"
