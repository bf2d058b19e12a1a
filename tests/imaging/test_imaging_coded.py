"""Pages that are coded as the ticket asks are not coded again: their data is in the document as it was in the file,
every pixel as decoders of others see it, and whatever the ticket would change is scanned as ever."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from icc_profiles import rgb_profile
from imaging_tickets import LETTER, ticket
from judges import decode_jpeg, decode_png, decode_tiff, run, whole_number_tags
from netpbm_files import read_netpbm
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin
from png_writing import chunk, chunks

from emulator.device.pipelines.pipeline import PassingSide
from emulator.device.pipelines.scanned import ScannedPages
from emulator.device.sheets import SheetSide
from emulator.imaging.coded import CodedPage, CodedScan, Coding
from emulator.imaging.encode import DocumentInfo
from emulator.imaging.encoders.jpeg_options import JpegOptions
from emulator.imaging.files import FileSource, open_files
from emulator.imaging.pages import Page, PageSource, SourceError, Wanted
from emulator.imaging.scan_head import scan
from emulator.imaging.scanned import NO_ORIGIN
from emulator.imaging.sequence import arrange
from emulator.wsscan.values.geometry import Dimensions, Resolution, ScanRegion
from emulator.wsscan.values.ticket import EffectiveExposure, EffectiveTicket

SIZE = (850, 1100)
"""Letter at 100 ppi."""
QUALITY = 80
"""CompressionQualityFactor of the tickets here."""


def picture(mode: str, size: tuple[int, int] = SIZE) -> Image.Image:
    """Something of every kind: ramps, edges, marks, noise."""
    across, down = np.linspace(0, 255, size[0]), np.linspace(0, 255, size[1])[:, np.newaxis]
    noise = np.random.default_rng(7).integers(0, 40, (size[1], size[0]))
    planes = [across + down * 0 + noise, down + across * 0 + noise, (across + down) / 2 + noise]
    image = Image.fromarray(np.clip(np.stack(planes, 2), 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for row in range(60, size[1] - 40, 40):
        draw.rectangle((60, row, 60 + row * 7 % 600, row + 12), fill=(row % 256, 0, 30))
    return image.convert(mode)


def jpeg(path: Path, mode: str, *, factor: int = QUALITY, image: Image.Image | None = None, **options: Any) -> Path:
    image = image or picture(mode)
    wanted = {"dpi": (100, 100), **JpegOptions(factor).as_saved(image.mode), **options}
    image.save(path, "JPEG", **{name: value for name, value in wanted.items() if value is not None})
    return path


def group_4(path: Path, *options: str) -> Path:
    """As libtiff's own tool writes it."""
    plain = path.with_name("plain.tif")
    picture("1").save(plain, dpi=(100, 100))
    run("tiffcp", "-c", "g4", *(options or ("-r", "1100")), plain, path)
    return path


def png(path: Path, mode: str, **options: Any) -> Path:
    picture(mode).save(path, "PNG", dpi=(100, 100), **options)
    return path


def deep_png(path: Path) -> Path:
    """Grey of 16 bits."""
    samples = np.random.default_rng(3).integers(0, 65_536, (SIZE[1], SIZE[0])).astype(np.uint16)
    Image.fromarray(samples).save(path, "PNG", dpi=(100, 100))
    return path


def made(
    source: PageSource, wanted: EffectiveTicket, path: Path, index: int = 0, front: SheetSide | None = None
) -> DocumentInfo:
    pipeline = ScannedPages(wanted)
    pipeline.add(PassingSide(1 if front is None else 2, SheetSide(source, index), front), None, path, NO_ORIGIN)
    return pipeline.finish()[1]


def document(file: Path, wanted: EffectiveTicket) -> tuple[DocumentInfo, Path]:
    source = open_files([file])
    path = file.with_name("document")
    try:
        return made(source, wanted, path), path
    finally:
        source.close()


