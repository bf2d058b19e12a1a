"""PDF pages: where they lie, which ones open, and what is said of those that do not."""

from __future__ import annotations

import hashlib
import subprocess
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from imaging_tickets import LETTER, ticket
from imaging_tickets import scan_image as scan
from optional_programs import needs_program
from PIL import Image

from emulator.imaging.files import open_files
from emulator.imaging.pages import SourceError
from emulator.wsscan.values.geometry import Dimensions

HEAD = b"%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n"
SQUARE = b"0 0 1 rg 72 648 72 72 re f"  # a blue inch, an inch from the left and from the top of Letter


def stream(number: int, content: bytes, more: bytes = b"") -> bytes:
    return b"%d 0 obj <<%s/Length %d>> stream\n%s\nendstream endobj\n" % (number, more, len(content), content)


def pdf(*objects: bytes, kids: bytes = b"3 0 R", count: int = 1, page: bytes = b"", trailer: bytes = b"") -> bytes:
    """A document without a table of objects (PDFium rebuilds it); object 3 is a Letter page, 4 its content."""
    pages = b"2 0 obj <</Type/Pages/Kids[%s]/Count %d>> endobj\n" % (kids, count)
    page = page or b"/MediaBox[0 0 612 792]"
    first = b"3 0 obj <</Type/Page/Parent 2 0 R/Contents 4 0 R%s>> endobj\n" % page
    content = b"" if any(each.startswith(b"4 0 obj") for each in objects) else stream(4, SQUARE)
    end = b"trailer <</Root 1 0 R/Size 20%s>>\n%%%%EOF\n" % trailer
    return HEAD + pages + first + content + b"".join(objects) + end


def seen(path: Path, mode: str = "RGB", index: int = 0, medium: Dimensions = LETTER) -> Image.Image:
    wanted = ticket(mode=mode, ppi=100, medium=medium)
    source = open_files([path])
    image = scan(source, index, wanted.front, wanted)
    source.close()
    return image


def ink(image: Image.Image) -> tuple[int, int, int, int] | None:
    """Where the page is not white."""
    return image.convert("L").point(lambda value: 255 if value < 200 else 0).getbbox()


@pytest.mark.parametrize(
    ("page", "place"),
    [
        (b"/MediaBox[0 0 612 792]", (100, 100, 200, 200)),
        (b"/MediaBox[36 36 612 756]", (50, 50, 150, 150)),
        (b"/MediaBox[0 0 612 792]/CropBox[72 0 612 720]", (0, 0, 100, 100)),
        (b"/MediaBox[0 0 612 792]/Rotate 180", (650, 900, 750, 1000)),
        (b"/MediaBox[0 0 300 792]/Rotate 90", (900, 100, 1000, 200)),
    ],
)
def test_a_page_lies_where_its_boxes_and_its_rotation_say(
    page: bytes, place: tuple[int, int, int, int], tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf(page=page))
    image = seen(tmp_path / "a.pdf", medium=Dimensions(11_000, 11_000))
    assert ink(image) == pytest.approx(place, abs=1)
    assert image.getpixel((place[0] + 50, place[1] + 50)) == (0, 0, 255)
    assert image.getpixel((1099, 1099)) == (255, 255, 255), "beyond the page is paper"


@pytest.mark.parametrize(("mode", "blue"), [("1", 0), ("L", 29), ("RGB", (0, 0, 255))])
def test_a_page_is_ink_on_white_paper_in_every_mode(mode: str, blue: object, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf())
    image = seen(tmp_path / "a.pdf", mode)
    assert image.mode == mode
    assert image.getpixel((150, 150)) == pytest.approx(blue, abs=2)
    assert image.getpixel((400, 400)) == ((255, 255, 255) if mode == "RGB" else 255)


def test_what_was_filled_into_a_form_is_seen(tmp_path: Path) -> None:
    widget = b"5 0 obj <</Type/Annot/Subtype/Widget/FT/Tx/T(a)/F 4/Rect[72 72 144 144]/AP<</N 6 0 R>>>> endobj\n"
    drawn = stream(6, b"1 0 0 rg 0 0 72 72 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 72 72]")
    data = pdf(widget, drawn, page=b"/MediaBox[0 0 612 792]/Annots[5 0 R]")
    (tmp_path / "a.pdf").write_bytes(data.replace(b"/Catalog", b"/Catalog/AcroForm<</Fields[5 0 R]>>"))
    assert seen(tmp_path / "a.pdf").getpixel((150, 950)) == (255, 0, 0)


