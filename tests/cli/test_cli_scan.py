"""`scan` as a user runs it: on the embedded server, judged by what is on the disk afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from optional_programs import needs_program
from PIL import Image
from programs import end, interrupt, run, server, start


def images_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in {".jpg", ".png", ".tif"})


def make_pages(folder: Path, count: int = 3) -> Path:
    folder.mkdir()
    for number in range(count):
        image = Image.new("RGB", (850, 1100), "white")
        image.paste((200, 30 * number, 30), (100, 100, 400, 300 + 50 * number))
        image.save(folder / f"page {number + 1}.png", dpi=(100, 100))
    return folder


def test_a_newcomers_first_command(tmp_path: Path) -> None:
    done = run("scan", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Scan server   embedded, https://127.0.0.1:")
    assert any(line.startswith("Completed     3 images") for line in lines), done.stdout
    assert "file share: CompletedSuccessfully" in done.stdout
    stored = images_in(tmp_path / "scans")
    assert len(stored) == 3
    for path in stored:
        with Image.open(path) as image:
            assert image.info["dpi"] == (300, 300)
    shown = next(line for line in lines if line.startswith("  scans"))
    assert (tmp_path / shown.split(" ... ")[0].strip()).is_file(), "the printed path is the file"
    command = lines[-1].partition("dsm-emulator ")[2].split()
    checked = run(*command, cwd=tmp_path)
    assert checked.returncode == 0 and checked.stdout.startswith("OK  3 images delivered"), checked.stdout


@pytest.mark.parametrize(
    ("format", "suffix", "mode"),
    [
        ("jfif", ".jpg", "RGB"),
        ("png", ".png", "RGB"),
        ("tiff-single-uncompressed", ".tif", "RGB"),
        ("tiff-single-g4", ".tif", "1"),
        ("tiff-multi-g4", ".tif", "1"),
    ],
)
def test_every_format(tmp_path: Path, format: str, suffix: str, mode: str) -> None:
    make_pages(tmp_path / "in")
    arguments = ["scan", "in", "--set", f"Format={format}", "--set", "Resolution=200x200", "--json"]
    if mode == "1":
        arguments += ["--set", "ColorProcessing=BlackAndWhite1"]
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["outcome"] == "Completed" and result["end_state"]["state"] == "Completed"
    stored = images_in(tmp_path / "scans")
    assert len(stored) == (1 if "multi" in format else 3) == len(result["images"])
    assert {path.suffix for path in stored} == {suffix}
    for path, told in zip(stored, result["images"], strict=True):
        with Image.open(path) as image:
            assert image.mode == mode
            assert image.size == (told["width"], told["height"])
            assert tuple(round(float(v)) for v in image.info["dpi"]) == (200, 200)
            assert getattr(image, "n_frames", 1) == told["pages"]
    checked = run("verify", result["manifest"], "scans", "--exact", "--json", cwd=tmp_path)
    assert json.loads(checked.stdout)["ok"] is True


def test_multi_g4_is_one_document_that_libtiff_reads(tmp_path: Path) -> None:
    tiffinfo = needs_program("tiffinfo")
    done = run("scan", "--pages", "4", "--scan-process", "Scan to archive", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (stored,) = images_in(tmp_path / "scans")
    told = subprocess.run([tiffinfo, stored], capture_output=True, text=True, check=True)
    assert told.stdout.count("Compression Scheme: CCITT Group 4") == 4
    assert told.stderr == ""


def test_json_is_one_object_on_stdout_and_all_else_on_stderr(tmp_path: Path) -> None:
    done = run("scan", "--pages", "2", "--json", cwd=tmp_path)
    result = json.loads(done.stdout)
    assert {
        "outcome",
        "job_token",
        "server",
        "scan_process",
        "user_sid",
        "ticket",
        "images",
        "end_state",
        "timings",
    } <= set(result)
    assert {
        "document_id",
        "format",
        "media_type",
        "bytes",
        "sha256",
        "pages",
        "width",
        "height",
        "resolution",
    } <= set(result["images"][0])
    assert result["images"][0]["acknowledged"] is True and result["images"][0]["attempts"] == 1
    assert "Scan server" in done.stderr
    assert result["deviations"] == []


def test_seed_makes_the_same_pages(tmp_path: Path) -> None:
    hashes = []
    for seed in ("7", "7", "8"):
        done = run("scan", "--pages", "1", "--seed", seed, "--json", "--store", f"s{len(hashes)}", cwd=tmp_path)
        hashes.append(json.loads(done.stdout)["images"][0]["sha256"])
    assert hashes[0] == hashes[1] != hashes[2]


def test_pages_cut_and_repeat(tmp_path: Path) -> None:
    make_pages(tmp_path / "in")
    cut = json.loads(run("scan", "in", "--pages", "2", "--json", "--store", "a", cwd=tmp_path).stdout)
    assert len(cut["images"]) == 2
    more = json.loads(run("scan", "in", "--pages", "5", "--repeat", "--json", "--store", "b", cwd=tmp_path).stdout)
    assert len(more["images"]) == 5
    assert more["images"][0]["sha256"] == more["images"][3]["sha256"]


def test_as_is_sends_the_files_own_octets(tmp_path: Path) -> None:
    make_pages(tmp_path / "in", 1)
    done = run("scan", "in/page 1.png", "--as-is", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (stored,) = images_in(tmp_path / "scans")
    assert stored.read_bytes() == (tmp_path / "in" / "page 1.png").read_bytes()


def test_pages_left_out_are_no_success(tmp_path: Path) -> None:
    make_pages(tmp_path / "in")
    (tmp_path / "in" / "page 2.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    refused = run("scan", "in", cwd=tmp_path)
    assert refused.returncode == 2 and "page 2.png" in refused.stderr and not images_in(tmp_path)[3:]
    assert not (tmp_path / "scans").exists() or not images_in(tmp_path / "scans")
    done = run("scan", "in", "--skip-bad", "--json", cwd=tmp_path)
    assert done.returncode == 1
    assert len(images_in(tmp_path / "scans")) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--profile", "no-such"], 2, "no-such"),
        (["--set", "Format=xps"], 2, "xps"),
        (["--set", "Format=nonsense"], 2, "nonsense"),
        (["--set", "Resolution=301x7"], 2, "301"),
        (["--set", "Colour=1"], 2, "Colour"),
        (["--user", "nobody"], 2, "nobody"),
        (["--scan-process", "No such"], 2, "No such"),
        (["--psp-id", "xyz"], 2, "GUID"),
        (["missing.png"], 2, "missing.png"),
        (["--server", "ftp://x"], 2, "ftp://x"),
        (["--ca-file", "missing.pem"], 2, "missing.pem"),
        (["--server", "https://127.0.0.1:9/ScanServer", "--connect-timeout", "0.3"], 3, "127.0.0.1:9"),
    ],
)
def test_errors_are_one_line_with_their_exit_code(
    tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    done = run("scan", *arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1 and said in errors[0], done.stderr
    assert "Traceback" not in done.stderr


def test_untrusted_server_and_the_ways_to_trust_it(tmp_path: Path) -> None:
    with server("--store", "s", cwd=tmp_path) as (ready, _):
        refused = run("scan", "--pages", "1", "--server", ready["url"], cwd=tmp_path)
        assert refused.returncode == 3 and "certificate" in refused.stderr.lower(), refused.stderr
        for trust in (["--ca-file", ready["ca_file"]], ["--insecure"]):
            done = run("scan", "--pages", "1", "--server", ready["url"], *trust, cwd=tmp_path)
            assert done.returncode == 0, done.stderr
        known = run("scan", "--pages", "1", "--service", ready["service"], "--insecure", "--json", cwd=tmp_path)
        assert json.loads(known.stdout)["service"] == ready["service"]
    assert len(images_in(tmp_path / "s")) == 3


def test_server_ends_well_on_sigterm(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows ends a process without a signal")
    with server("--http", cwd=tmp_path) as (ready, process):
        assert ready["ready"] is True and ready["ca_file"] is None and ready["url"].startswith("http://127.0.0.1:")
        assert end(process) == 0


def test_an_interrupt_cancels_the_job_at_the_server(tmp_path: Path) -> None:
    with server("--http", "--store", "s", "--trace", "server.har", cwd=tmp_path) as (ready, process):
        device = start("scan", "--pages", "500", "--server", ready["url"], "--manifest", "m.jsonl", cwd=tmp_path)
        limit = time.monotonic() + 30
        while b'"image"' not in (tmp_path / "m.jsonl").read_bytes() if (tmp_path / "m.jsonl").exists() else True:
            assert time.monotonic() < limit
            time.sleep(0.02)
        interrupt(device)
        _, errors = device.communicate(timeout=30)
        assert device.returncode == 130, errors
        end(process)
    trace = json.loads((tmp_path / "server.har").read_text(encoding="utf-8"))
    texts = [
        entry["request"]["postData"]["text"] for entry in trace["log"]["entries"] if "postData" in entry["request"]
    ]
    asked = [text for text in texts if "Request" in text]
    assert "CancelPostScanJobRequest" in asked[-1], "the last thing the server was asked is to cancel"


def test_duplex_settings_for_the_back(tmp_path: Path) -> None:
    done = run(
        "scan", "--pages", "4", "--set", "InputSource=ADFDuplex", "--set", "Resolution=300x300",
        "--set", "MediaBack/Resolution=150x150", "--json", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    images = json.loads(done.stdout)["images"]
    assert [image["resolution"] for image in images] == ["300x300", "150x150"] * 2
    assert images[0]["width"] == 2 * images[1]["width"]


def test_no_wait_leaves_the_end_to_the_server(tmp_path: Path) -> None:
    with server("--http", "--store", "s", cwd=tmp_path) as (ready, _):
        done = run("scan", "--pages", "1", "--server", ready["url"], "--no-wait", "--json", cwd=tmp_path)
        result = json.loads(done.stdout)
        assert done.returncode == 0 and result["outcome"] == "NotAwaited" and result["end_state"] is None


def test_a_filter_that_fails_is_told_with_its_reason(tmp_path: Path) -> None:
    done = run("scan", "--pages", "1", "--scan-process", "Scan to everyone", "--json", cwd=tmp_path)
    assert done.returncode == 1
    result = json.loads(done.stdout)
    states = {each["dialect"].rpartition("/")[2]: each for each in result["end_state"]["filters"]}
    assert states["fileshare"]["state"] == "CompletedSuccessfully"
    assert states["email"]["state"] == "CompletedWithErrors" and states["email"]["reasons"]
    assert len(images_in(tmp_path / "scans")) >= 1
