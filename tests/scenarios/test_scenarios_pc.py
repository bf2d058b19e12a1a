"""A PC at a device: events come, a scan is fetched over plain HTTP and HTTPS, and what a device refuses is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from scenario_play import failed_in, results_of, scenario_of

from emulator import Lab, LabError
from emulator.environment.options import TrustOptions
from emulator.environment.trusting import client_tls_now
from emulator.inspector.pc import subscribed_pc
from emulator.reports.verdict import Verdict


@pytest.mark.parametrize("https", [False, True])
async def test_what_is_begun_at_the_panel_is_fetched_whole(https: bool) -> None:
    async with Lab() as lab:
        device = await lab.add_device("office-mfp", network=True, https=https)
        tls = None if device.ca_file is None else await client_tls_now(TrustOptions(ca_file=device.ca_file))
        await device.load(sheets=3, replace=True)
        async with subscribed_pc(device.scan_service, "Den", tls) as pc:
            assert [each.display_name for each in device.destinations] == ["Den"]
            with pytest.raises(LabError, match=r"no ScanAvailableEvent has come within 0\.1 s"):
                await pc.fetch(0.1)
            device.scan_to("Den")
            fetched = await pc.fetch(20, "png")
            assert [each.media_type for each in fetched.images] == ["image/png"] * 3
            assert all(each.bytes > 1000 for each in fetched.images)
            assert len({each.sha256 for each in fetched.images}) == 3, "each page is another"
            await pc.wait_for("JobEndStateEvent", 60)
            assert "JobStatusEvent" in pc.names and pc.as_dict()["scans"] == 1
            assert [str(job.state) for job in device.jobs] == ["Completed"]
            with pytest.raises(LabError, match=r"CreateScanJob at .*: ClientErrorInvalidScanIdentifier"):
                await pc.fetch(5)  # an identifier is good for one job
        assert device.destinations == (), "it has unsubscribed"


async def test_without_an_offer_events_come_and_no_scan(tmp_path: Path) -> None:
    async with Lab() as lab:
        device = await lab.add_device("office-mfp", network=True)
        async with subscribed_pc(device.scan_service) as pc:
            assert device.destinations == ()
            device.jam()
            await pc.wait_for("ScannerStatusConditionEvent", 60)
            device.clear()
            await pc.wait_for("ScannerStatusConditionClearedEvent", 60)
            with pytest.raises(LabError, match=r"no ScanAvailableEvent .* events that came: Scanner"):
                await pc.wait_for("ScanAvailableEvent", 0.1)


async def test_a_scan_service_that_is_none_is_told() -> None:
    async with Lab() as lab:
        with pytest.raises(LabError, match="no events of"):
            async with subscribed_pc(lab.url):
                raise AssertionError("nobody takes the subscription")
    with pytest.raises(LabError, match="no events of"):
        async with subscribed_pc("http://127.0.0.1:9/x"):
            raise AssertionError("nobody is there")


async def test_steps_of_a_pc_that_go_wrong_are_told(tmp_path: Path) -> None:
    head = 'title = "t"\n[devices.mfp]\n[[step]]\nsubscribe = { offers = "Den" }\nas = "den"\n'
    for step, says in (
        ('start = { to = "Loft" }', "no destination is named 'Loft'; there are: Den"),
        ('fetch = { subscription = "$den", within = 0.1 }', "no ScanAvailableEvent has come within 0.1 s"),
        (
            'wait = { subscription = "$den", event = "JobEndStateEvent", within = 0.1 }',
            "no JobEndStateEvent has come",
        ),
    ):
        failed = failed_in(await results_of(scenario_of(f"{head}[[step]]\n{step}\n", tmp_path)))
        assert says in failed.says, failed
    text = f'{head}[[step]]\nload = {{ sheets = 1, replace = true }}\n[[step]]\nstart = {{ to = "Den" }}\n'
    text += '[[step]]\nfetch = { subscription = "$den", format = "no-such" }\n'
    failed = failed_in(await results_of(scenario_of(text, tmp_path)))
    assert "CreateScanJob at" in failed.says
    results = await results_of(scenario_of(text.replace(', format = "no-such"', ""), tmp_path))
    assert all(each.verdict is Verdict.PASSED for each in results)