def pixels_of(path: Path, format: str, scratch: Path) -> NDArray[np.uint16]:
    """What programs of others decode."""
    scratch.mkdir(exist_ok=True)
    if format in ("jfif", "exif"):
        return decode_jpeg(path, scratch)[0].samples
    if format == "png":
        return decode_png(path, scratch)[0].samples
    if format.startswith("tiff"):
        return decode_tiff(path, scratch)[0].samples
    if format == "pdf-a":
        run("pdfimages", "-all", path, scratch / "image")
        found = next(scratch.glob("image-*"))
        if found.suffix == ".ccitt":  # without a header
            run("pdfimages", "-tiff", path, scratch / "plain")
            found = next(scratch.glob("plain-*"))
    else:
        with zipfile.ZipFile(path) as package:
            name = next(each for each in package.namelist() if each.startswith("Resources/Images/"))
            found = Path(package.extract(name, scratch))
    if found.suffix == ".jpg":
        return decode_jpeg(found, scratch)[0].samples
    with Image.open(found) as image:
        samples = np.asarray(image.convert("I;16") if image.mode == "I" else image)
    samples = samples.astype(np.uint16)
    return samples[:, :, np.newaxis] if samples.ndim == 2 else samples


def pixels_of_file(path: Path, kind: str, scratch: Path) -> NDArray[np.uint16]:
    """The same of a file that no scanner has made."""
    if kind == "png":
        return decode_png(path, scratch)[0].samples
    if kind == "jfif":
        return read_netpbm(run("djpeg", "-pnm", path))[0]
    run("tiffcp", "-c", "none", path, scratch / "rows.tif")
    with Image.open(scratch / "rows.tif") as image:
        return np.asarray(image).astype(np.uint16)[:, :, np.newaxis]


Writer = Callable[[Path], Path]
SAME: dict[str, tuple[Writer, str, str, tuple[str, ...]]] = {
    # file: how it is written, the mode of the ticket, what decodes the file itself, formats that take it
    "jpeg-rgb": (lambda path: jpeg(path, "RGB"), "RGB", "jfif", ("jfif", "exif", "pdf-a", "xps")),
    "jpeg-grey": (lambda path: jpeg(path, "L"), "L", "jfif", ("jfif", "exif", "pdf-a", "xps")),
    "jpeg-huffman": (lambda path: jpeg(path, "RGB", optimize=True), "RGB", "jfif", ("jfif", "pdf-a")),
    "jpeg-restarts": (lambda path: jpeg(path, "RGB", restart_marker_rows=1), "RGB", "jfif", ("jfif", "exif")),
    "jpeg-no-density": (lambda path: jpeg(path, "RGB", dpi=None), "RGB", "jfif", ("jfif",)),
    "jpeg-comment": (lambda path: jpeg(path, "RGB", comment=b"mine"), "RGB", "jfif", ("jfif",)),
    "group4": (group_4, "1", "tiff", ("tiff-single-g4", "tiff-multi-g4", "pdf-a")),
    "group4-white": (lambda path: _white_is_zero(path), "1", "tiff", ("tiff-single-g4", "pdf-a")),
    "group4-strips": (lambda path: group_4(path, "-r", "100"), "1", "tiff", ("tiff-single-g4", "tiff-multi-g4")),
    "group4-order": (
        lambda path: group_4(path, "-f", "lsb2msb", "-r", "1100"),
        "1",
        "tiff",
        ("tiff-single-g4", "pdf-a"),
    ),
    "png-rgb": (lambda path: png(path, "RGB"), "RGB", "png", ("png",)),
    "png-grey": (lambda path: png(path, "L"), "L", "png", ("png",)),
    "png-bilevel": (lambda path: png(path, "1"), "1", "png", ("png", "xps")),
    "png-deep": (deep_png, "Grayscale16", "png", ("png", "xps")),
}


def _white_is_zero(path: Path) -> Path:
    """Photometric 0, which scanners write."""
    plain = path.with_name("white.tif")
    picture("1").save(plain, compression="group4", dpi=(100, 100), tiffinfo={262: 0})
    run("tiffcp", "-c", "g4", "-r", "1100", plain, path)
    return path


