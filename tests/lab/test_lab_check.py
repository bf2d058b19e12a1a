"""A job that does not pass says why, in the words that a person needs who reads a failed test; and what a lab gives
has a short name for debuggers and logs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import emulator
from emulator import OPERATION, BlockingLab, FaultError, LabError, LdapOptions, OperationCall, TrustOptions, verify
from emulator.dsm.faults import internal_error

QUICK: dict[str, Any] = {"settings": ("Format=png", "Resolution=75x75", "ColorProcessing=Grayscale8")}


@pytest.fixture(scope="module")
def lab() -> Iterator[BlockingLab]:
    with BlockingLab() as running:
        yield running


def test_a_job_that_passes_is_returned(lab: BlockingLab) -> None:
    outcome = lab.add_device().scan(pages=1, **QUICK)
    assert outcome.check(images=1, strict=True) is outcome
    job = lab.server.job(outcome.report.account.job_token)
    assert job.check(images=1, strict=True) is job


def test_another_number_of_images_is_said(lab: BlockingLab) -> None:
    outcome = lab.add_device().scan(pages=1, **QUICK)
    for checked in (outcome.check, lab.server.job(outcome.report.account.job_token).check):
        with pytest.raises(AssertionError, match=r"1 images .*, not 2"):
            checked(images=2)


def test_what_the_server_said_is_in_the_reason(lab: BlockingLab) -> None:
    device = lab.add_device()

    async def refuse(call: OperationCall) -> object:
        if call.name == "SendImage":
            raise FaultError(internal_error())
        return await call.go_on()

    unplug = lab.server.layers.handle(OPERATION, refuse)
    try:
        outcome = device.scan(pages=2, **QUICK)
    finally:
        unplug()
    with pytest.raises(AssertionError) as raised:
        outcome.check()
    first, *lines = str(raised.value).splitlines()
    assert first.startswith("the job is Failed, not Completed: ") and "ServerErrorInternalError" in first
    named = {line[:16].strip(): line[16:] for line in lines}
    assert named["scan server"] == lab.url and named["job"] == outcome.report.account.job_token
    assert Path(named["manifest"]) == outcome.manifest
    with pytest.raises(AssertionError, match=r"(Canceled|Aborted).*, not Completed"):
        lab.server.job(outcome.report.account.job_token).check()


def test_a_filter_that_fails_is_named() -> None:
    with BlockingLab() as lab:
        device = lab.add_device()
        outcome = device.scan(pages=1, scan_process="Scan to mail", **QUICK)
        with pytest.raises(AssertionError) as raised:
            outcome.check()
        assert "filters       email: Completed" in str(raised.value)
        assert "\n  deliveries    " in str(raised.value)


def test_verify_of_outcomes_and_manifests(lab: BlockingLab, tmp_path: Path) -> None:
    device = lab.add_device()
    first, second = device.scan(pages=2, **QUICK), device.scan(pages=1, seed=5, **QUICK)
    proof = verify(first)
    assert proof.ok and proof.check() is proof and len(proof.jobs[0].verification.delivered) == 2
    assert first.manifest is not None
    assert verify([first, second]).ok and verify(str(first.manifest), lab.store).ok
    with pytest.raises(LabError, match="the folder"):
        verify(first.manifest)
    with pytest.raises(LabError, match="at least one"):
        verify([])
    with pytest.raises(LabError, match="no folder"):
        verify(first, tmp_path / "nowhere")
    with pytest.raises(LabError, match="has no manifest"):
        verify(device.scan(pages=1, manifest="none", **QUICK))
    first.delivered[0].unlink()
    data = bytearray(first.delivered[1].read_bytes())
    data[-1] ^= 1
    first.delivered[1].write_bytes(data)
    with pytest.raises(AssertionError) as raised:
        verify(first).check()
    said = str(raised.value)
    assert "is not proved" in said and "missing" in said and "altered" in said and first.delivered[1].name in said


def test_names_for_debuggers_are_short_and_hold_no_secret(lab: BlockingLab) -> None:
    outcome = lab.add_device().scan(pages=3, **QUICK)
    job = lab.server.job(outcome.report.account.job_token)
    device = lab.add_device("flatbed", network=True)
    ldap = LdapOptions(password=emulator.Secret("very secret"))
    things: list[object] = [
        *(
            lab,
            device,
            lab.add_device(),
            lab.server,
            outcome,
            outcome.images[0],
            job,
            job.images[0],
            verify(outcome),
        ),
        *(
            verify(outcome).jobs[0].verification,
            emulator.Lab(),
            BlockingLab(),
            emulator.Journal(),
            emulator.Layers(),
        ),
        *(
            TrustOptions(ca_file=Path("ca.pem")),
            ldap,
            emulator.ScanOptions(files=(Path("letter.png"),)),
            ldap.password,
        ),
        *(LabError("wrong"), emulator.ExitCode.OK, emulator.PAGE, emulator.HAPPENED),
    ]
    for thing in things:
        assert "\n" not in repr(thing) and len(repr(thing)) <= 160, repr(thing)
        assert "very secret" not in repr(thing) + str(thing)


def test_what_is_told_and_asked_at_the_points_has_a_short_name_too(lab: BlockingLab) -> None:
    device = lab.add_device()
    seen: dict[str, str] = {}

    def see(thing: object) -> None:
        text = repr(thing)
        kept = seen.setdefault(type(thing).__name__, text)
        seen[type(thing).__name__] = max(kept, text, key=len)

    async def go_on(call: OperationCall) -> object:
        see(call)
        return await call.go_on()

    def first(name: str) -> Any:
        def handler(thing: Any) -> Any:
            see(thing)
            return None if name == "" else getattr(thing, name)

        return handler

    points = [emulator.EXCHANGE, emulator.BODY, emulator.HAPPENED, emulator.SCANNER_EVENT, emulator.PAGE_EVENT]
    plugged = [layers.listen(point, see) for layers in (device.layers, lab.server.layers) for point in points]
    for layers in (device.layers, lab.server.layers):
        plugged.append(layers.handle(OPERATION, go_on))
        plugged.append(layers.handle(emulator.ENVELOPE, first("data")))
        plugged.append(layers.handle(emulator.OCTETS, first("octets")))
        plugged.append(layers.handle(emulator.PART, first("package")))
    plugged.append(device.layers.handle(emulator.PAGE, first("")))
    outcome = device.scan(documents="office-day", pages=1, **QUICK).check()
    for unplug in plugged:
        unplug()
    job = lab.server.job(outcome.report.account.job_token)
    for thing in (
        *job.truth,
        *job.filters,
        *job.deliveries,
        outcome.user,
        emulator.Deviation("message-id-form", "a"),
    ):
        see(thing)
    for name in ("Exchange", "BodyOctets", "OperationCall", "OutgoingEnvelope", "OctetsOut", "OutgoingPackage"):
        assert name in seen
    assert {"PageAtHead", "PageScanned", "Happened", "PageTruth", "Delivery", "FilterStatus"} <= seen.keys()
    public = {name: text for name, text in seen.items() if name in emulator.__all__}
    assert len(public) >= 12
    assert [text[:60] for text in public.values() if len(text) > 300 or "\n" in text] == []
