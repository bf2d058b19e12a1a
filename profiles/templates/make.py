"""Makes the PDF templates, the picture and the data of the samples anew: `python profiles/templates/make.py`. Needs
the emulator installed, and Typst."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import typst
from PIL import Image, ImageDraw

from emulator.documents.templates.own_rows import invented_row
from emulator.printing.faces import font_folders

HERE = Path(__file__).resolve().parent
LAST = date(2025, 12, 30)

LETTER = """
#set page("a4", margin: 2.5cm)
#set text(font: "Source Serif 4", size: 11pt)
#text(15pt, weight: "bold")[Northgate Library]
#v(-0.6em)
#text(9pt, luma(90))[4 Northgate, Leeds LS1 4DL]
#v(1.5cm)
{{address}}
#v(2.6cm)
#align(right)[{{date:right}}]
#v(0.6cm)
*A book is missing*
#v(0.4cm)
Dear {{name}},

a book that you have borrowed was due on {{due}}, and has not come back: \\
"{{title}}". \\
Others are waiting for it. Please bring it to the desk, or put it into the box beside
the door. The fee until today is {{fee}} pounds. \\
Your card has the number {{card}}.
#v(0.8cm)
Yours sincerely
#v(1.2cm)
{{clerk}}
"""


def letter() -> None:
    """A letter with placeholders in its text."""
    made = typst.compile(
        LETTER.encode(),
        format="pdf",
        ignore_system_fonts=True,
        font_paths=font_folders(),
        pdf_tags=False,
        timestamp=0,
    )
    (HERE / "letter.pdf").write_bytes(made)
    titles = ("A short history of ink", "Paper and its makers", "The lighthouse", "Bees in the city", "Of maps")
    with (HERE / "letter.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("name", "address", "date", "due", "title", "fee", "card", "clerk"))
        for number, title in enumerate(titles):
            made_up = invented_row(number, "en", LAST)
            address = f"{made_up['name']}\n{made_up['address']}"
            fee = f"{1.25 * (number + 1):.2f}"
            rows.writerow(
                (
                    made_up["name"],
                    address,
                    made_up["due"],
                    made_up["date"],
                    title,
                    fee,
                    f"{4711 + 37 * number}",
                    made_up["clerk"],
                )
            )


# A form, written by hand: text and rules, and the fields of an AcroForm over them.

_LABELS = (
    (56, 770, 16, "Membership of the Northgate Library"),
    (56, 722, 9, "Name"),
    (56, 677, 9, "Street and town"),
    (56, 632, 9, "Mail"),
    (330, 632, 9, "Born on"),
    (56, 577, 9, "I would like to have"),
    (74, 555, 11, "books"),
    (174, 555, 11, "music"),
    (274, 555, 11, "pictures"),
    (56, 520, 9, "What we should know"),
    (56, 390, 9, "Photograph"),
    (330, 300, 9, "Signature"),
)
_FIELDS = (
    ("name", "Tx", (56, 695, 539, 717), 0),
    ("home", "Tx", (56, 650, 539, 672), 0),
    ("mail", "Tx", (56, 605, 310, 627), 0),
    ("born", "Tx", (330, 605, 539, 627), 0),
    ("books", "Btn", (56, 553, 68, 565), 0),
    ("music", "Btn", (156, 553, 168, 565), 0),
    ("pictures", "Btn", (256, 553, 268, 565), 0),
    ("remarks", "Tx", (56, 415, 539, 515), 1 << 12),
    ("photo", "Btn", (56, 280, 156, 385), 1 << 16),
    ("signature", "Sig", (330, 310, 539, 350), 0),
)


def form() -> None:
    """A form with fields to fill in."""
    content = ["0.6 w"]
    for _, kind, (left, low, right, high), flags in _FIELDS:
        if kind == "Sig":
            content.append(f"{left} {low} m {right} {low} l S")
        elif kind == "Btn" and not flags:
            content.append(f"{left} {low} {right - left} {high - low} re S")
        else:
            content.append(f"0.55 G {left} {low} {right - left} {high - low} re S 0 G")
    content += [f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET" for x, y, size, text in _LABELS]
    stream = "\n".join(content)
    first = 7
    objects = [
        f"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[{_references(first)}]/DA(/F1 0 Tf 0 g)"
        "/DR<</Font<</F1 4 0 R>>>>>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 4 0 R>>>>/Contents 5 0 R"
        f"/Annots[{_references(first)}]>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        f"<</Length {len(stream)}>>stream\n{stream}\nendstream",
        "<</Type/XObject/Subtype/Form/BBox[0 0 12 12]/Length 0>>stream\n\nendstream",
    ]
    for name, kind, (left, low, right, high), flags in _FIELDS:
        more = f"/Ff {flags}" if flags else ""
        if kind == "Btn" and not flags:
            more += "/AS/Off/AP<</N<</Yes 6 0 R/Off 6 0 R>>>>"
        objects.append(
            f"<</Type/Annot/Subtype/Widget/FT/{kind}/T({name})/Rect[{left} {low} {right} {high}]/F 4/P 3 0 R"
            f"{'/DA(/F1 0 Tf 0 g)' if kind == 'Tx' else ''}{more}>>"
        )
    (HERE / "form.pdf").write_bytes(_document(objects))
    rows = []
    for number in range(3):
        made_up = invented_row(100 + number, "en", LAST)
        rows.append(
            {
                "name": made_up["name"],
                "home": f"{made_up['street']}, {made_up['city']}",
                "mail": made_up["mail"],
                "born": made_up["date"],
                "books": True,
                "music": number == 1,
                "pictures": number > 0,
                "remarks": "I can come on Saturdays only. Please write to me when a book that I asked for is "
                "there; I have no telephone."
                if number
                else "",
                "photo": "logo.png",
                "signature": made_up["name"],
            }
        )
    (HERE / "form.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _references(first: int) -> str:
    return " ".join(f"{first + number} 0 R" for number in range(len(_FIELDS)))


def _document(objects: list[str]) -> bytes:
    document = b"%PDF-1.7\n"
    places = []
    for number, text in enumerate(objects, 1):
        places.append(len(document))
        document += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    tail = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer<</Size {size}/Root 1 0 R>>\nstartxref\n"
    return document + f"{tail}{len(document)}\n%%EOF\n".encode()


def invoice() -> None:
    """The data of the Typst invoice."""
    rows = [invented_row(200 + number, "en", LAST) for number in range(5)]
    (HERE / "invoice.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def logo() -> None:
    """A mark."""
    picture = Image.new("RGB", (240, 240), "white")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((12, 12, 228, 228), fill=(28, 92, 110))
    draw.polygon(((120, 44), (190, 180), (50, 180)), fill="white")
    draw.rectangle((104, 120, 136, 180), fill=(28, 92, 110))
    picture.save(HERE / "logo.png", optimize=True)


if __name__ == "__main__":
    letter()
    form()
    invoice()
    logo()
