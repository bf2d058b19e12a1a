"""`render` as a user runs it: the files on the disk are what a scan server would have stored."""

from __future__ import annotations

import hashlib
import json
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from optional_programs import needs_program
from PIL import Image
from programs import PROJECT, end, interrupt, run, start

from emulator.jobs.page_folder import RECORD

SAMPLES = PROJECT / "sample_images"
DATE = "--date=2026-05-04"


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.name != RECORD
    }


def test_pages_are_what_a_scan_server_stores_of_the_same_scan(tmp_path: Path) -> None:
    settings = ["--set", "Resolution=100x100", "--set", "Format=png", "--set", "ColorProcessing=Grayscale8"]
    rendered = run("render", SAMPLES, *settings, "--json", cwd=tmp_path)
    assert rendered.returncode == 0, rendered.stderr
    scanned = run("scan", SAMPLES, *settings, "--json", cwd=tmp_path)
    assert scanned.returncode == 0, scanned.stderr
    stored = list((tmp_path / "scans").rglob("*.png"))
    assert len(stored) == 10
    told = json.loads(rendered.stdout)
    assert [image["file"] for image in told["images"]] == [f"page-{number:04d}.png" for number in range(1, 11)]
    on_disk = digests(tmp_path / "pages")
    assert {image["file"]: image["sha256"] for image in told["images"]} == on_disk
    assert sorted(on_disk.values()) == sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in stored)


def test_the_number_of_processes_changes_nothing(tmp_path: Path) -> None:
    for jobs in ("1", "3"):
        done = run(
            "render", "--pages", "9", "--seed", "5", "--jobs", jobs, "-o", jobs, DATE,
            "--set", "Resolution=75x75", cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    one = digests(tmp_path / "1")
    assert one == digests(tmp_path / "3")
    assert len(set(one.values())) == 9


def test_a_format_of_many_images_gives_one_document_in_order(tmp_path: Path) -> None:
    done = run(
        "render", "--pages", "7", "--jobs", "2", "--set", "Format=tiff-multi-g4",
        "--set", "ColorProcessing=BlackAndWhite1", "--set", "Resolution=200x200", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (tmp_path / "pages").iterdir() if path.name != RECORD] == ["pages.tif"]
    seen = subprocess.run(
        [needs_program("tiffinfo"), tmp_path / "pages" / "pages.tif"], capture_output=True, text=True, check=True
    )
    assert len(re.findall("=== TIFF directory", seen.stdout)) == 7
    zbarimg = needs_program("zbarimg")
    with Image.open(tmp_path / "pages" / "pages.tif") as image:
        for number in range(7):
            image.seek(number)
            image.save(tmp_path / "page.png")
            code = subprocess.run(
                [zbarimg, "-q", "--raw", tmp_path / "page.png"], capture_output=True, text=True, check=True
            )
            assert f"page={number + 1};of=7" in code.stdout


def test_the_ticket_of_a_scan_process_is_followed(tmp_path: Path) -> None:
    psp = "Scan to folder"
    done = run("render", "--pages", "1", "--scan-process", psp, "--json", cwd=tmp_path)
    (image,) = json.loads(done.stdout)["images"]
    assert (image["format"], image["resolution"], image["color"]) == ("jfif", "300x300", "RGB24")


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["missing.png"], "missing.png: no such file"),
        (["--set", "Format=nonsense"], "Format"),
        (["--set", "ColorProcessing=RGB24", "--set", "Format=tiff-single-g4"], "tiff-single-g4"),
        (["--profile", "no-such-device"], "no such device profile"),
        (["--scan-process", "no such"], "no such"),
    ],
)
def test_what_cannot_be_done_is_named_and_nothing_written(arguments: list[str], names: str, tmp_path: Path) -> None:
    done = run("render", *arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.startswith("error: ") and names in done.stderr
    assert not (tmp_path / "pages").exists()


def bad_third_page(folder: Path) -> None:
    folder.mkdir()
    for number in (1, 2, 3, 4):
        Image.effect_noise((400, 400), 50).save(folder / f"{number}.png", dpi=(100, 100))
    third = folder / "3.png"
    third.write_bytes(third.read_bytes()[:-4000])


def test_a_page_that_turns_out_bad_is_named_and_the_pages_before_it_are_whole(tmp_path: Path) -> None:
    bad_third_page(tmp_path / "in")
    done = run("render", "in", "--jobs", "1", "--set", "Format=png", cwd=tmp_path)
    assert done.returncode == 1
    assert "3.png: damaged" in done.stderr
    assert [path.name for path in sorted((tmp_path / "pages").glob("[!.]*"))] == ["page-0001.png", "page-0002.png"]
    full = run("render", "in", "--preflight", "full", "-o", "none", cwd=tmp_path)
    assert full.returncode == 2 and "3.png" in full.stderr and not (tmp_path / "none").exists()


def test_a_bad_page_comes_back_from_another_process_by_name(tmp_path: Path) -> None:
    bad_third_page(tmp_path / "in")
    done = run("render", "in", "--pages", "12", "--repeat", "--jobs", "2", "-o", "out", cwd=tmp_path)
    assert done.returncode == 1 and "3.png: damaged" in done.stderr, done.stderr
    assert [path.name for path in (tmp_path / "out").glob(".*")] == [RECORD]


def test_bad_pages_can_be_left_out(tmp_path: Path) -> None:
    bad_third_page(tmp_path / "in")
    done = run("render", "in", "--skip-bad", "--json", cwd=tmp_path)
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert len(told["images"]) == 3 and "3.png" in told["skipped"][0]


def children(process_id: int) -> list[int]:
    """Processes whose parent it is, by /proc."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == process_id:
            found.append(int(entry.name))
    return found


@pytest.mark.needs(Path("/proc/self/stat").exists(), "finds processes by /proc")
@pytest.mark.parametrize("how", ["interrupt", "kill"])
def test_an_end_before_the_end_leaves_no_half_file_and_no_process(how: str, tmp_path: Path) -> None:
    process = start("render", "--pages", "2000", "--jobs", "2", "--set", "Format=png", cwd=tmp_path, checked=False)
    workers: list[int] = []
    try:
        deadline = time.monotonic() + 60
        while not list((tmp_path / "pages").glob("page-*.png")) and time.monotonic() < deadline:
            time.sleep(0.02)
        workers = children(process.pid)
        assert len(workers) >= 2
        if how == "interrupt":
            interrupt(process)
            assert process.wait(30) == 130
            assert [path.name for path in (tmp_path / "pages").glob(".*")] == [RECORD]
        else:
            process.send_signal(signal.SIGKILL)
            process.wait(30)
    finally:
        end(process)
    for path in (tmp_path / "pages").glob("page-*.png"):
        with Image.open(path) as image:
            image.load()
    deadline = time.monotonic() + 60
    while any(alive(worker) for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [worker for worker in workers if alive(worker)]


def alive(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_an_output_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "pages").write_text("in the way")
    done = run("render", "--pages", "1", cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.startswith("error: --output pages: ")
