"""Contact sheets of documents, to be looked at: twelve by seed of the kinds that have layouts, every kind and every
trace, each in some languages, as a scanner sees them.

    python docs/make_contact_sheets.py FOLDER [--languages en,de,ja] [--ppi 150] [--look scanned] [--seed 0]

Writes FOLDER/LANGUAGE/SHEET/contact-sheet.jpg with gallery.html, and the pages at full size beside it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from PIL import Image

from emulator.documents import DocumentSet, DocumentSource, Exhibit, every_kind, every_trace, write_gallery
from emulator.documents.document_set import DocumentEntry
from emulator.imaging.pages import Wanted
from emulator.wsscan.values.geometry import Dimensions, Resolution

PAGES = 12
BY_SEED = ("invoice", "letter", "statement", "receipt")
MEDIUM = Dimensions(8268, 11693)


def sets(language: str) -> dict[str, DocumentSet]:
    """What is shown of a language, by the name of the sheet."""
    found = {
        kind: DocumentSet(
            name=kind, title=kind, language=language, documents=(DocumentEntry(kind=kind, copies=PAGES),)
        )
        for kind in BY_SEED
    }
    return found | {"every-kind": every_kind(language), "every-trace": every_trace(language)}


def show(folder: Path, shown: DocumentSet, seed: int, look: str, ppi: int) -> Path:
    """Write the pages of a set and their contact sheet; returns the sheet."""
    folder.mkdir(parents=True, exist_ok=True)
    source = DocumentSource(shown, seed=seed, look="clean" if look == "clean" else "scanned")
    wanted = Wanted(Resolution(ppi, ppi), "RGB", MEDIUM)
    exhibits = []
    for index in range(len(source)):
        image = source.page(index, wanted).image
        assert isinstance(image, Image.Image)
        truth = source.truth(index, wanted)
        file = folder / f"page-{index + 1:04}.png"
        image.save(file, compress_level=1, dpi=(ppi, ppi))
        traces = [f"{trace.name} {trace.strength:g}" for trace in truth.traces if trace.name != "look"]
        exhibits.append(Exhibit(file, ", ".join(traces) or truth.kind, f"page {index + 1}"))
    return write_gallery(folder, f"{shown.title} ({shown.language})", exhibits)[1]


def main() -> None:
    """Write the sheets that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--languages", default="en,de,ja")
    parser.add_argument("--ppi", type=int, default=150)
    parser.add_argument("--look", choices=("scanned", "clean"), default="scanned")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for language in options.languages.split(","):
        for name, shown in sets(language).items():
            made = show(options.folder / language / name, shown, options.seed, options.look, options.ppi)
            sys.stdout.write(f"{made}\n")


if __name__ == "__main__":
    main()
