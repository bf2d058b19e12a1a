"""Makes the sample pages anew: `python sample_images/make.py [FOLDER]`. Needs the emulator installed."""

# ruff: noqa: S311  # chance makes the pictures, and guards nothing

from __future__ import annotations

import math
import sys
from pathlib import Path
from random import Random

from PIL import ExifTags, Image, ImageDraw, ImageFilter

from emulator.imaging import letter_text
from emulator.imaging.encoders.tiff_file import TiffWriter
from emulator.imaging.letter import LetterSource
from emulator.imaging.lettering import Lettering, width
from emulator.imaging.pages import Wanted
from emulator.imaging.pixels import black_and_white
from emulator.wsscan.values.geometry import Dimensions, Resolution

A4 = Dimensions(8268, 11693)
GREY = (96, 96, 96)


def letter(path: Path) -> None:
    """One page, grey, 200 ppi."""
    source = LetterSource(1, seed=1, device="sample", size=A4)
    page = source.page(0, Wanted(Resolution(200, 200), "L", A4))
    page.image.quantize(16).save(path, dpi=(200, 200), optimize=True)


def report(path: Path) -> None:
    """Four pages in one TIFF, Group 4, 200 ppi: what a fax gateway files."""
    source = LetterSource(4, seed=2, device="sample", size=A4)
    with path.open("w+b") as file:
        writer = TiffWriter(file, "group4", multi=True)
        for index in range(len(source)):
            page = source.page(index, Wanted(Resolution(200, 200), "1", A4))
            writer.add(black_and_white(page.image, halftone=False), Resolution(200, 200))


def invoice(path: Path) -> None:
    """Three pages, colour, 150 ppi: an invoice with many items."""
    random = Random("invoice")
    items = [line for _ in range(20) for line in letter_text.bill(random)]
    parts = (items[:26], items[26:59], items[59:73])
    pages, net = [], 0
    for number, lines in enumerate(parts, start=1):
        net += sum(quantity * pence for _, quantity, pence in lines)
        pages.append(_invoice_page(number, len(parts), lines, net))
    pages[0].save(path, save_all=True, append_images=pages[1:], resolution=150, title="Invoice", quality=80)


