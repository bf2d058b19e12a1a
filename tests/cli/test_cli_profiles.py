"""`profiles list`, `show` and `validate`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from emulator.cli.main import app
from emulator.resources import resource_folder

PROFILES = resource_folder("profiles")


def profiles(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["profiles", *map(str, arguments)])


def test_list_shows_each_profile_that_comes_along_in_a_line() -> None:
    done = profiles("list")
    assert done.exit_code == 0 and done.stderr == ""
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert (
        set(lines)
        == {path.stem for path in PROFILES.rglob("*.toml") if path.parent.name in ("profiles", "devices")}
        >= {"flatbed", "office-mfp"}
    )
    assert lines["lexmark-mb2236adw"].endswith(" fault-on-200")
    assert lines["office-mfp"].endswith("Platen, ADF, ADFDuplex") and lines["flatbed"].endswith(" Platen")


def test_list_json_is_one_object_that_holds_the_profiles() -> None:
    found = json.loads(profiles("list", "--json").stdout)["profiles"]
    assert {
        "name": "office-mfp",
        "friendly_name": "Office MFP",
        "model": "Virtual Office MFP",
        "habits": [],
    } in found
    assert {each["name"]: each["habits"] for each in found}["lexmark-mb2236adw"] == ["fault-on-200"]


def test_show_tells_who_the_device_is_and_what_it_can_do() -> None:
    done = profiles("show", "office-mfp")
    assert done.exit_code == 0
    assert done.stdout.startswith("Office MFP (office-mfp)\n")
    for part in ("jfif, png, ", "Platen ", "ADFDuplex ", "BlackAndWhite1, Grayscale8, RGB24", "300", "Feeder "):
        assert part in done.stdout


def test_show_json_is_the_profile_with_the_names_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes((PROFILES / "office-mfp.toml").read_bytes())
    shown = json.loads(profiles("show", path, "--json").stdout)
    assert shown["name"] == "mine" and shown["friendly_name"] == "Office MFP"
    assert {"device_settings", "platen", "feeder", "default_ticket"} <= set(shown)


def test_show_toml_is_the_file_with_its_comments_and_starts_one_of_ones_own(tmp_path: Path) -> None:
    for path in sorted(PROFILES.glob("*.toml")):
        done = profiles("show", path.stem, "--toml")
        assert done.exit_code == 0 and done.stderr == ""
        assert done.stdout == path.read_text(encoding="utf-8") and "# " in done.stdout
        mine = tmp_path / f"my-{path.name}"
        mine.write_text(done.stdout, encoding="utf-8")
        assert profiles("validate", mine).exit_code == 0
    refused = profiles("show", "flatbed", "--toml", "--json")
    assert refused.exit_code == 2


def test_show_toml_of_a_profile_with_a_mistake_is_an_error_and_no_toml(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text('friendly_name = "x"\n', encoding="utf-8")
    done = profiles("show", tmp_path / "bad.toml", "--toml")
    assert done.exit_code == 2 and done.stdout == ""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "no-such",
            "no-such: no such device profile; there are: book-a3, flatbed, office-mfp, old-bilevel, photo-film, "
            "production-duplex",
        ),
        ("gone.toml", "gone.toml: cannot be read: "),
        ("", "--profile: no such device profile"),
    ],
)
def test_show_of_a_profile_that_is_not_there_is_exit_code_2(name: str, said: str) -> None:
    done = profiles("show", name)
    assert done.exit_code == 2 and done.stdout == ""
    assert done.stderr.startswith(f"error: {said}") and done.stderr.count("\n") == 2


def test_validate_of_what_comes_along_finds_nothing() -> None:
    done = profiles("validate", "flatbed", "office-mfp")
    assert done.exit_code == 0 and done.stdout.endswith("flatbed: valid\noffice-mfp: valid\n") and done.stderr == ""


def test_validate_names_each_mistake_with_file_line_and_field_and_goes_on(tmp_path: Path) -> None:
    text = (PROFILES / "flatbed.toml").read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(text.replace("RGB24", "RGB25", 1) + "\n[colour]\nx = 1\n", encoding="utf-8")
    no_toml = tmp_path / "no.toml"
    no_toml.write_text("a = \n", encoding="utf-8")
    done = profiles("validate", wrong, no_toml, "flatbed")
    assert done.exit_code == 2 and done.stdout.endswith("flatbed: valid\n")
    line = next(n for n, each in enumerate(wrong.read_text().splitlines(), 1) if "RGB25" in each)
    errors = done.stderr.splitlines()
    assert any(each.startswith(f"error: {wrong}:{line}: ") and "RGB24" in each for each in errors), errors
    assert any(
        each.startswith(f"error: {wrong}:") and "colour: no such field; there are: " in each for each in errors
    )
    assert any(each.startswith(f"error: {no_toml}") and "TOML" in each for each in errors)


def test_validate_tells_which_format_holds_no_colour_of_the_device(tmp_path: Path) -> None:
    text = (PROFILES / "old-bilevel.toml").read_text(encoding="utf-8")
    (tmp_path / "much.toml").write_text(text.replace("formats = [", 'formats = ["jfif", ', 1), encoding="utf-8")
    done = profiles("validate", tmp_path / "much.toml")
    assert done.exit_code == 0 and "jfif holds none of the colours that the device scans" in done.stdout


def test_jobs_that_overlap_are_shown_and_a_mistake_in_them_is_named(tmp_path: Path) -> None:
    path = tmp_path / "busy.toml"
    text = (PROFILES / "flatbed.toml").read_text("utf-8")
    path.write_text(f"{text}\n[jobs]\nactive = 4\ntransferring = 2\n", "utf-8")
    assert profiles("validate", path).stdout == f"{path}: valid\n"
    shown = profiles("show", path).stdout
    assert "  Scan jobs     4 at once, 2 fetched while another one is scanned, " in shown
    assert "documents ahead of a client: 1" in shown
    assert json.loads(profiles("show", path, "--json").stdout)["jobs"] == {
        "active": 4, "transferring": 2, "documents_ahead": 1
    }  # fmt: skip
    assert "Scan jobs" not in profiles("show", "flatbed").stdout
    path.write_text(f"{text}\n[jobs]\nactive = 2\ntransferring = 2\n", "utf-8")
    done = profiles("validate", path)
    line = len(text.splitlines()) + 4
    assert done.exit_code == 2
    assert f"{path}:{line}: jobs.transferring: 2 is not less than active, 2" in done.stderr