CASES = [(name, format) for name, (_, _, _, formats) in SAME.items() for format in formats]


@pytest.mark.parametrize(("name", "format"), CASES)
def test_what_is_coded_as_asked_is_in_the_document_as_it_was(name: str, format: str, tmp_path: Path) -> None:
    write, mode, read_as, _ = SAME[name]
    file = write(tmp_path / "page")
    info, path = document(file, ticket(format, mode))
    assert not info.recoded
    assert (info.width, info.height, info.resolution) == (*SIZE, Resolution(100, 100))
    seen, there = pixels_of(path, format, tmp_path / "seen"), pixels_of_file(file, read_as, tmp_path)
    assert np.array_equal(seen, there)
    if format == "jfif" and name in ("jpeg-rgb", "jpeg-grey", "jpeg-huffman", "jpeg-restarts"):
        assert path.read_bytes() == file.read_bytes()  # nothing was there but what a scanner writes
    assert b"mine" not in path.read_bytes()


@pytest.mark.parametrize("name", list(SAME))
def test_a_scan_would_have_made_the_same_pixels_at_the_same_place(name: str, tmp_path: Path) -> None:
    """Of JPEG those that are decoded, before they are coded again."""
    write, mode, _, (format, *_) = SAME[name]
    wanted = ticket(format, mode)
    source = open_files([write(tmp_path / "page")])
    try:
        passing = PassingSide(1, SheetSide(source, 0))
        coded = ScannedPages(wanted).image(passing)
        assert isinstance(coded, CodedScan)
        scanned = scan(source, 0, wanted.front, wanted)
        told = (coded.color, coded.resolution, coded.page_to_image, coded.medium, coded.image.size)
        assert told == (
            scanned.color,
            scanned.resolution,
            scanned.page_to_image,
            scanned.medium,
            scanned.image.size,
        )
    finally:
        source.close()
    info, path = document(tmp_path / "page", wanted)
    seen = pixels_of(path, format, tmp_path / "seen")
    if isinstance(scanned.image, Image.Image):
        pixels = np.asarray(scanned.image).astype(np.uint16).reshape(seen.shape)
    else:
        pixels = scanned.image.samples
    assert not info.recoded
    # libjpeg-turbo and djpeg make the colours of 4:2:0 between its samples in two ways.
    most = 40 if name.startswith("jpeg") and mode == "RGB" else 0
    assert int(np.abs(seen.astype(int) - pixels.astype(int)).max()) <= most


def _changed(**changes: Any) -> Callable[[EffectiveTicket], EffectiveTicket]:
    return lambda wanted: replace(wanted, **changes)


def _side(**changes: Any) -> Callable[[EffectiveTicket], EffectiveTicket]:
    return lambda wanted: replace(wanted, front=replace(wanted.front, **changes))


TICKETS: dict[str, Callable[[EffectiveTicket], EffectiveTicket]] = {
    "auto exposure": _changed(exposure=EffectiveExposure(True, 0, 0, 0)),
    "contrast": _changed(exposure=EffectiveExposure(False, 100, 0, 0)),
    "brightness": _changed(exposure=EffectiveExposure(False, 0, 100, 0)),
    "sharpness": _changed(exposure=EffectiveExposure(False, 0, 0, 20)),
    "halftone": _changed(content_type="Halftone"),
    "rotation": _changed(rotation=180),
    "scaling": _changed(scaling=(100, 99)),
    "film": _changed(input_source="Film", film_scan_mode="ColorSlideFilm"),
    "quality": _changed(compression_quality_factor=70),
    "finer colours": _changed(compression_quality_factor=95),
    "grey": _side(color_processing="Grayscale8"),
    "resolution": _side(resolution=Resolution(200, 200)),
    "a part": _side(scan_region=ScanRegion(0, 0, 8500, 10990)),
    "moved": _side(scan_region=ScanRegion(10, 0, 8490, 11000)),
    "a larger medium": lambda wanted: ticket("jfif", "RGB", medium=Dimensions(8510, 11000)),
    "another format": _changed(format="png"),
    "strips": _changed(format="tiff-single-jpeg-tn2"),
}


