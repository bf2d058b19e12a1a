"""Document sets: what a file may say, and how a mistake in it is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from document_pages import source_of, wanted

from emulator.documents import (
    DocumentSetError,
    DocumentSource,
    FontMissing,
    list_sets,
    open_set,
    set_from_text,
)
from emulator.documents.kinds import KINDS
from emulator.documents.languages import codes, language
from emulator.documents.traces import TRACES
from emulator.imaging.pages import SourceError
from emulator.imaging.placement import place
from emulator.printing import faces
from emulator.resources import resource_folder

GOOD = """title = "Post"
language = "de"

[[documents]]
kind = "letter"
pages = 3
backs = "printed"

[[documents]]
kind = "invoice"
copies = 2

[[documents]]
kind = "text"
text = "Guten Tag"
"""


def problem(text: str) -> str:
    with pytest.raises(DocumentSetError) as raised:
        set_from_text(text, "post", "post.toml")
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'kind = "invoice"',
            'kind = "bill"',
            "post.toml:10: page 5: documents[2].kind: 'bill' is not allowed; allowed: letter, ",
        ),
        (
            "copies = 2",
            "copies = 0",
            "post.toml:11: page 5: documents[2].copies: 0 is not allowed; input should be greater",
        ),
        (
            "copies = 2",
            "copy = 2",
            "post.toml:11: page 5: documents[2].copy: no such field; there are: kind, language, copies",
        ),
        (
            'kind = "text"\ntext',
            'kind = "text"\npages = 2\ntext',
            "post.toml:15: page 7: documents[3].pages: a document of kind 'text' has one page",
        ),
        (
            "copies = 2",
            'text = "x"',
            "post.toml:11: page 5: documents[2].text: a document of kind 'invoice' has no text",
        ),
        (
            "copies = 2",
            'size = "B4"',
            "post.toml:11: page 5: documents[2].size: 'B4' is not allowed; allowed: A3, A4",
        ),
        (
            "copies = 2",
            "size = { width = 90, height = 2 }",
            "post.toml:11: page 5: documents[2].size.width: 90 is not allowed",
        ),
        (
            "copies = 2",
            'language = "xx"',
            "post.toml:11: page 5: documents[2].language: 'xx' is not allowed; allowed: ar, de",
        ),
        (
            "copies = 2",
            "turned = 45",
            "post.toml:11: page 5: documents[2].turned: 45 is not allowed; allowed: 0, 90, 180, 270",
        ),
        (
            'text = "Guten Tag"',
            "",
            "post.toml:13: page 7: documents[3].text: missing; a document of kind 'text' needs it",
        ),
        (
            "Guten Tag",
            "Guten \\U0001F600",
            "post.toml:15: page 7: documents[3].text: no installed font has '😀' (U+1F600)",
        ),
        ('language = "de"', 'language = "tlh"', "post.toml:2: language: 'tlh' is not allowed"),
        ('title = "Post"', "", "post.toml: title: missing"),
        (
            'title = "Post"',
            'name = "x"\ntitle = "Post"',
            "post.toml:1: name: no such field; the set's name is that of its file",
        ),
        ("pages = 3", "pages = ", "post.toml"),
        ("[[documents]]", "[[document]]", "post.toml"),
    ],
)
def test_a_mistake_is_told_with_line_and_page(old: str, new: str, message: str) -> None:
    assert set_from_text(GOOD, "post", "post.toml").sides()
    assert problem(GOOD.replace(old, new, 1)).startswith(message)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ('{ kind = "EAN13", value = "12" }', "documents[1].codes[1].value: EAN13 cannot say '12'"),
        ('{ kind = "Code39", value = "aä" }', "documents[1].codes[1].value: Code39 cannot say 'aä'"),
        ('{ kind = "QR", value = "1" }', "documents[1].codes[1].kind: 'QR' is not allowed; allowed: Code39"),
        ('{ kind = "Code128", value = "%s" }' % ("x" * 80), "documents[1].codes[1]: the code is "),
    ],
)
def test_a_code_that_cannot_be_is_told(code: str, message: str) -> None:
    text = f'title = "x"\n[[documents]]\nkind = "codes"\ncodes = [{code}]\n'
    assert f"post.toml:4: page 1: {message}" in problem(text)


def test_a_trace_that_does_not_exist_is_told() -> None:
    text = 'title = "x"\n[traces]\nblots = "heavy"\n[[documents]]\nkind = "letter"\n'
    assert problem(text).startswith("post.toml:3: traces.blots: no such trace; there are: ")


@pytest.mark.parametrize("strength", ["true", "1.5", "-0.1", "nan", '"strong"', "[]"])
def test_a_strength_that_is_none_is_told(strength: str) -> None:
    text = f'title = "x"\n[[documents]]\nkind = "letter"\n[documents.traces]\nskew = {strength}\n'
    assert problem(text).startswith("post.toml:5: page 1: documents[1].traces.skew: ")


def test_a_set_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        DocumentSetError, match=r"no such document set; there are: .*office-day.*, or name a TOML file"
    ):
        open_set("office-night")
    with pytest.raises(DocumentSetError, match="cannot be read"):
        open_set(str(tmp_path / "none.toml"))
    (tmp_path / "latin.toml").write_bytes(b'title = "\xe4"')
    with pytest.raises(DocumentSetError, match="is no TOML"):
        open_set(str(tmp_path / "latin.toml"))
    (tmp_path / "large.toml").write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(DocumentSetError, match="larger than"):
        open_set(str(tmp_path / "large.toml"))


def test_sets_are_opened_by_name_and_by_file(tmp_path: Path) -> None:
    (tmp_path / "post.toml").write_text(GOOD, encoding="utf-8")
    post = open_set(str(tmp_path / "post.toml"))
    assert (post.name, len(post.sides())) == ("post", 7)
    assert [side.side for side in post.sides()] == ["front", "back", "front", "back", "front", "front", "front"]
    assert open_set("office-day").title == "An office day"


def test_every_shipped_set_draws_every_page() -> None:
    sets = list_sets()
    files = {path.stem for path in (resource_folder("profiles") / "documents").glob("*.toml")}
    assert {found.name for found in sets} == files
    assert {f"language-{code}" for code in codes()} < files
    for found in sets:
        source = DocumentSource(found, seed=1, look="clean")
        for index in range(len(source)):
            page = source.page(index, wanted(40, "RGB"))
            truth = source.truth(index, wanted(40, "RGB"))
            assert page.image.size == truth.image
            assert bool(truth.words or truth.codes) != (truth.blank or truth.kind in ("photo", "grid"))
            for word in truth.words:
                assert word.text.strip()


def test_every_language_says_everything() -> None:
    labels = set(language("en").labels)
    for code in codes():
        words = language(code)
        assert set(words.labels) == labels
        assert len(words.months) == 12
        assert min(len(words.goods), len(words.groceries)) >= 9
        for text in words.labels.values():
            assert text.strip() == text != ""


def test_a_missing_font_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces, "find_spec", lambda name: None if name.startswith("pylopdf") else faces_spec(name))
    faces.installed.cache_clear()
    faces._chain.cache_clear()
    try:
        text = 'title = "x"\n[[documents]]\nkind = "letter"\n[[documents]]\nkind = "letter"\nlanguage = "ja"\n'
        reason = "no font for the language 'ja' is installed: pip install 'dsm-emulator[documents-cjk]'"
        assert problem(text) == f"post.toml:6: page 2: documents[2].language: {reason}"
        names = {found.name for found in list_sets()}
        assert "language-de" in names
        assert not names & {"language-ja", "language-ko", "language-zh"}
        with pytest.raises(FontMissing):
            faces.chain("serif", "zh")
    finally:
        faces.installed.cache_clear()
        faces._chain.cache_clear()


faces_spec = faces.find_spec


def test_a_font_that_goes_missing_later_is_told_with_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    source = source_of("blank", 'kind = "letter"\nlanguage = "ko"')

    def gone(*_: object) -> None:
        raise FontMissing("no font for the language 'ko' is installed")

    monkeypatch.setattr("emulator.documents.sheet.words_of", gone)
    with pytest.raises(SourceError, match=r"test\.toml: page 2: no font for the language 'ko' is installed"):
        source.page(1)


def test_a_page_has_its_true_size() -> None:
    source = source_of(
        "id-card",
        'kind = "receipt"\nlayout = "till"',
        'kind = "letter"\nsize = "Letter"',
        'kind = "letter"\nsize = "A5"\norientation = "landscape"',
        'kind = "text"\ntext = "x"\nsize = { width = 4, height = 9.5 }',
        'kind = "invoice"\nturned = 270',
    )
    sizes = []
    for index in range(len(source)):
        page, truth = source.page(index, wanted(150)), source.truth(index, wanted(150))
        lie = place(page.image.size, page.dpi, wanted().medium)
        assert (lie.left, lie.top) == (0, 0) or truth.sheet[0] > 8368
        sizes.append((round(page.image.width / 150, 2), round(page.image.height / 150, 2)))
    assert sizes[0] == (3.37, 2.13)
    assert sizes[1][0] == 3.15
    assert sizes[2:] == [(8.5, 11.0), (8.27, 5.83), (4.0, 9.5), (11.69, 8.27)]


def test_backs_show_a_little_of_their_fronts() -> None:
    source = source_of('kind = "letter"\nbacks = "blank"', 'kind = "letter"\nbacks = "blank"\nshow_through = false')
    back, clean = source.page(1, wanted(100)).image, source.page(3, wanted(100)).image
    truth = source.truth(1, wanted(100))
    assert (truth.kind, truth.side, truth.blank, truth.words) == ("back", "back", True, ())
    assert clean.getextrema() == (255, 255)
    low, high = back.getextrema()
    assert isinstance(low, int)
    assert high == 255
    assert 225 < low < 252  # darker than paper, far from ink
    front = source.page(0, wanted(100)).image
    ink = front.point([255 if value < 100 else 0 for value in range(256)]).getbbox()
    veil = back.point([255 if value < 250 else 0 for value in range(256)]).getbbox()
    assert ink is not None
    assert veil is not None
    assert abs((front.width - ink[2]) - veil[0]) < 8  # mirrored


def test_every_kind_is_told_of() -> None:
    assert len(KINDS) == 26
    assert all(kind.about for kind in KINDS.values())


def test_traces_are_on_the_page_and_in_its_truth() -> None:
    table = "\n".join(f'{name} = "light"' for name in TRACES)
    clean = source_of("letter", "invoice", seed=4)
    traced = source_of(f'kind = "letter"\n[documents.traces]\n{table}', "invoice", seed=4)
    page, truth = traced.page(0, wanted(100)), traced.truth(0, wanted(100))
    assert page.image.size == clean.page(0, wanted(100)).image.size
    assert {trace.name for trace in truth.traces} == set(TRACES)
    assert all(0 < trace.strength < 1 for trace in truth.traces)
    assert traced.truth(1, wanted(100)).traces == ()
    before = {word.text: word.polygon for word in clean.truth(0, wanted(100)).words}
    moved = [word for word in truth.words if word.text in before and word.polygon != before[word.text]]
    assert len(moved) > 50