def test_octets_before_and_behind_a_pdf_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"\0" * 500 + pdf() + b"\r\n" * 1000)
    assert ink(seen(tmp_path / "a.pdf")) == pytest.approx((100, 100, 200, 200), abs=1)


PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def rc4(key: bytes, data: bytes) -> bytes:
    state, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    for octet in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(octet ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def encrypted(password: bytes) -> bytes:
    """Encrypted with 40 bits for that user password (PDF 1.7, algorithms 2 and 4)."""
    owner, permissions, identity = b"\x55" * 32, -4, b"\x01" * 16
    secret = (password + PADDING)[:32] + owner + permissions.to_bytes(4, "little", signed=True) + identity
    key = hashlib.md5(secret).digest()[:5]
    of_object = hashlib.md5(key + (4).to_bytes(3, "little") + b"\0\0").digest()[:10]
    encrypt = b"9 0 obj <</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>> endobj\n" % (
        owner.hex().encode(),
        rc4(key, PADDING).hex().encode(),
    )
    trailer = b"/Encrypt 9 0 R/ID[<%s><%s>]" % (identity.hex().encode(), identity.hex().encode())
    return pdf(stream(4, rc4(of_object, SQUARE)), encrypt, trailer=trailer)


def test_a_pdf_that_wants_a_password_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(encrypted(b"secret"))
    with pytest.raises(SourceError) as caught:
        open_files([tmp_path / "a.pdf"])
    assert str(caught.value) == f"{tmp_path / 'a.pdf'}: encrypted: save a copy that opens without a password"


def test_a_pdf_that_is_encrypted_but_opens_without_a_password_is_scanned(tmp_path: Path) -> None:
    """Only printing or copying is restricted: a person would see its pages too."""
    (tmp_path / "a.pdf").write_bytes(encrypted(b""))
    assert ink(seen(tmp_path / "a.pdf")) == pytest.approx((100, 100, 200, 200), abs=1)


@pytest.mark.parametrize(
    ("kids", "count", "pages", "bad"),
    [
        (b"3 0 R 7 0 R 3 0 R", 3, 3, 2),  # object 7 does not exist
        (b"3 0 R", 5, 5, 2),  # fewer than it says
        (b"3 0 R 2 0 R", 3, 3, 2),  # goes round in a circle
        (b"3 0 R", -5, 1, None),
        (b"3 0 R", 2**31 - 1, 1, None),
    ],
)
@pytest.mark.timeout(20)
def test_a_page_tree_that_lies_ends_in_a_named_page(
    kids: bytes, count: int, pages: int, bad: int | None, tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf(kids=kids, count=count))
    source = open_files([tmp_path / "a.pdf"])
    assert len(source) == pages
    assert source.page(0).origin == "a.pdf page 1"
    if bad is not None:
        with pytest.raises(SourceError, match=rf"a\.pdf: page {bad}: damaged page") as caught:
            source.page(bad - 1)
        assert "\n" not in str(caught.value)
        with pytest.raises(SourceError, match=f"page {bad}"):
            open_files([tmp_path / "a.pdf"], full=True)
        left = open_files([tmp_path / "a.pdf"], skip_bad=True)
        assert len(left) + len(left.skipped) == pages
        assert bad in {entry.page for entry in left.skipped}
    source.close()


@pytest.mark.timeout(20)
def test_a_picture_of_a_hundred_thousand_pixels_a_side_inside_a_page_is_passed_over(tmp_path: Path) -> None:
    bomb = stream(
        5,
        b"\0" * 10,
        b"/Type/XObject/Subtype/Image/Width 100000/Height 100000/ColorSpace/DeviceGray/BitsPerComponent 8",
    )
    content = stream(4, SQUARE + b" q 612 0 0 300 0 0 cm /I Do Q")
    page = b"/MediaBox[0 0 612 792]/Resources<</XObject<</I 5 0 R>>>>"
    (tmp_path / "a.pdf").write_bytes(pdf(content, bomb, page=page))
    assert ink(seen(tmp_path / "a.pdf")) == pytest.approx((100, 100, 200, 200), abs=1)


def test_pages_without_a_size_of_their_own_are_letter(tmp_path: Path) -> None:
    """PDFium's choice where a damaged page has no MediaBox, or one without area."""
    for box in (b"/Rotate 0", b"/MediaBox[5 5 5 5]"):
        (tmp_path / "a.pdf").write_bytes(pdf(page=box))
        page = open_files([tmp_path / "a.pdf"]).page(0)
        assert page.image.size == (1700, 2200)


def test_threads_that_draw_different_documents_do_not_disturb_each_other(tmp_path: Path) -> None:
    """PDFium itself is no place for two threads."""
    for number in range(4):
        square = b"%d 0 0 rg 72 %d 72 72 re f" % (number % 2, 100 + 100 * number)
        (tmp_path / f"{number}.pdf").write_bytes(pdf(stream(4, square)))
    paths = [tmp_path / f"{number}.pdf" for number in range(4)]
    alone = [seen(path).tobytes() for path in paths]
    assert len(set(alone)) == 4
    with ThreadPoolExecutor(4) as threads:
        for _ in range(5):
            assert [image.tobytes() for image in threads.map(seen, paths)] == alone


@pytest.mark.parametrize("unit", [b"/UserUnit 2", b"/UserUnit 2.0", b"/UserUnit 9 0 R", b"/User#55nit 2"])
@pytest.mark.parametrize(
    ("page", "place", "size"),
    [
        (b"/MediaBox[0 0 612 792]", (200, 200, 400, 400), (17_000, 22_000)),
        (b"/MediaBox[36 36 612 756]", (100, 100, 300, 300), (16_000, 20_000)),
        (b"/MediaBox[0 0 612 792]/CropBox[72 0 612 720]", (0, 0, 200, 200), (15_000, 20_000)),
        (b"/MediaBox[0 0 612 792]/Rotate 180", (1300, 1800, 1500, 2000), (17_000, 22_000)),
        (b"/MediaBox[0 0 300 792]/Rotate 90", (1800, 200, 2000, 400), (22_000, 8333)),
    ],
)
def test_a_unit_of_two_points_makes_a_page_twice_as_large(
    unit: bytes, page: bytes, place: tuple[int, int, int, int], size: tuple[int, int], tmp_path: Path
) -> None:
    """PDF 1.7, table 30: UserUnit is the size of one unit of the page, in points."""
    data = pdf(b"9 0 obj 2 endobj\n", page=page + unit)
    (tmp_path / "a.pdf").write_bytes(data)
    if b"#" in unit:  # a name that is spelt in hexadecimal is not looked for: nobody writes it so
        place, size = tuple(side // 2 for side in place), tuple(side // 2 for side in size)
    assert ink(seen(tmp_path / "a.pdf", medium=Dimensions(22_000, 22_000))) == pytest.approx(place, abs=1)
    source = open_files([tmp_path / "a.pdf"])
    assert source.page(0).size == pytest.approx(size, abs=1)
    source.close()


def test_the_unit_is_that_of_each_page_and_seen_where_objects_are_compressed(tmp_path: Path) -> None:
    plain = tmp_path / "plain.pdf"
    second = b"7 0 obj <</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 612 792]>> endobj\n"
    plain.write_bytes(pdf(second, kids=b"3 0 R 7 0 R", count=2, page=b"/MediaBox[0 0 612 792]/UserUnit .5"))
    packed = tmp_path / "packed.pdf"
    packed.write_bytes(in_object_stream(second))
    for path, units in ((plain, (0.5, 1)), (packed, (3, 1))):
        source = open_files([path])
        assert [source.page(number).size[0] / 8500 for number in (0, 1)] == pytest.approx(units, abs=0.001)
        source.close()
    assert b"UserUnit" not in packed.read_bytes()


def in_object_stream(second: bytes) -> bytes:
    """Two pages, of which the first, of three points a unit, stands in a compressed object stream (PDF 1.5)."""
    page = b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 612 792]/UserUnit 3>>"
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[3 0 R 7 0 R]/Count 2>>",
        4: b"<</Length %d>> stream\n%s\nendstream" % (len(SQUARE), SQUARE),
        7: second[len(b"7 0 obj ") : -len(b" endobj\n")],
    }
    packed = zlib.compress(b"3 0 " + page)
    objects[5] = b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (
        len(packed),
        packed,
    )
    data, places = b"%PDF-1.5\n", {}
    for number, content in objects.items():
        places[number] = len(data)
        data += b"%d 0 obj %s endobj\n" % (number, content)
    places[6] = len(data)
    rows = [b"\0" + bytes(4) + b"\0"]
    for number in range(1, 8):
        rows.append(
            b"\2" + (5).to_bytes(4, "big") + b"\0"
            if number == 3
            else b"\1" + places[number].to_bytes(4, "big") + b"\0"
        )
    table = b"".join(rows)
    head = b"6 0 obj <</Type/XRef/Size 8/W[1 4 1]/Root 1 0 R/Length %d>>stream\n" % len(table)
    return data + head + table + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF\n" % places[6]