@pytest.mark.parametrize("what", list(TICKETS))
def test_what_the_ticket_changes_is_scanned(what: str, tmp_path: Path) -> None:
    wanted = TICKETS[what](ticket("jfif", "RGB"))
    assert document(jpeg(tmp_path / "page", "RGB"), wanted)[0].recoded


def _adobe_rgb(path: Path) -> Path:
    """Its components are red, green and blue."""
    image = picture("RGB")
    return jpeg(path, "RGB", image=image, keep_rgb=True, subsampling="4:4:4")


def _turned(path: Path) -> Path:
    exif = Image.Exif()
    exif[0x0112] = 3
    return jpeg(path, "RGB", exif=exif)


def _png_with(path: Path, name: bytes, data: bytes, *, behind: bool = False) -> Path:
    whole = png(path, "RGB").read_bytes()
    at = next(place for each, place, _ in chunks(whole) if each == (b"IEND" if behind else b"IDAT")) - 8
    path.write_bytes(whole[:at] + chunk(name, data) + whole[at:])
    return path


def _turned_png(path: Path) -> Path:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture("RGB").save(path, "PNG", dpi=(100, 100), exif=exif)
    return path


def _xmp_png(path: Path) -> Path:
    told = PngImagePlugin.PngInfo()
    told.add_itxt("XML:com.adobe.xmp", '<x xmlns:tiff="t" tiff:Orientation="3"/>')
    picture("RGB").save(path, "PNG", dpi=(100, 100), pnginfo=told)
    return path


def _with_tail(path: Path) -> Path:
    path.write_bytes(jpeg(path, "RGB").read_bytes() + b"tail")
    return path


def _packbits(path: Path) -> Path:
    picture("1").save(path, "TIFF", compression="packbits", dpi=(100, 100))
    return path


FILES: dict[str, tuple[Writer, str, str]] = {
    "progressive": (lambda path: jpeg(path, "RGB", progressive=True), "jfif", "RGB"),
    "red, green, blue": (_adobe_rgb, "jfif", "RGB"),
    "turned": (_turned, "jfif", "RGB"),
    "larger": (lambda path: jpeg(path, "RGB", image=picture("RGB", (852, 1100))), "jfif", "RGB"),
    "smaller": (lambda path: jpeg(path, "RGB", image=picture("RGB", (850, 1098))), "jfif", "RGB"),
    "denser": (lambda path: jpeg(path, "RGB", dpi=(150, 150)), "jfif", "RGB"),
    "other colours": (lambda path: jpeg(path, "RGB", subsampling="4:4:4"), "jfif", "RGB"),
    "inks": (lambda path: jpeg(path, "CMYK", image=picture("CMYK"), subsampling=None), "jfif", "RGB"),
    "something behind it": (_with_tail, "jfif", "RGB"),
    "transparent colour": (lambda path: _png_with(path, b"tRNS", bytes(6)), "png", "RGB"),
    "text behind": (lambda path: _png_with(path, b"tEXt", b"a\0b", behind=True), "png", "RGB"),
    "turned png": (_turned_png, "png", "RGB"),
    "turned by xmp": (_xmp_png, "png", "RGB"),
    "alpha": (lambda path: png(path, "RGBA"), "png", "RGB"),
    "palette": (lambda path: png(path, "P"), "png", "RGB"),
    "packbits": (_packbits, "tiff-single-g4", "1"),
    "strips for a PDF": (lambda path: group_4(path, "-r", "100"), "pdf-a", "1"),
    "tiles": (lambda path: group_4(path, "-t", "-w", "256", "-l", "256"), "tiff-single-g4", "1"),
}


@pytest.mark.parametrize("what", list(FILES))
def test_what_is_not_plainly_the_same_is_scanned(what: str, tmp_path: Path) -> None:
    write, format, mode = FILES[what]
    assert document(write(tmp_path / "page"), ticket(format, mode))[0].recoded


