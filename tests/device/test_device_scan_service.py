"""The WS-Scan service by raw messages over HTTP: its eight operations as documented."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from device_pages import names_in
from lxml import etree
from scan_service_bench import OLD, WSCN, Caller, Job, device, envelope, ticket

from emulator.device.device import ScanDevice
from emulator.layers import Layers
from emulator.wsscan.values.status import ConditionName


@pytest_asyncio.fixture
async def mfp(tmp_path: Path) -> AsyncIterator[ScanDevice]:
    async with device(tmp_path) as running:
        yield running
    assert names_in(tmp_path) == []  # no image is left behind


@pytest.fixture
def caller(mfp: ScanDevice) -> Caller:
    return Caller(mfp)


# GetScannerElements


async def test_the_four_elements_of_the_scanner(caller: Caller) -> None:
    # The law: [clients/wsd-python/status-and-all-sections] [notes/c-28/default-scan-ticket-asked-for]
    # The law: [wscn/get-scanner-elements/sections] [wscn/get-scanner-elements/supported]
    # The law: [wscn/element-data/one-for-each-name] [wscn/element-data/valid-true-for-a-known-name]
    names = ("ScannerDescription", "ScannerConfiguration", "ScannerStatus", "DefaultScanTicket")
    answer = await caller.elements(*(f"wscn:{name}" for name in names))
    assert answer.action == f"{WSCN}/GetScannerElementsResponse"
    assert answer.texts("//wscn:ElementData/@Valid") == ["true"] * 4
    assert answer.texts("//wscn:ElementData/@Name") == [f"wscn:{name}" for name in names]
    assert answer.text("//wscn:ScannerName") == "Office MFP"
    assert answer.text("//wscn:ADFSupportsDuplex") in ("true", "1")
    assert answer.texts("//wscn:FormatValue")[:2] == ["jfif", "png"]
    assert answer.text("//wscn:ScannerState") == "Idle"
    assert answer.text("//wscn:ScannerStateReason") == "None"
    assert answer.text("//wscn:DefaultScanTicket//wscn:InputSource") == "ADF"


async def test_what_is_not_known_is_not_valid_and_empty(caller: Caller) -> None:
    # The law: [clients/go-mfp/no-unknown-name] [wscn/element-data/valid-false-for-an-unknown-name]
    answer = await caller.elements("wscn:ScannerStatus", "wscn:Toner", "wsa:To")
    assert answer.texts("//wscn:ElementData/@Valid") == ["true", "false", "false"]
    assert len(answer.root.xpath("//*[local-name()='ElementData'][2]/*")) == 0


async def test_conditions_show_in_the_status_and_its_history(caller: Caller, mfp: ScanDevice) -> None:
    # The law: [wscn/scanner-status/active-conditions] [wscn/scanner-status/condition-history]
    # The law: [wscn/scanner-status/state] [wscn/scanner-status/state-reasons]
    # The law: [wscn/scanner-status/current-time]
    mfp.scanner.open()
    mfp.scanner.empty_feeder()
    answer = await caller.elements("wscn:ScannerStatus")
    assert answer.text("//wscn:ScannerState") == "Stopped"
    told = datetime.fromisoformat(answer.text("//wscn:ScannerStatus/wscn:ScannerCurrentTime"))
    assert abs(datetime.now(UTC) - told) < timedelta(minutes=1)
    began = [datetime.fromisoformat(each) for each in answer.texts("//wscn:DeviceCondition/wscn:Time")]
    assert len(began) == 2 and max(began) <= told, "conditions have the same clock"
    assert answer.texts("//wscn:ScannerStateReason") == ["CoverOpen"]
    assert answer.texts("//wscn:ActiveConditions/wscn:DeviceCondition/wscn:Name") == [
        "CoverOpen",
        "InputTrayEmpty",
    ]
    assert answer.texts("//wscn:DeviceCondition/@Id") == ["1", "2"]
    mfp.scanner.close()
    mfp.scanner.open()
    answer = await caller.elements("wscn:ScannerStatus")
    assert answer.texts("//wscn:DeviceCondition/@Id") == ["2", "3"]
    mfp.scanner.close()
    answer = await caller.elements("wscn:ScannerStatus")
    assert answer.text("//wscn:ScannerState") == "Idle"
    assert answer.texts("//wscn:ConditionHistoryEntry/wscn:Name") == ["CoverOpen", "CoverOpen"]
    assert answer.texts("//wscn:ConditionHistoryEntry/@Id") == ["3", "1"]
    assert answer.text("//wscn:ConditionHistoryEntry/wscn:ClearTime")


async def test_long_histories_stay_within_what_windows_takes(caller: Caller, mfp: ScanDevice) -> None:
    """32767 octets (DPWS 2006/02, appendix I). [soap/envelope/size]"""
    for _ in range(200):
        mfp.scanner.set_condition(ConditionName.MULTIPLE_FEED_ERROR)
        mfp.scanner.clear()
    status = await caller.elements(
        "wscn:ScannerDescription", "wscn:ScannerConfiguration", "wscn:ScannerStatus", "wscn:DefaultScanTicket"
    )
    assert len(status.texts("//wscn:ConditionHistoryEntry")) == 50
    assert len(status.data) < 32767
    content = ticket(source="Platen").replace("Letter", "n" * 255).replace("ann", "u" * 255)
    for _ in range(40):
        await (await caller.job(content)).cancel()
    history = await caller.call("GetJobHistory", "")
    assert len(history.texts("//wscn:JobSummary")) == 30
    assert len(history.data) < 32767


# A whole job


async def test_a_scan_from_the_feeder_to_its_end(caller: Caller, mfp: ScanDevice) -> None:
    # The law: [wscn/validation/zero-images-of-feeder] [wscn/retrieve-image/supported]
    # The law: [wscn/retrieve-image/after-the-last-image] [wscn/create-scan-job/supported]
    # The law: [wscn/format/one-image-a-file]
    job = await caller.job(ticket(images=0))
    created = job.created
    assert created.action == f"{WSCN}/CreateScanJobResponse"
    assert created.texts("//wscn:MediaFrontImageInfo/*") == ["620", "877", "0"]
    images, end = await job.images()
    assert len(images) == 5 and end.fault == "ClientErrorNoImagesAvailable"
    assert b"wscn:ClientErrorNoImagesAvailable" in end.data  # one client wants the literal text
    assert await job.state() == ("Completed", "None")
    documents = await caller.job_elements(job.id, "wscn:Documents")
    assert documents.texts("//wscn:Document//wscn:DocumentName") == [f"page {n}" for n in range(1, 6)]
    status = await caller.elements("wscn:ScannerStatus")
    assert status.texts("//wscn:ActiveConditions//wscn:Name") == ["InputTrayEmpty"]
    assert (await caller.create()).fault == "ClientErrorNoImagesAvailable"


async def test_the_image_is_the_second_part_and_what_was_announced(caller: Caller) -> None:
    # The law: [wscn/retrieve-image/image-is-the-second-part] [wscn/retrieve-image/mtom]
    # The law: [wscn/image-information/after-all-adjustment] [clients/sane-airscan/second-part]
    # The law: [clients/wsd-python/second-part]
    job = await caller.job(ticket(images=1))
    answer = await job.retrieve()
    assert answer.headers["content-type"].startswith("multipart/related;")
    assert answer.action == f"{WSCN}/RetrieveImageResponse"
    (root, _, _), (kind, content_id, octets) = answer.parts
    assert (root, kind) == ("application/xop+xml", "image/png")
    assert answer.root.xpath("string(//*[local-name()='Include']/@href)") == f"cid:{content_id.strip('<>')}"
    with answer.image as image:
        assert (image.size, image.mode, image.format) == ((620, 877), "L", "PNG")
    assert len(octets) > 1000 and int(answer.headers["content-length"]) == len(answer.data)


async def test_every_page_is_another_one(caller: Caller) -> None:
    images, _ = await (await caller.job()).images()
    assert len({hashlib.sha256(each.parts[1][2]).hexdigest() for each in images}) == 5


async def test_duplex_gives_both_sides_and_tells_of_them(caller: Caller) -> None:
    # The law: [wscn/image-information/back-only-for-duplex]
    job = await caller.job(ticket(source="ADFDuplex"))
    assert job.created.texts("//wscn:MediaBackImageInfo/*") == ["620", "877", "0"]
    images, end = await job.images()
    assert (len(images), end.fault) == (10, "ClientErrorNoImagesAvailable")


async def test_the_platen_gives_one_image(caller: Caller) -> None:
    # The law: [wscn/validation/zero-images-of-platen] [wscn/retrieve-image/platen-completed-after-one]
    images, end = await (await caller.job(ticket(source="Platen", images=0))).images()
    assert (len(images), end.fault) == (1, "ClientErrorNoImagesAvailable")


async def test_a_multi_image_format_is_one_document(caller: Caller) -> None:
    # The law: [wscn/format/all-images-in-one-file]
    black = (
        "<wscn:ColorProcessing>BlackAndWhite1</wscn:ColorProcessing>"
        "<wscn:Resolution><wscn:Width>100</wscn:Width></wscn:Resolution>"
    )
    images, end = await (await caller.job(ticket(format="tiff-multi-g4", side=black))).images()
    assert (len(images), end.fault) == (1, "ClientErrorNoImagesAvailable")
    with images[0].image as image:
        assert (image.n_frames, image.mode) == (5, "1")  # type: ignore[attr-defined]


async def test_final_parameters_tell_what_was_changed_and_what_was_not_asked(caller: Caller) -> None:
    # The law: [wscn/final-parameters/override] [wscn/final-parameters/used-default]
    # The law: [wscn/validation/unsupported-value-substituted] [wscn/validation/absent-element-by-default]
    side = "<wscn:Resolution><wscn:Width>310</wscn:Width><wscn:Height>310</wscn:Height></wscn:Resolution>"
    created = (await caller.job(ticket(side=side, images=1))).created
    final = "//wscn:DocumentFinalParameters"
    assert created.text(f"{final}//wscn:MediaFront/wscn:Resolution/wscn:Width") == "400"
    assert created.text(f"{final}//wscn:MediaFront/wscn:Resolution/wscn:Width/@wscn:Override") in ("true", "1")
    assert created.text(f"{final}//wscn:ColorProcessing") == "RGB24"
    assert created.text(f"{final}//wscn:ColorProcessing/@wscn:UsedDefault") in ("true", "1")
    assert created.text(f"{final}//wscn:Format/@wscn:Override") == ""
    # ImageInformation speaks of the image as it is made.
    assert created.texts("//wscn:MediaFrontImageInfo/*")[0] == str(round(8268 * 400 / 1000))


async def test_jobs_are_active_and_then_history(caller: Caller) -> None:
    # The law: [wscn/get-job-history/end-state] [notes/c-18/scans-completed-from-0]
    # The law: [wscn/get-active-jobs/supported] [wscn/get-active-jobs/jobs-not-final]
    # The law: [wscn/get-job-history/supported] [wscn/get-job-history/response] [wscn/job/job-summary]
    job = await caller.job()
    active = await caller.call("GetActiveJobs", "")
    assert active.texts("//wscn:JobSummary/wscn:JobId") == [str(job.id)]
    assert active.text("//wscn:JobSummary/wscn:JobName") == "Letter"
    assert active.text("//wscn:JobSummary/wscn:JobOriginatingUserName") == "ann"
    assert (await caller.call("GetJobHistory", "")).texts("//wscn:JobSummary") == []
    answer = await job.cancel()
    assert (answer.status, answer.action) == (200, f"{WSCN}/CancelJobResponse")
    assert await job.state() == ("Canceled", "None")
    assert (await caller.call("GetActiveJobs", "")).texts("//wscn:JobSummary") == []
    history = await caller.call("GetJobHistory", "")
    assert history.texts("//wscn:JobHistory/wscn:JobSummary/wscn:JobState") == ["Canceled"]


async def test_the_elements_of_a_job(caller: Caller) -> None:
    # The law: [wscn/get-job-elements/supported] [wscn/get-job-elements/sections] [wscn/job/documents]
    # The law: [wscn/retrieve-image/document-name]
    job = await caller.job(ticket(images=1))
    answer = await caller.job_elements(job.id, "wscn:JobStatus", "wscn:ScanTicket", "wscn:Documents", "wscn:Paper")
    assert answer.texts("//wscn:ElementData/@Valid") == ["true", "true", "true", "false"]
    assert answer.text("//wscn:JobStatus/wscn:JobId") == str(job.id)
    assert answer.text("//wscn:JobStatus/wscn:JobCreatedTime")
    assert answer.text("//wscn:ScanTicket//wscn:Format") == "png"
    assert answer.text("//wscn:DocumentFinalParameters//wscn:ImagesToTransfer") == "1"


async def test_two_requests_at_once_get_a_page_each(caller: Caller) -> None:
    job = await caller.job(ticket(images=2))
    answers = await asyncio.gather(job.retrieve(), job.retrieve(), job.retrieve())
    assert sorted(each.fault for each in answers) == ["", "", "ClientErrorNoImagesAvailable"]
    assert len({each.parts[1][2] for each in answers if not each.fault}) == 2


async def test_what_lies_on_the_platen_gives_the_same_page_again(caller: Caller) -> None:
    """Two scans of the platen are equal to the octet."""
    pages = set()
    for _ in range(2):
        (image,), _ = await (await caller.job(ticket(source="Platen"))).images()
        pages.add(image.parts[1][2])
    assert len(pages) == 1


# ValidateScanTicket


async def test_a_ticket_that_is_valid(caller: Caller, mfp: ScanDevice) -> None:
    # The law: [wscn/validate-scan-ticket/valid] [wscn/validate-scan-ticket/answered]
    answer = await caller.call("ValidateScanTicket", ticket(source="ADFDuplex"))
    assert answer.text("//wscn:ValidTicket") in ("true", "1")
    assert answer.texts("//wscn:MediaBackImageInfo/*") == ["620", "877", "0"]
    assert answer.texts("//wscn:ValidScanTicket") == []
    assert not mfp.scanner.jobs.active and mfp.scanner.snapshot().sheets == 5


SCALING = (
    "<wscn:Scaling><wscn:ScalingWidth>1250</wscn:ScalingWidth><wscn:ScalingHeight>100</wscn:ScalingHeight>"
    "</wscn:Scaling>"
)
MUST = (
    '<wscn:Scaling wscn:MustHonor="true"><wscn:ScalingWidth>500</wscn:ScalingWidth>'
    "<wscn:ScalingHeight>100</wscn:ScalingHeight></wscn:Scaling>"
)
FINE = (
    '<wscn:Resolution wscn:MustHonor="true"><wscn:Width>1200</wscn:Width><wscn:Height>1200</wscn:Height>'
    "</wscn:Resolution>"
)
UNKNOWN = '<x:Staple xmlns:x="urn:x" wscn:MustHonor="true">yes</x:Staple>'
OUTSIDE = (
    "<wscn:ScanRegion><wscn:ScanRegionXOffset>90000</wscn:ScanRegionXOffset><wscn:ScanRegionYOffset>0"
    "</wscn:ScanRegionYOffset><wscn:ScanRegionWidth>1000</wscn:ScanRegionWidth><wscn:ScanRegionHeight>1000"
    "</wscn:ScanRegionHeight></wscn:ScanRegion>"
)


@pytest.mark.parametrize(
    "bad",
    [
        ticket(SCALING),
        ticket(MUST),
        ticket(side=FINE),
        ticket(UNKNOWN),
        ticket(format="xps"),
        ticket(format="jbig"),
        ticket(side=OUTSIDE),
    ],
    ids=["scaling 1250 as printed", "scaling", "1200 ppi", "unknown", "xps", "jbig", "outside"],
)
async def test_a_ticket_that_is_not_valid_comes_back_corrected(caller: Caller, bad: str) -> None:
    # The law: [notes/c-18/sizes-of-no-image-are-0] [wscn/validate-scan-ticket/invalid]
    # The law: [wscn/image-information/zeros-for-an-invalid-ticket]
    answer = await caller.call("ValidateScanTicket", bad)
    assert answer.text("//wscn:ValidTicket") in ("false", "0")
    (corrected,) = answer.root.xpath("//*[local-name()='ValidScanTicket']")
    content = "".join(etree.tostring(child, encoding="unicode") for child in corrected)
    assert "Letter" in content
    again = await caller.call("ValidateScanTicket", f"<wscn:ScanTicket>{content}</wscn:ScanTicket>")
    assert again.text("//wscn:ValidTicket") in ("true", "1")


async def test_what_is_corrected_stays_near_what_was_asked(caller: Caller) -> None:
    answer = await caller.call("ValidateScanTicket", ticket(side=FINE, images=3))
    assert answer.text("//wscn:ValidScanTicket//wscn:Resolution/wscn:Width") == "600"
    assert answer.text("//wscn:ValidScanTicket//wscn:ImagesToTransfer") == "3"


async def test_demands_that_exclude_one_another_are_a_fault(caller: Caller) -> None:
    # The law: [wscn/validation/conflicting-must-honor] [wscn/validation/conflict-rejected-by-create-scan-job]
    # The law: [wscn/fault/client-error-conflicting-required-parameters]
    side = '<wscn:ColorProcessing wscn:MustHonor="true">RGB24</wscn:ColorProcessing>'
    conflicting = ticket(side=side).replace("<wscn:Format>png", '<wscn:Format wscn:MustHonor="true">tiff-single-g4')
    answer = await caller.call("ValidateScanTicket", conflicting)
    assert (answer.fault, answer.status) == ("ClientErrorConflictingRequiredParameters", 400)
    assert (await caller.create(conflicting)).fault == "InvalidArgs"


# Tolerance


async def complete(job: Job) -> None:
    images, end = await job.images()
    assert images and end.fault == "ClientErrorNoImagesAvailable"


async def test_a_ticket_out_of_order(caller: Caller) -> None:
    """As sane-airscan writes it. [clients/sane-airscan/ticket-out-of-order] [wscn/ticket/any-order-accepted]"""
    content = (
        "<wscn:ScanTicket><wscn:DocumentParameters><wscn:MediaSides><wscn:MediaFront><wscn:Resolution><wscn:Height>"
        "75</wscn:Height><wscn:Width>75</wscn:Width></wscn:Resolution></wscn:MediaFront></wscn:MediaSides>"
        "<wscn:InputSource>Platen</wscn:InputSource><wscn:Format>png</wscn:Format></wscn:DocumentParameters>"
        "<wscn:JobDescription><wscn:JobInformation>i</wscn:JobInformation><wscn:JobOriginatingUserName>u"
        "</wscn:JobOriginatingUserName><wscn:JobName>n</wscn:JobName></wscn:JobDescription></wscn:ScanTicket>"
    )
    await complete(await caller.job(content))


async def test_a_ticket_in_the_namespace_of_2006_01_with_empty_strings(caller: Caller) -> None:
    """As WSD-python writes it.
    [clients/wsd-python/ticket-in-2006-01] [clients/wsd-python/empty-identifier-and-token]
    [wscn/scan-available/empty-strings-are-absent]"""
    old = ticket(source="Platen").replace("wscn:", "old:")
    old = old.replace("<old:ScanTicket>", f'<old:ScanTicket xmlns:old="{OLD}">')
    job = await caller.job(f"<wscn:ScanIdentifier></wscn:ScanIdentifier><wscn:DestinationToken/>{old}")
    assert job.created.texts("//wscn:MediaFrontImageInfo/*") == ["620", "877", "0"]
    await complete(job)


async def test_both_children_of_the_choices_and_a_back_that_the_platen_lacks(caller: Caller) -> None:
    """As WSD-python writes it; it wants values of both in the answer.
    [clients/wsd-python/both-children-of-the-choices] [clients/wsd-python/media-back-always]
    [clients/wsd-python/final-parameters-with-values] [wscn/validation/media-back-without-duplex]"""
    both = (
        "<wscn:InputSize><wscn:DocumentSizeAutoDetect>false</wscn:DocumentSizeAutoDetect><wscn:InputMediaSize>"
        "<wscn:Width>5827</wscn:Width><wscn:Height>8268</wscn:Height></wscn:InputMediaSize></wscn:InputSize>"
        "<wscn:Exposure><wscn:AutoExposure>false</wscn:AutoExposure><wscn:ExposureSettings><wscn:Contrast>0"
        "</wscn:Contrast><wscn:Brightness>40</wscn:Brightness><wscn:Sharpness>0</wscn:Sharpness>"
        "</wscn:ExposureSettings></wscn:Exposure>"
    )
    back = "<wscn:MediaBack><wscn:ColorProcessing>RGB24</wscn:ColorProcessing></wscn:MediaBack></wscn:MediaSides>"
    content = ticket(both, source="Platen").replace("</wscn:MediaSides>", back)
    job = await caller.job(content)
    final = "//wscn:DocumentFinalParameters"
    assert job.created.texts(f"{final}//wscn:ExposureSettings/*") == ["0", "40", "0"]
    assert job.created.texts(f"{final}//wscn:InputMediaSize/*") == ["5827", "8268"]
    assert job.created.texts("//wscn:MediaBackImageInfo") == []
    await complete(job)


async def test_actions_and_messages_of_2006_01(caller: Caller) -> None:
    # The law: [notes/c-01/wscn-2006-01-read] [wscn/wire/namespace-of-2006-01-accepted]
    body = (
        f'<o:GetScannerElementsRequest xmlns:o="{OLD}"><o:RequestedElements><o:Name>o:ScannerStatus</o:Name>'
        "</o:RequestedElements></o:GetScannerElementsRequest>"
    )
    answer = await caller.raw(envelope(caller.url, f"{OLD}/GetScannerElements", body))
    assert answer.action == f"{WSCN}/GetScannerElementsResponse"
    assert answer.text("//wscn:ScannerState") == "Idle"


async def test_the_root_of_the_printed_example_and_a_name_without_prefix(caller: Caller) -> None:
    # The law: [wscn/get-job-elements/root-without-suffix-accepted] [clients/wsd-python/get-job-elements-root]
    # The law: [wscn/element-data/name-without-prefix-accepted]
    job = await caller.job()
    content = (
        f"<wscn:JobId>{job.id}</wscn:JobId><wscn:RequestedElements><wscn:Name>JobStatus</wscn:Name>"
        "</wscn:RequestedElements>"
    )
    answer = await caller.call("GetJobElements", content, root="GetJobElements")
    assert answer.text("//wscn:JobStatus/wscn:JobId") == str(job.id)


@pytest.mark.parametrize("to", ["", "http://another.example:99{path}", "HTTP://x{PATH}/", "urn:uuid:{uuid}"])
async def test_who_names_the_service_in_another_way(caller: Caller, mfp: ScanDevice, to: str) -> None:
    # The law: [clients/sane-airscan/to-is-the-url]
    path = mfp.service_path
    address = to.format(path=path, PATH=path.upper(), uuid=mfp.uuid) or "urn:uuid:" + str(mfp.uuid).upper()
    answer = await caller.call(
        "GetScannerElements",
        "<wscn:RequestedElements><wscn:Name>wscn:ScannerStatus</wscn:Name></wscn:RequestedElements>",
        to=address,
    )
    assert answer.status == 200


async def test_strict_refuses_what_is_otherwise_told(tmp_path: Path) -> None:
    async with device(tmp_path, layers=Layers(strict=True)) as running:
        caller = Caller(running)
        content = ticket(source="Platen").replace("<wscn:Format>png</wscn:Format>", "")
        late = content.replace("<wscn:MediaSides>", "<wscn:Format>png</wscn:Format><wscn:MediaSides>")
        answer = await caller.create(late)
        assert (answer.fault, answer.detail[:22]) == ("InvalidArgs", "strict: element-order ")
        assert not running.scanner.jobs.active
        await complete(await caller.job(content.replace("<wscn:InputSource>", "<wscn:InputSource>")))
