"""Errors of device profiles: one line with file, line, field and what is allowed; nothing passes in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device.profile import DeviceProfile, ProfileError, load_profile
from emulator.resources import resource_folder

OFFICE = (resource_folder("profiles") / "office-mfp.toml").read_text(encoding="utf-8")
BACK = "[feeder.back]" + OFFICE.split("[feeder.front]")[1].split("#")[0]
FILM = """
[film]
optical_resolution = [2400, 2400]
resolutions = [1200]
colors = ["RGB24"]
minimum_size = [500, 500]
maximum_size = [1500, 1500]
film_scan_modes = ["NotApplicable"]
"""


def line_of(text: str, start: str) -> int:
    """The first line that begins so."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(start))


def load(folder: Path, text: str | bytes) -> DeviceProfile:
    path = folder / "mine.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    return load_profile(str(path))


def error_of(folder: Path, text: str | bytes) -> ProfileError:
    with pytest.raises(ProfileError) as caught:
        load(folder, text)
    said = str(caught.value)
    assert said.startswith(str(folder / "mine.toml"))
    assert len(said.splitlines()) == 1
    return caught.value


def test_the_profile_that_the_tests_spoil_is_a_good_one(tmp_path: Path) -> None:
    assert load(tmp_path, OFFICE).name == "mine"


@pytest.mark.parametrize(
    ("old", "new", "field", "reason"),
    [
        ('friendly_name = "Office MFP"', 'friendly_name = ""', "friendly_name", "at least 1 character"),
        ('model_name = "Virtual', 'model_name = 5 # "', "model_name", "5 is not allowed; input should be a valid"),
        ("warm_up = 2.5", "warm_up = -1", "warm_up", "greater than or equal to 0"),
        ("warm_up = 2.5", "warm_up = nan", "warm_up", "nan is not allowed"),
        ("warm_up = 2.5", "warm_up = true", "warm_up", "True is not allowed; input should be a valid number"),
        ("warm_up = 2.5", 'warm_up = "2"', "warm_up", "'2' is not allowed"),
        ("warm_up = 2.5", "warm_up = 2020-01-01", "warm_up", "is not allowed"),
        ("warm_up = 2.5", 'uuid = "12345"', "uuid", "'12345' is not allowed; input should be a valid UUID"),
        ("warm_up = 2.5", 'name = "other"', "name", "no such field; the profile's name is that of its file, mine"),
        ("warm_up = 2.5", "colour = 1", "colour", "no such field; there are: friendly_name, manufacturer"),
        ('formats = ["jfif", "png"', 'formats = ["jfif", "gif"', "device_settings.formats",
         "'gif' is not allowed; allowed: dib, exif, jbig, jfif, jpeg2k, pdf-a, png, tiff-single-uncompressed"),
        ('formats = ["jfif"', 'formats = "jfif" # ["', "device_settings.formats", "'jfif' is not allowed; a list"),
        ("compression_quality_factor = [1, 100]", "compression_quality_factor = [90, 10]",
         "device_settings.compression_quality_factor", "the smallest, 90, is more than the largest, 10"),
        ("compression_quality_factor = [1, 100]", "compression_quality_factor = [0, 101]",
         "device_settings.compression_quality_factor", "0 is not allowed; input should be greater than or equal"),
        ("compression_quality_factor = [1, 100]", "compression_quality_factor = [1, 2, 3]",
         "device_settings.compression_quality_factor", "[1, 2, 3] is not allowed; should have at most 2"),
        ("scaling_width = [25, 400]", "scaling_width = [110, 200]",
         "device_settings.scaling_width", "100 must lie within 110 to 200"),
        ("rotations = [0, 90, 180, 270]", "rotations = [0, 45]", "device_settings.rotations",
         "45 is not allowed; allowed: 0, 90, 180, 270"),
        ("rotations = [0, 90, 180, 270]", "rotations = [90]",
         "device_settings.rotations", "0 must be among"),
        ("pages_per_minute = 45", "pages_per_minute = 0", "feeder.pages_per_minute", "greater than 0"),
        ("pages_per_minute = 45", "pages_per_minute = inf", "feeder.pages_per_minute", "inf is not allowed"),
        ("pages_per_minute = 45", "pages_per_minute = true", "feeder.pages_per_minute", "True is not allowed"),
        ("sheets = 100", "sheets = 1.5", "feeder.sheets", "1.5 is not allowed"),
        ("sheets = 100", "colors = []", "feeder.colors",
         "no such field; there are: sheets, loaded, pages_per_minute, duplex, front, back"),
        ("minimum_size = [3900, 5800]", "minimum_size = [39000, 5800]", "feeder.front.minimum_size",
         "[39000, 5800] is more than maximum_size [11700, 17000]"),
        ("minimum_size = [3900, 5800]", "", "feeder.front.minimum_size", "missing"),
        ('input_size = "A4"', 'input_size = "A9"', "default_ticket.input_size", "'A9' is not allowed; a size is"),
        ('input_size = "A4"', "input_size = [20000, 20000]", "default_ticket.input_size", ""),
        ("resolution = [300, 300]", "resolution = [310, 300]", "default_ticket.resolution",
         "this source scans at 75, 100, 150, 200, 300, 400, 600 ppi, not at 310x300"),
        ('color_processing = "RGB24"', 'color_processing = "RGB48"', "default_ticket.color_processing", "RGB48"),
        ('input_source = "ADF"', 'input_source = "Film"', "default_ticket.input_source", ""),
        ('format = "jfif"', 'format = "xps"', "default_ticket.format", "xps"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_its_line_and_what_is_allowed(
    old: str, new: str, field: str, reason: str, tmp_path: Path
) -> None:
    # The law: [clients/sane-airscan/sizes-in-order] [wscn/source/minimum-not-above-maximum]
    # The law: [wscn/device-settings/scaling-of-100-supported]
    assert OFFICE.count("\n" + old) >= 1, old
    head, _, tail = OFFICE.rpartition("\n" + old)
    text = f"{head}\n{new}{tail}"
    found = error_of(tmp_path, text)
    assert reason in str(found)
    problem = found.problems[0]
    assert problem.field == field
    assert problem.line is not None
    lines = text.splitlines()
    expected = field.rpartition(".")[2] if new else f"[{field.rpartition('.')[0]}]"  # missing: the table's own line
    assert lines[problem.line - 1].startswith(expected)
    assert str(found).startswith(f"{tmp_path / 'mine.toml'}:{problem.line}: {field}: ")


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        (OFFICE.partition("[platen]")[0], "", "default_ticket: missing"),
        (OFFICE.replace("[platen]", "[platten]"), "platten", "no such field; there are: "),
        ("platen = 5\n" + OFFICE.replace("[platen]", "[film]"), "platen", "5 is not allowed; a table is wanted"),
        (OFFICE + FILM, "film.film_scan_modes", "NotApplicable is for default tickets only"),
        (OFFICE.replace("duplex = true", "duplex = false").replace("[default_ticket]", BACK + "[default_ticket]"),
         "feeder.back", "a feeder with a back has duplex = true"),
        (OFFICE.split("[platen]")[0] + "[default_ticket]" + OFFICE.split("[default_ticket]")[1], "",
         "a device has a [platen], a [feeder] or [film]"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_named(text: str, field: str, reason: str, tmp_path: Path) -> None:
    found = error_of(tmp_path, text)
    assert reason in str(found)
    if field:
        assert found.problems[0].field == field


def test_all_problems_are_kept_and_the_first_is_said(tmp_path: Path) -> None:
    found = error_of(tmp_path, OFFICE.replace("sheets = 100", "sheets = 0").replace("duplex = true", "duplex = 1"))
    assert [problem.field for problem in found.problems] == ["feeder.sheets", "feeder.duplex"]
    assert str(found).endswith("(and 1 more)")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "friendly_name: missing (and 3 more)"),
        ("friendly_name = ", "is no TOML"),
        (b"\xff\xfe", "is no TOML"),
        ("a = \0", "is no TOML"),
        ("a = " + "[" * 20_000, "is no TOML"),
        ("a = " + "9" * 5000, "is no TOML"),
        (OFFICE + "\n[platen]\n", "is no TOML"),
        (b"#" + b"x" * (1024 * 1024), "is larger than 1048576 bytes"),
        ('"a\\nb" = 1\n' + OFFICE, "a b: no such field"),
    ],
)
def test_what_is_no_profile_at_all(text: str | bytes, reason: str, tmp_path: Path) -> None:
    assert reason in str(error_of(tmp_path, text))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "nope",
            "nope: no such device profile; there are: book-a3, flatbed, office-mfp, old-bilevel, photo-film, "
            "production-duplex, brother-ads-2700w, ",
        ),
        ("", "--profile: no such device profile"),
        ("./nope", "nope: cannot be read: No such file"),
        ("nope.toml", "nope.toml: cannot be read: No such file"),
        ("a\0.toml", "cannot be read: embedded null"),
    ],
)
def test_a_profile_that_is_not_there_is_named(name: str, reason: str) -> None:
    with pytest.raises(ProfileError) as caught:
        load_profile(name)
    assert reason in str(caught.value)