XREF = b"xref\n0 1\n0000000000 65535 f \ntrailer <</Root 1 0 R/Size 5>>\nstartxref\n9\n"
REFERS = b"/Contents[4 0 R 5 0 R]"


def linear(data: bytes) -> bytes:
    """The trailer in front, as where the first page is to be seen early, and no last line."""
    return data.partition(b"trailer")[0].replace(HEAD, HEAD + b"trailer <</Root 1 0 R/Size 20>>\n")


@pytest.mark.parametrize(
    ("data", "lost"),
    [
        (linear(pdf()), None),
        (linear(pdf()) + XREF, None),
        (linear(pdf()).partition(b"endstream")[0], "its last object is not whole"),
        (linear(pdf()).replace(b"/Contents 4 0 R", REFERS), "object 5 is missing"),
        (linear(pdf()).replace(b"3 0 R]/Count 1", b"3 0 R 3 0 R]/Count 3") + XREF, "page 3 is not there"),
        (linear(pdf(b"5 0 obj <</Type/ObjStm>> endobj\n")), "its table of objects is missing"),
        (pdf().partition(b"trailer")[0], ""),
    ],
)
def test_a_pdf_without_its_last_line_is_read_where_nothing_else_is_missing(
    data: bytes, lost: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    if lost is not None:
        with pytest.raises(SourceError) as caught:
            open_files([path])
        assert caught.value.reason.startswith("cut off: the end of the PDF is missing (no %%EOF)")
        assert caught.value.reason.endswith(lost)
        return
    source = open_files([path])
    assert source.notes == (f"{path}: the last line of the PDF is missing (no %%EOF); its page is there",)
    assert ink(seen(path)) == pytest.approx((100, 100, 200, 200), abs=1)
    source.close()


def test_a_pdf_cut_off_anywhere_is_refused_or_whole(tmp_path: Path) -> None:
    """At every octet: whatever is read looks as the whole document does."""
    whole = linear(pdf()) + XREF
    path = tmp_path / "a.pdf"
    read = 0
    for length in range(len(whole), 0, -1):
        path.write_bytes(whole[:length])
        try:
            image = seen(path)
        except SourceError as error:
            assert "\n" not in str(error)
            continue
        read += 1
        assert ink(image) == pytest.approx((100, 100, 200, 200), abs=1), whole[:length][-60:]
    assert read >= 1


LOCKS = {
    "qpdf": [
        [*("--allow-weak-crypto", "--encrypt", "", "owner"), *options, "--"]
        for options in (
            ["40"],
            ["128", "--use-aes=n", "--print=none"],
            ["128", "--use-aes=y", "--extract=n"],
            ["128", "--cleartext-metadata"],
            ["256", "--modify=none"],
            ["256", "--force-R5", "--allow-insecure"],
        )
    ],
    "mutool": [
        ["clean", "-E", method, "-O", "owner", "-P", "0"] for method in ("rc4-40", "rc4-128", "aes-128", "aes-256")
    ],
}


@pytest.mark.parametrize("program", LOCKS)
def test_a_pdf_that_only_its_owner_may_change_is_read(program: str, tmp_path: Path) -> None:
    """In every encryption that two programs write: it opens without a password."""
    tool = needs_program(program)
    plain, locked = tmp_path / "plain.pdf", tmp_path / "locked.pdf"
    plain.write_bytes(pdf())
    for options in LOCKS[program]:
        if program == "qpdf":
            command = [tool, "--warning-exit-0", *options, str(plain), str(locked)]
        else:
            command = [tool, *options, str(plain), str(locked)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, (options, done.stderr)
        assert b"/Encrypt" in locked.read_bytes()
        assert ink(seen(locked)) == pytest.approx((100, 100, 200, 200), abs=1), options