def test_of_a_profile_only_that_of_srgb_may_go(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    info, path = document(jpeg(tmp_path / "page", "RGB", icc_profile=srgb), ticket("jfif", "RGB"))
    assert not info.recoded and b"ICC_PROFILE" not in path.read_bytes()
    other = rgb_profile(((0.7, 0.3), (0.2, 0.7), (0.1, 0.1)), 1.8)
    assert document(jpeg(tmp_path / "other", "RGB", icc_profile=other), ticket("jfif", "RGB"))[0].recoded


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


@pytest.mark.parametrize("name", ["jpeg-rgb", "jpeg-grey", "group4", "png-rgb"])
def test_damage_is_found_as_when_it_is_scanned(name: str, tmp_path: Path) -> None:
    """Data that is cut off is refused where reading the page refuses it. So is what has been altered in it, but of
    JPEG, where only a full preflight sees that."""
    write, mode, _, (format, *_) = SAME[name]
    whole = write(tmp_path / "page").read_bytes()
    wanted = ticket(format, mode)
    refused = 0
    for at in range(len(whole) // 3, len(whole), len(whole) // 9):
        for damaged in (whole[:at], _flipped(whole, at), whole[:at] + bytes(64) + whole[at + 64 :]):
            (tmp_path / "page").write_bytes(damaged)
            cut_off = len(damaged) < len(whole)
            bad = _refuses(tmp_path / "page", lambda source: scan(source, 0, wanted.front, wanted))
            seen = _refuses(tmp_path / "page", lambda source: _image(source, wanted))
            assert seen == bad or (name.startswith("jpeg") and bad and not cut_off), (at, bad, seen)
            assert bad == _refuses(tmp_path / "page", lambda source: None, full=True), at
            refused += seen
    assert refused >= 6


def _image(source: PageSource, wanted: EffectiveTicket) -> object:
    return ScannedPages(wanted).image(PassingSide(1, SheetSide(source, 0)))


def _refuses(file: Path, read: Callable[[PageSource], object], *, full: bool = False) -> bool:
    """The first page of a source is decoded when it is opened: this is another one."""
    sound = file.with_name("sound.png")
    Image.new("L", (8, 8)).save(sound)
    try:
        source = open_files([sound, file], full=full)
        try:
            read(_Last(source))
        finally:
            source.close()
    except SourceError:
        return True
    return False


class _Last:
    """The last page of a source, alone."""

    def __init__(self, source: FileSource) -> None:
        self._source = source

    def __len__(self) -> int:
        return 1

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        return self._source.page(len(self._source) - 1, wanted)

    def coded(self, index: int, coding: Coding) -> CodedPage | None:
        return self._source.coded(len(self._source) - 1, coding)

    def close(self) -> None:
        self._source.close()


def test_pages_of_one_file_repeated_and_of_both_sides(tmp_path: Path) -> None:
    pages = [picture("1"), picture("1").transpose(Image.Transpose.FLIP_TOP_BOTTOM)]
    pages[0].save(
        tmp_path / "two.tif", save_all=True, append_images=pages[1:], compression="group4", dpi=(100, 100)
    )
    source = arrange(open_files([tmp_path / "two.tif"]), pages=5, repeat=True)
    wanted = ticket("tiff-multi-g4", "1")
    wanted = replace(wanted, back=wanted.front)
    pipeline = ScannedPages(wanted)
    front: SheetSide | None = None
    for number in range(1, 6):
        side = SheetSide(source, number - 1)
        pipeline.add(
            PassingSide(number, side, front if number % 2 == 0 else None), None, tmp_path / "all", NO_ORIGIN
        )
        front = side
    path, info = pipeline.finish()
    source.close()
    assert (info.pages, info.recoded) == (5, False)
    with Image.open(path) as shown:
        for number in range(5):
            shown.seek(number)
            assert shown.tobytes() == pages[number % 2].tobytes()


@pytest.mark.parametrize("format", ["jfif", "png"])
def test_whether_a_png_is_coded_so_is_known_without_numpy(format: str, tmp_path: Path) -> None:
    """In a process of its own: it takes a tenth of the time of a start."""
    file = png(tmp_path / "file", "RGB")
    look = (
        "import sys\n"
        "from pathlib import Path\n"
        "from emulator.imaging.encoders.encoder import coding_of\n"
        "from emulator.imaging.files import open_files\n"
        "source = open_files([Path(sys.argv[1])])\n"
        "page = source.coded(0, coding_of(sys.argv[2], 'RGB24'))\n"
        "print(page is not None and page.load() is not None, 'numpy' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", look, str(file), format], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(format == "png"), "False"]


def test_letters_that_follow_the_files_are_scanned(tmp_path: Path) -> None:
    source = arrange(open_files([jpeg(tmp_path / "page", "RGB")]), pages=2, size=LETTER)
    wanted = ticket("pdf-a", "RGB")
    pipeline = ScannedPages(wanted)
    for number in (1, 2):
        pipeline.add(PassingSide(number, SheetSide(source, number - 1)), None, tmp_path / "all", NO_ORIGIN)
    path, info = pipeline.finish()
    source.close()
    assert (info.pages, info.recoded) == (2, True)
    run("qpdf", "--check", path)


def test_a_detected_size_is_that_of_the_page(tmp_path: Path) -> None:
    wanted = ticket("jfif", "RGB", medium=Dimensions(12_000, 17_000), size_auto_detect=True)
    info, _ = document(jpeg(tmp_path / "page", "RGB"), wanted)
    assert (info.width, info.height, info.recoded) == (*SIZE, False)


def test_the_exif_of_a_document_is_the_scanners(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera of mine"
    info, path = document(jpeg(tmp_path / "page", "RGB", exif=exif), ticket("exif", "RGB"))
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        told = image.getexif()
    assert not info.recoded and told.get(0x010F) is None and b"of mine" not in path.read_bytes()
    assert (told[0x011A], told[0x011B], told[0x0112]) == (100, 100, 1)


def pdf(path: Path, image: Path, *, entries: str = "", page: str = "", drawing: str = "") -> Path:
    """A PDF of one page with the JPEG or Group 4 data of a file."""
    if image.read_bytes()[:2] == b"\xff\xd8":
        data = image.read_bytes()
        with Image.open(image) as opened:
            grey = opened.mode == "L"
        kind = f"/ColorSpace /Device{'Gray' if grey else 'RGB'} /BitsPerComponent 8 /Filter /DCTDecode"
    else:
        tags = whole_number_tags(image.read_bytes())[0]
        data = image.read_bytes()[tags[273][0] :][: tags[279][0]]
        black = "true" if tags[262] == [1] else "false"
        parms = f"<< /K -1 /Columns {SIZE[0]} /Rows {SIZE[1]} /BlackIs1 {black} >>"
        kind = f"/ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /CCITTFaxDecode /DecodeParms {parms}"
    kind = f"/Type /XObject /Subtype /Image /Width {SIZE[0]} /Height {SIZE[1]} {kind} {entries}"
    fonts = "/Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
    page = page or f"/Resources << /XObject << /I 5 0 R >> {fonts} >>"
    content = (drawing or "q 612 0 0 792 0 0 cm /I Do Q").encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R %b >>" % page.encode(),
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        b"<< %b /Length %d >>\nstream\n%b\nendstream" % (kind.encode(), len(data), data),
    ]
    out = b"%PDF-1.5\n"
    places = []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        rows,
        len(objects) + 1,
        len(out),
    )
    path.write_bytes(out)
    return path


