"""What a test asks the embedded scan server: jobs of its own devices and of others, waited for, with images."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from programs import PROJECT, run

from emulator import ENVELOPE, BlockingLab, LabError, OutgoingEnvelope, ScanOutcome
from emulator.environment.exit_codes import ExitCode

QUICK: dict[str, Any] = {"settings": ("Format=png", "Resolution=75x75", "ColorProcessing=Grayscale8")}


@pytest.fixture(scope="module")
def running() -> Iterator[BlockingLab]:
    with BlockingLab() as lab:
        yield lab


@pytest.fixture
def lab(running: BlockingLab) -> BlockingLab:
    running.server.reset()
    return running


def test_a_job_as_the_server_knows_it(lab: BlockingLab) -> None:
    outcome = lab.add_device().scan(pages=2, user="joe", scan_process="Scan to folder", **QUICK)
    (job,) = lab.server.jobs
    assert job == lab.server.job(outcome.report.account.job_token)
    assert (job.token, job.state, job.ended) == (outcome.report.account.job_token, "Completed", True)
    assert (job.user.partition("@")[0], job.user_sid) == ("joe", outcome.user.sid)
    assert (job.scan_process, job.peer) == ("Scan to folder", "127.0.0.1")
    assert job.scan_process_id.upper() == str(outcome.stored.process.identifier).upper()
    assert [(each.filter_state) for each in job.filters] == ["CompletedSuccessfully"]
    assert job.completed is not None and job.created <= job.completed
    assert [each.documents for each in job.deliveries] == [(1, 2)]
    for sent, image in zip(outcome.images, job.images, strict=True):
        assert (image.document_id, image.sha256, image.bytes) == (sent.document_id, sent.sha256, sent.bytes)
        assert hashlib.sha256(image.path.read_bytes()).hexdigest() == sent.sha256
        assert image.path in outcome.delivered
        (picture,) = image.pictures()
        with Image.open(image.path) as opened:
            assert picture.tobytes() == opened.tobytes() and picture.size == (sent.width, sent.height)
            assert picture.info["dpi"] == pytest.approx(opened.info["dpi"])
    assert job.truth == () and job.deviations == ()


@pytest.mark.parametrize(("format", "ppi"), [("tiff-multi-uncompressed", 100), ("pdf-a", 100)])
def test_a_document_of_several_pages_is_several_pictures(lab: BlockingLab, format: str, ppi: int) -> None:
    """A page of a PDF that is one image is that image."""
    lab.add_device("production-duplex").scan(pages=3, settings=(f"Format={format}", "Resolution=100x100"))
    (job,) = lab.server.wait_for(pages=3)
    assert len(job.images) == 1 and job.page_count() == 3
    pictures = job.images[0].pictures()
    assert len(pictures) == 3
    assert all(picture.info["dpi"] == pytest.approx((ppi, ppi)) for picture in pictures)
    assert abs(pictures[0].width - 8.268 * ppi) <= 2


def test_the_truth_of_pages_that_a_document_set_makes(lab: BlockingLab, tmp_path: Path) -> None:
    device = lab.add_device()
    device.scan(documents="office-day", seed=3, pages=2, **QUICK)
    device.scan(documents="office-day", seed=3, pages=1, truth=tmp_path / "own", **QUICK)
    first, second = lab.server.wait_for(jobs=2)
    assert len(first.truth) == 2 and len(second.truth) == 1
    assert first.truth[0].words and first.truth[0] == second.truth[0]
    assert first.truth[0].image == first.images[0].pictures()[0].size
    lab.server.reset()
    assert (tmp_path / "own").is_dir(), "what the user has named stays"


def test_a_device_of_others_sends_a_job_and_the_test_waits_for_it(lab: BlockingLab, tmp_path: Path) -> None:
    def device_of_others() -> None:
        done = run(
            *("scan", "--server", lab.server.url, "--ca-file", lab.server.ca_file, "--pages", "3", "-q"),
            *("--set", "Resolution=75x75", "--manifest", "none"),
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr

    thread = threading.Thread(target=device_of_others)
    thread.start()
    (job,) = lab.server.wait_for(pages=3, timeout=60)
    job.check(images=3, strict=True)
    thread.join()


def test_what_does_not_come_is_said(lab: BlockingLab) -> None:
    device = lab.add_device()
    with pytest.raises(LabError) as raised:
        lab.server.wait_for(pages=3, timeout=0.05)
    assert str(raised.value) == (
        "the scan server has not seen 1 ended jobs with 3 pages within 0.05 s: no job has come"
    )
    assert raised.value.code == ExitCode.FAILED and lab.server.url in raised.value.hint
    device.scan(pages=1, **QUICK)
    with pytest.raises(LabError, match=r"3 pages within 0\.05 s: <ServerJob .*Completed .*, 1 images>$"):
        lab.server.wait_for(pages=3, timeout=0.05)


def test_reset_cancels_forgets_and_empties(lab: BlockingLab) -> None:
    device = lab.add_device()
    first = device.scan(pages=1, **QUICK).delivered[0].name
    held = threading.Event()

    def jam(page: int) -> None:
        if not held.is_set():  # a second page may be under way
            device.jam()
            held.set()

    outcomes: list[ScanOutcome] = []
    thread = threading.Thread(
        target=lambda: outcomes.append(device.scan(pages=3, on_page=jam, **QUICK)), daemon=True
    )
    thread.start()
    assert held.wait(60)
    end = time.monotonic() + 60
    while not lab.server.jobs[-1].images:  # one that comes while all is forgotten is told that nobody knows its job
        assert time.monotonic() < end, "the first image did not come"
        time.sleep(0.01)
    assert [job.state for job in lab.server.jobs] == ["Completed", "Creating"]
    lab.server.reset()
    assert lab.server.jobs == ()
    assert [path for path in lab.store.iterdir() if not path.name.startswith(".")] == []
    device.clear()
    thread.join(30)
    assert not thread.is_alive() and outcomes[0].exit_code == ExitCode.FAILED, outcomes
    assert len(outcomes[0].report.acknowledged) < 3
    lab.server.reset()
    again = device.scan(pages=1, **QUICK).check()
    assert again.delivered[0].name == first, "numbers begin anew"
    assert len(lab.server.jobs) == 1


def test_a_store_that_the_user_names_keeps_its_files(tmp_path: Path) -> None:
    with BlockingLab(store=tmp_path) as lab:
        (kept,) = lab.add_device().scan(pages=1, **QUICK).delivered
        lab.server.reset()
        assert kept.is_file() and lab.server.jobs == ()
    assert kept.is_file()


def test_images_of_a_job_that_is_aborted_are_found_too(lab: BlockingLab) -> None:
    device = lab.add_device()
    outcome = device.scan(PROJECT / "README.md", PROJECT / "README.md", as_is=True, settings=("Format=png",))
    assert outcome.exit_code == 0
    token = outcome.report.account.job_token
    assert lab.server.job(token).images[0].path.is_file()
    with pytest.raises(LabError, match=r"cannot be read|not a kind"):
        lab.server.job(token).images[0].pictures()
    assert len(lab.server.wait_for(pages=2)) == 1  # what nobody can read counts as one page
    with pytest.raises(LabError, match="knows no job"):
        lab.server.job("no such token")


@pytest.mark.wire_fault
def test_deviations_of_a_device_are_told_with_its_job(lab: BlockingLab) -> None:
    device = lab.add_device()

    def with_space(out: OutgoingEnvelope) -> bytes:
        if out.operation not in ("CreatePostScanJob", "SendImage"):
            return out.data
        return out.data.replace(b"Action>http", b"Action> http", 1).replace(b"a:Action>", b"a:Action>", 1)

    unplug = device.layers.handle(ENVELOPE, with_space)
    device.scan(pages=1, **QUICK)
    unplug()
    device.scan(pages=1, **QUICK)
    faulty, right = lab.server.wait_for(jobs=2)
    assert {operation for operation, _ in faulty.deviations} == {"CreatePostScanJob", "SendImage"}
    assert {deviation.id for _, deviation in faulty.deviations} == {"address-white-space"}
    assert right.deviations == ()
    faulty.check()
    with pytest.raises(AssertionError, match=r"departs from the documents(.|\n)*address-white-space"):
        faulty.check(strict=True)