VALUES = st.sampled_from(
    ["1", "-1", "0", "true", '"x"', '"A4"', "[]", "[1]", "[300, 300]", '["jfif"]', "nan", "1e400", "{}", "{a = 1}",
     "2020-01-01", '"a\\nb"', '"\\u0000"', "[[]]", '"ADFDuplex"', '"Film"', '"RGB48"', "100000", "100001"]
)  # fmt: skip


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_any_field_may_hold_anything(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """One or two fields take any value: the profile loads, or one line says why not."""
    lines = OFFICE.splitlines()
    fields = [number for number, line in enumerate(lines) if " = " in line]
    for number in data.draw(st.lists(st.sampled_from(fields), min_size=1, max_size=2)):
        lines[number] = lines[number].partition(" = ")[0] + " = " + data.draw(VALUES)
    folder = tmp_path_factory.getbasetemp()
    try:
        profile = load(folder, "\n".join(lines))
    except ProfileError as error:
        assert len(str(error).splitlines()) == 1
        assert error.problems
    else:
        profile.configuration()
        profile.default_ticket()


@given(st.binary(max_size=80) | st.text(max_size=80))
@settings(max_examples=150, deadline=None)
def test_arbitrary_text_gives_a_profile_error(tmp_path_factory: pytest.TempPathFactory, text: str | bytes) -> None:
    with pytest.raises(ProfileError) as caught:
        load(tmp_path_factory.getbasetemp(), text)
    assert len(str(caught.value).splitlines()) == 1


def test_the_line_of_the_first_problem_is_the_one_in_its_own_table(tmp_path: Path) -> None:
    """`resolutions` stands in two tables; the one in [feeder.front] is wrong."""
    head, _, tail = OFFICE.rpartition("resolutions = [")
    text = head + "resolutions = [0, " + tail
    found = error_of(tmp_path, text)
    assert found.problems[0].line == line_of(text, "[feeder.front]") + 2