@pytest.mark.parametrize(
    ("name", "format"),
    [
        *[(name, format) for name in ("jpeg-rgb", "jpeg-grey") for format in ("jfif", "exif", "pdf-a", "xps")],
        *[(name, "tiff-single-g4") for name in ("group4", "group4-white")],
        ("group4", "pdf-a"),
        ("group4-white", "tiff-multi-g4"),
    ],
)
def test_a_pdf_page_that_is_one_image_is_taken_as_that(name: str, format: str, tmp_path: Path) -> None:
    write, mode, read_as, _ = SAME[name]
    image = write(tmp_path / "image")
    info, path = document(pdf(tmp_path / "page", image), ticket(format, mode))
    assert not info.recoded
    assert np.array_equal(pixels_of(path, format, tmp_path / "seen"), pixels_of_file(image, read_as, tmp_path))


PDF_PAGES: dict[str, dict[str, str]] = {
    "other levels": {"entries": "/Decode [1 0 1 0 1 0]"},
    "other levels, the name written otherwise": {"entries": "/Dec#6fde [1 0 1 0 1 0]"},
    "a mask": {"entries": "/Mask [0 9 0 9 0 9]"},
    "other colours": {"entries": "/DecodeParms << /ColorTransform 0 >>"},
    "turned": {"page": "/Rotate 180 /Resources << /XObject << /I 5 0 R >> >>"},
    "upside down": {"drawing": "q 612 0 0 -792 0 792 cm /I Do Q"},
    "smaller": {"drawing": "q 600 0 0 792 0 0 cm /I Do Q"},
    "twice": {"drawing": "q 612 0 0 792 0 0 cm /I Do Q q 90 0 0 90 9 9 cm /I Do Q"},
    "with text": {"drawing": "q 612 0 0 792 0 0 cm /I Do Q BT /F 40 Tf 90 90 Td (on it) Tj ET"},
    "clipped": {"drawing": "q 0 0 300 300 re W n 612 0 0 792 0 0 cm /I Do Q"},
    "with a note": {
        "page": "/Annots [<< /Type /Annot /Subtype /Square /Rect [9 9 99 99] /C [1 0 0] >>] "
        "/Resources << /XObject << /I 5 0 R >> >>"
    },
    "in half colour": {
        "drawing": "q /G gs 612 0 0 792 0 0 cm /I Do Q",
        "page": "/Resources << /XObject << /I 5 0 R >> /ExtGState << /G << /ca 0.5 >> >> >>",
    },
}


