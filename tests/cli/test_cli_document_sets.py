"""`documents list`, `show` and `validate`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from emulator.cli.main import app
from emulator.documents import open_set, set_names
from emulator.jobs.documents import document_source
from emulator.printing import faces
from emulator.resources import resource_folder

SETS = resource_folder("profiles") / "documents"


def documents(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["documents", *map(str, arguments)], prog_name="dsm-emulator")


def _forget_fonts() -> None:
    faces.installed.cache_clear()
    faces._chain.cache_clear()


def test_list_has_a_line_for_each_set_that_render_and_scan_take() -> None:
    done = documents("list")
    assert done.exit_code == 0 and done.stderr == ""
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert set(lines) == {path.stem for path in SETS.glob("*.toml")} | {"every-kind", "every-trace"}
    for name in lines:
        source = document_source(name, seed=0)
        assert f" {len(source)} pages" in lines[name] and source.document_set.title in lines[name]


def test_list_json_says_the_same_and_what_lacks_its_fonts() -> None:
    there = faces.find_spec
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(faces, "find_spec", lambda name: None if name.startswith("pylopdf") else there(name))
        _forget_fonts()
        told = {each["name"]: each for each in json.loads(documents("list", "--json").stdout)["sets"]}
        line = next(line for line in documents("list").stdout.splitlines() if line.startswith("language-ja"))
    _forget_fonts()
    assert "pip install 'dsm-emulator[documents-cjk]'" in told["language-ja"]["problem"]
    assert "cannot be drawn: no font for the language 'ja'" in line
    assert told["office-day"]["page_count"] == len(open_set("office-day").sides())
    assert told["office-day"]["problem"] is None and "invoice" in told["office-day"]["kinds"]


def test_show_has_a_line_for_each_entry() -> None:
    for name in set_names():
        done = documents("show", name)
        found = open_set(name)
        assert done.exit_code == 0, done.stderr
        first, *lines = done.stdout.splitlines()
        assert first.startswith(f"{found.title} ({name})") and f"{len(found.sides())} pages" in first
        entries = [line.split()[:3] for line in lines if line.split()[1] == "x"]
        assert entries == [[str(entry.copies), "x", entry.kind] for entry in found.documents]
    assert "size A5, turned 90" in documents("show", "office-day").stdout


def test_show_says_what_a_right_pipeline_makes_of_a_stack() -> None:
    told = json.loads(documents("show", "splitting", "--json").stdout)["split_documents"]
    assert [part["pages"] for part in told["patcht"]] == [[1, 2], [4], [6, 7, 8, 9, 10, 11, 12, 13, 14, 15]]
    assert [(part["pages"], part["serial_number"], part["tags"]) for part in told["patcht_asn_tag"]] == [
        ([1, 2], None, []),
        ([4], None, []),
        ([6, 7, 8], "ASN00005", []),
        ([9], "ASN00006", []),
        ([10], "ASN00007", []),
        ([11, 12], None, ["orders"]),
        ([13, 14, 15], None, ["bank"]),
    ]
    lines = documents("show", "splitting").stdout.splitlines()
    assert "  NAPS2 makes 3 documents of it" in lines and "  paperless-ngx makes 7 documents of it" in lines
    assert "    6: pages 11, 12 tag orders" in lines
    assert "split_documents" not in json.loads(documents("show", "forms", "--json").stdout)


@pytest.mark.parametrize("name", set_names())
def test_show_toml_makes_the_same_set(name: str, tmp_path: Path) -> None:
    done = documents("show", name, "--toml")
    assert done.exit_code == 0 and done.stderr == ""
    mine = tmp_path / f"{name}.toml"
    mine.write_text(done.stdout, encoding="utf-8")
    assert open_set(str(mine)) == open_set(name)
    if (SETS / mine.name).is_file():
        assert done.stdout == (SETS / mine.name).read_text(encoding="utf-8")


def test_show_takes_one_form_alone() -> None:
    assert documents("show", "ocr", "--toml", "--json").exit_code == 2


def test_validate_names_each_mistake_and_looks_at_all_sets(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(
        'title = "x"\n[[documents]]\nkind = "bill"\n[[documents]]\nkind = "letter"\nturned = 45\n', "utf-8"
    )
    done = documents("validate", bad, "office-day", "no-such", "every-kind")
    assert done.exit_code == 2
    assert done.stdout.splitlines() == ["office-day: valid", "every-kind: valid"]
    errors = done.stderr.splitlines()
    assert errors[0].startswith(f"error: {bad}:") and "turned" in errors[0]
    assert errors[-1].startswith("error: no-such: no such document set; there are: every-kind, every-trace, ")
    assert documents("validate", "ocr").exit_code == 0
