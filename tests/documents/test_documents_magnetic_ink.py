"""Lines of magnetic ink as readers of other makes read them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from document_pages import source_of, wanted
from optional_programs import needs_program, skip_or_fail
from PIL import Image
from rapidfuzz.distance import Levenshtein
from variants import exhaustive

READERS = Path(os.environ.get("DSM_MICR_READERS", "/nowhere"))
"""A folder with `e13b.traineddata` (github.com/DoubangoTelecom/tesseractMICR, tessdata_fast, BSD) and
`mcr.traineddata` (github.com/BigPino67/Tesseract-MICR-OCR, Tessdata, MIT)."""
MODELS = {"e13b": ("1", ""), "mcr": ("0", "abcd")}
"""The engine of tesseract that each is for, and how it calls transit, amount, on-us and dash."""
PPI = 200
"""What both were made with; they read larger lines worse, whoever printed them."""


def read(line: Image.Image, model: str, folder: Path) -> str:
    """The characters of a line, without spaces."""
    engine, symbols = MODELS[model]
    line.save(folder / "line.png", dpi=(PPI, PPI))
    command = [needs_program("tesseract"), folder / "line.png", "-", "--tessdata-dir", READERS, "-l", model]
    done = subprocess.run(
        [*command, "--psm", "7", "--oem", engine],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    )
    return "".join(done.stdout.split()).translate(str.maketrans(symbols, "ABCD"[: len(symbols)]))


@exhaustive
@pytest.mark.parametrize("model", MODELS)
def test_readers_of_other_makes_read_e13b(model: str, tmp_path: Path) -> None:
    if not (READERS / f"{model}.traineddata").exists():
        skip_or_fail(f"DSM_MICR_READERS names no folder with {model}.traineddata, a reader of magnetic ink")
    characters = errors = 0
    for language in ("en", "de", "pl", "he", "hi", "ar", "ja", "ru"):
        source = source_of('kind = "cheque"\ncopies = 5', language=language, seed=11)
        for index in range(5):
            image, truth = source.page(index, wanted(PPI)).image, source.truth(index, wanted(PPI))
            assert isinstance(image, Image.Image)
            (line,) = [field for field in truth.fields if field.name == "micr"]
            xs, ys = zip(*line.polygon, strict=True)
            box = (min(xs) - 16, min(ys) - 16, max(xs) + 16, max(ys) + 16)
            printed = line.value.replace(" ", "")
            characters += len(printed)
            errors += Levenshtein.distance(printed, read(image.crop([round(at) for at in box]), model, tmp_path))
    assert characters > 1000
    assert errors <= characters * 0.005, f"{errors} of {characters}"
