"""Font files of a set's own: pages are set in them, and are the same without the faces of the extra; what is no
font or has no such letters is refused by its name."""

from __future__ import annotations

import hashlib
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
import test_documents_extra as extra
from programs import run

from emulator.documents import DocumentSetError, DocumentSource, open_set
from emulator.documents.document_set import DocumentSet
from emulator.printing import own_fonts
from emulator.printing.faces import packages
from emulator.printing.setting import shape

PLEX = "fontpkg_ibm_plex_mono/files/IBMPlexMono-Regular.ttf"
GARAMOND = "fontpkg_eb_garamond/files/EBGaramond[wght].ttf"
CAVEAT = "fontpkg_caveat/files/Caveat[wght].ttf"


def face_file(name: str) -> Path:
    package, _, file = name.partition("/")
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / file


def written(folder: Path, fonts: str, *, kind: str = "invoice", more: str = "", language: str = "en") -> Path:
    """A set beside copies of those fonts."""
    for number, name in enumerate((PLEX, GARAMOND, CAVEAT)):
        shutil.copy(face_file(name), folder / f"{'abc'[number]}.ttf")
    path = folder / "own.toml"
    path.write_text(
        f'title = "Own"\nlanguage = "{language}"\nlook = "clean"\n\nfonts = {fonts}\n\n'
        f'[[documents]]\nkind = "{kind}"\n{more}',
        encoding="utf-8",
    )
    return path


def pixels(found: DocumentSet) -> str:
    return hashlib.sha256(DocumentSource(found, seed=3).page(0).image.tobytes()).hexdigest()


def test_each_kind_of_face_is_set_in_the_file_that_stands_for_it(tmp_path: Path) -> None:
    found = open_set(
        str(written(tmp_path, '[{ file = "a.ttf", faces = ["mono"] }, { file = "b.ttf", bold = "a.ttf" }]'))
    )
    plain = shape("Word", "mono", False, False, "en")
    with own_fonts.set_in(found.own_fonts):
        mono, serif, bold = (shape("Word", role, heavy, False, "en") for role, heavy in
                             (("mono", False), ("serif", False), ("sans", True)))  # fmt: skip
        assert shape("Word", "hand3", False, False, "en").glyphs[0].face == serif.glyphs[0].face
    assert len({glyph.x for glyph in mono.glyphs}) == 4 and mono.advance == pytest.approx(2.4), (
        "figures of one width"
    )
    assert serif.advance != mono.advance and bold.glyphs[0].face.characters == mono.glyphs[0].face.characters
    assert shape("Word", "mono", False, False, "en") == plain, "and afterwards as before"


def test_pages_are_set_in_them_and_others_are_not_touched(tmp_path: Path) -> None:
    own = open_set(str(written(tmp_path, '["c.ttf"]', kind="contract")))
    without = own.model_copy(update={"fonts": ()})
    before = pixels(without)
    assert pixels(own) != before
    assert pixels(without) == before
    assert pixels(own) == pixels(own)


def test_the_page_is_the_same_without_the_faces_of_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, '["b.ttf"]')
    options = (
        "render",
        "--documents",
        "own.toml",
        "--pages",
        "1",
        "--set",
        "Resolution=75x75",
        "--set",
        "Format=png",
    )
    assert run(*options, "--output", "with", cwd=tmp_path).returncode == 0
    monkeypatch.setattr(extra, "modules_of_the_extra", lambda: list(packages()))
    done = extra.without(*options, "--output", "without", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (one,), (other,) = sorted(tmp_path.glob("with/*.png")), sorted(tmp_path.glob("without/*.png"))
    assert one.read_bytes() == other.read_bytes()
    written(tmp_path, '[{ file = "b.ttf", faces = ["serif"] }]')
    done = extra.without(*options, "--output", "half", cwd=tmp_path)
    assert done.returncode == 2 and "documents need an extra that is not installed" in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("fonts", "more", "language", "told"),
    [
        ('["missing.ttf"]', "", "en", "own.toml:5: fonts[1]: * missing.ttf cannot be read: No such file"),
        ('["own.toml"]', "", "en", "own.toml:5: fonts[1]: * own.toml is no OpenType or TrueType font"),
        ('["."]', "", "en", "fonts[1]: * is no file"),
        ('["cut.ttf"]', "", "en", "cut.ttf is damaged, or has no characters of Unicode"),
        ('[{ file = "a.ttf", italic = "missing.ttf" }]', "", "en", "fonts[1].italic: * missing.ttf cannot be read"),
        ('[{ file = "a.ttf", faces = ["fraktur"] }]', "", "en", "fraktur"),
        ('[{ file = "a.ttf", weight = 7 }]', "", "en", "weight"),
        ('["a.ttf"]', "", "hi", "fonts: no font of the set for sans has * which the language 'hi' is written with"),
        ('["a.ttf"]', 'text = "時"\n', "en", "documents[1].text: no font of the set for serif has '時' (U+6642)"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_font_is_told(fonts: str, more: str, language: str, told: str, tmp_path: Path) -> None:
    path = written(tmp_path, fonts, kind="text" if more else "letter", more=more, language=language)
    (tmp_path / "cut.ttf").write_bytes((tmp_path / "a.ttf").read_bytes()[:2000])
    with pytest.raises(DocumentSetError) as caught:
        open_set(str(path))
    rest = str(caught.value)
    for part in told.split("*"):
        assert part.strip() in rest, caught.value
        rest = rest.partition(part.strip())[2]
    assert "pip install" not in str(caught.value)


def test_a_font_is_not_read_beyond_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, '["a.ttf"]')
    own_fonts.own_font.cache_clear()
    monkeypatch.setattr(own_fonts, "MAX_FONT_BYTES", 1024 * 1024 // 8)
    with pytest.raises(DocumentSetError, match=r"a\.ttf is larger than 0 MB"):
        open_set(str(path))