@pytest.mark.parametrize("what", list(PDF_PAGES))
def test_a_pdf_page_that_is_more_or_other_than_its_image_is_drawn(what: str, tmp_path: Path) -> None:
    file = pdf(tmp_path / "page", jpeg(tmp_path / "image", "RGB"), **PDF_PAGES[what])
    info, path = document(file, ticket("jfif", "RGB"))
    assert info.recoded
    run("pdftoppm", "-r", "100", "-png", "-singlefile", file, tmp_path / "drawn")
    with Image.open(path) as seen, Image.open(tmp_path / "drawn.png") as drawn:
        # Without the noise, of which each coding and each drawing keeps another part.
        apart = np.asarray(seen.reduce(10)).astype(int) - np.asarray(drawn.convert("RGB").reduce(10)).astype(int)
        assert float(np.abs(apart).mean()) < 2, what


def test_an_image_that_is_cut_off_in_a_pdf_is_drawn_as_pdfium_shows_it(tmp_path: Path) -> None:
    image = jpeg(tmp_path / "image", "RGB")
    image.write_bytes(image.read_bytes()[:-9000])
    info, path = document(pdf(tmp_path / "page", image), ticket("jfif", "RGB"))
    assert info.recoded
    with Image.open(path) as shown:
        assert shown.size == SIZE


@pytest.mark.parametrize("ppi", [75, 150, 200])
def test_a_pdf_page_that_is_one_image_has_its_own_size_at_other_resolutions(ppi: int, tmp_path: Path) -> None:
    file = pdf(tmp_path / "page", jpeg(tmp_path / "image", "L"))
    info, path = document(file, ticket("png", "L", ppi))
    assert (info.width, info.height, info.recoded) == (round(8.5 * ppi), 11 * ppi, True)
    with Image.open(path) as seen, Image.open(tmp_path / "image") as image:
        there = np.asarray(image.resize(seen.size, Image.Resampling.BICUBIC)).astype(int)
        assert float(np.abs(np.asarray(seen).astype(int) - there).mean()) < 6