def _invoice_page(number: int, count: int, lines: list[tuple[str, int, int]], net: int) -> Image.Image:
    company, letter_of = letter_text.COMPANIES[3], letter_text.correspondence(3)
    image = Image.new("RGB", (1240, 1754), "white")
    pen = Lettering(image, 150)
    pen.fill(0, 0, 0.22, 11.7, company.color)
    pen.write(0.9, 1.0, company.name, 22, color=company.color, bold=True)
    pen.write(0.9, 1.22, f"{company.street}, {company.town}", 9, color=GREY)
    pen.write_right(7.5, 1.0, "INVOICE", 22, bold=True)
    pen.write_right(7.5, 1.22, f"No. 2024-0417, page {number} of {count}", 9, color=GREY)
    y = 1.9
    if number == 1:
        for line in letter_of.recipient:
            pen.write(0.9, y, line, 10.5)
            y += 0.2
        for row, (name, value) in enumerate(
            (
                ("Date", letter_text.long_date(letter_of.written)),
                ("Customer", "K-20418"),
                ("Order", letter_of.reference),
                ("Terms", "30 days net"),
            )
        ):
            pen.write(5.2, 1.9 + row * 0.2, name, 10, color=GREY)
            pen.write_right(7.5, 1.9 + row * 0.2, value, 10)
        y = 3.2
    pen.fill(0.9, y - 0.2, 7.5, y + 0.1, company.color)
    white = (255, 255, 255)
    pen.write(1.0, y, "Item", 10, color=white, bold=True, on_white=False)
    for right, title in ((5.2, "Quantity"), (6.3, "Price"), (7.4, "Amount")):
        pen.write_right(right, y, title, 10, color=white, bold=True, on_white=False)
    for row, (item, quantity, pence) in enumerate(lines):
        y += 0.24
        if row % 2:
            pen.fill(0.9, y - 0.16, 7.5, y + 0.08, (244, 241, 248))
        for right, text in (
            (5.2, str(quantity)),
            (6.3, letter_text.money(pence)),
            (7.4, letter_text.money(quantity * pence)),
        ):
            pen.write_right(right, y, text, 10, on_white=False)
        pen.write(1.0, y, item, 10, on_white=False)
    y += 0.14
    pen.fill(0.9, y, 7.5, y + 0.01, GREY)
    if number < count:
        pen.write_right(7.4, y + 0.25, f"Carried forward  {letter_text.money(net)}", 10, bold=True)
    else:
        for row, (name, value) in enumerate((("Net", net), ("VAT 20 %", net // 5), ("Total", net + net // 5))):
            pen.write(5.4, y + 0.28 + row * 0.24, name, 10.5, bold=row == 2)
            pen.write_right(7.4, y + 0.28 + row * 0.24, letter_text.money(value), 10.5, bold=row == 2)
        pen.write(0.9, y + 1.6, "Please pay into the account below and give the number of the invoice.", 10.5)
        pen.write(0.9, y + 1.85, "Thank you for your order.", 10.5)
    pen.fill(0.9, 10.85, 7.5, 10.855, GREY)
    pen.write(0.9, 11.05, f"{company.telephone}   {company.mail}", 8, color=GREY)
    pen.write_right(7.5, 11.05, "Example Bank, account 00 1234 5678", 8, color=GREY)
    return image


def receipt(path: Path) -> None:
    """A till receipt, 3 by 6 inches, black and white, 203 ppi as thermal printers have."""
    image = Image.new("L", (609, 1218), "white")
    pen = Lettering(image, 203, bilevel=True)

    def centred(y: float, text: str, points: float, *, bold: bool = False) -> None:
        pen.write((3.0 - width(text, points)) / 2, y, text, points, bold=bold)

    centred(0.45, "Corner Cafe", 18, bold=True)
    centred(0.68, "5 Market Square, Thornby", 9)
    centred(0.84, "Tel. 01632 960 226", 9)
    pen.fill(0.25, 0.98, 2.75, 0.985, (0, 0, 0))
    y = 1.25
    total = 0
    for item, pence in (
        ("2 Filter coffee", 560),
        ("1 Pot of tea", 310),
        ("1 Cheese scone", 345),
        ("2 Apple cake", 790),
        ("1 Soup of the day", 625),
        ("1 Mineral water", 240),
    ):
        pen.write(0.25, y, item, 10)
        pen.write_right(2.75, y, letter_text.money(pence), 10)
        total += pence
        y += 0.24
    pen.fill(0.25, y - 0.1, 2.75, y - 0.095, (0, 0, 0))
    y += 0.15
    pen.write(0.25, y, "TOTAL", 13, bold=True)
    pen.write_right(2.75, y, letter_text.money(total), 13, bold=True)
    for line in ("VAT 20 % included", "Card ending 4021, approved", "17 May 2024 12:48   Till 2"):
        y += 0.24
        pen.write(0.25, y, line, 9)
    random = Random(7)
    x = 0.45
    while x < 2.5:
        bar = random.choice((0.01, 0.01, 0.02, 0.03))
        pen.fill(x, y + 0.3, x + bar, y + 0.75, (0, 0, 0))
        x += bar + random.choice((0.01, 0.02, 0.03))
    centred(y + 0.93, "0417 2204 8812", 9)
    centred(5.6, "Thank you, come again!", 11, bold=True)
    black_and_white(image, halftone=False).save(path, dpi=(203, 203), optimize=True)


def photo(path: Path) -> None:
    """A landscape in colour, stored on its side with EXIF Orientation 6, as telephones do."""
    across, height = 1600, 1200
    random = Random(11)
    sky = Image.new("RGB", (1, height))
    for y in range(height):
        at = min(1.0, y / (height * 0.62))
        sky.putpixel((0, y), (int(52 + 200 * at**1.3), int(96 + 96 * at), int(168 - 40 * at**2)))
    image = sky.resize((across, height))
    glow = Image.new("L", (across, height))
    ImageDraw.Draw(glow).ellipse((930, 420, 1230, 720), fill=200)
    image.paste((255, 236, 190), mask=glow.filter(ImageFilter.GaussianBlur(60)))
    sun = Image.new("L", (across, height))
    ImageDraw.Draw(sun).ellipse((1030, 520, 1130, 620), fill=255)
    image.paste((255, 250, 232), mask=sun.filter(ImageFilter.GaussianBlur(3)))
    for layer in range(5):
        base = 640 + layer * 95
        phases = [(random.uniform(0.4, 4.5), random.uniform(0, 6.3), random.uniform(12, 70)) for _ in range(5)]
        ridge = []
        for x in range(-8, across + 9, 4):
            swell = sum(a * math.sin(f * x / across * 2 * math.pi + p) for f, p, a in phases) / (1 + layer * 0.3)
            ridge.append((x, base - swell + random.uniform(-2.5, 2.5) * (1 + layer * 0.7)))
        shape = Image.new("L", (across, height))
        ImageDraw.Draw(shape).polygon([*ridge, (across + 8, height), (-8, height)], fill=255)
        dark = layer / 4
        color = (int(170 - 140 * dark), int(132 - 88 * dark), int(132 - 92 * dark))
        image.paste(color, mask=shape.filter(ImageFilter.GaussianBlur(2.4 - layer * 0.4)))
        if layer == 3:
            _lake(image, 1010)
    for _ in range(46):
        _tree(image, random)
    grain = Image.frombytes("L", (across, height), random.randbytes(across * height)).convert("RGB")
    image = Image.blend(image, grain, 0.03)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # turn right to see it upright
    exif[ExifTags.Base.ImageDescription] = "Sample of the DSM device emulator"
    image.transpose(Image.Transpose.ROTATE_90).save(path, quality=84, exif=exif, dpi=(72, 72))


def _lake(image: Image.Image, level: int) -> None:
    """What is above `level`, mirrored and blurred, in the middle of the picture."""
    above = image.crop((0, level - 150, image.width, level)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    above = above.filter(ImageFilter.BoxBlur((26, 2)))
    above = Image.blend(above, Image.new("RGB", above.size, (196, 178, 170)), 0.35)
    shore = Image.new("L", above.size)
    ImageDraw.Draw(shore).ellipse((220, -70, 1420, 110), fill=255)
    image.paste(above, (0, level), shore.filter(ImageFilter.GaussianBlur(2)))


def _tree(image: Image.Image, random: Random) -> None:
    """A fir before the light."""
    x, foot = random.uniform(0, image.width), random.uniform(1090, 1220)
    tall = random.uniform(70, 190)
    draw = ImageDraw.Draw(image)
    shade = random.randint(0, 12)
    for step in range(9):
        at = step / 9
        half = tall * 0.2 * (at + 0.12) * random.uniform(0.85, 1.15)
        top = foot - tall * (1 - at)
        draw.polygon(
            [(x, top), (x - half, top + tall * 0.17), (x + half, top + tall * 0.17)],
            fill=(14 + shade, 22 + shade, 20),
        )
    draw.rectangle((x - 2, foot, x + 2, foot + 14), fill=(20, 16, 14))


def main() -> None:
    """Write all samples beside this file, or into the folder named."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    letter(folder / "letter.png")
    invoice(folder / "invoice.pdf")
    photo(folder / "photo.jpg")
    receipt(folder / "receipt.png")
    report(folder / "report.tif")


if __name__ == "__main__":
    main()
