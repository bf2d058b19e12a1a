"""What WSD-python (ba34839) does with the answers of a device: its own steps, with the libraries that it uses. Its
template of RetrieveImage is not where it looks for it; who runs it has to put it there. And one rule of go-mfp: it
takes no keyword that it does not know."""

from __future__ import annotations

import email
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image, ImageSequence
from scan_service_bench import NAMESPACES, WSCN, Answer, Caller, device, ticket

from emulator.device.profile import list_profiles
from emulator.soap.xml import QName
from emulator.wsscan.values.keywords import ColorEntry, ContentType, Format
from emulator.wsscan.xml.configuration import write_scanner_configuration
from emulator.wsscan.xml.ticket import write_ticket

SCA = {"sca": NAMESPACES["wscn"], "soap": NAMESPACES["soap"]}


def retrieve_image(answer: Answer) -> list[tuple[int, int]]:
    """`wsd_scan__operations.wsd_retrieve_image`: the sizes of the images, none at the end of a batch."""
    try:
        x = etree.fromstring(answer.data.decode("utf-8", "replace"))  # as `text` of requests
        (code,) = x.xpath(".//soap:Fault//soap:Code/soap:Subcode/soap:Value", namespaces=SCA)
        assert code.text == "wscn:ClientErrorNoImagesAvailable"
        return []
    except etree.ParseError:
        content = b"Content-type: " + answer.headers["content-type"].encode("ascii") + answer.data
        parts = list(email.message_from_bytes(content).walk())
        with Image.open(BytesIO(parts[2].get_payload(decode=True))) as image:
            return [page.size for page in ImageSequence.Iterator(image)]


@pytest.fixture
async def caller(tmp_path: Path) -> AsyncIterator[Caller]:
    async with device(tmp_path) as made:
        yield Caller(made)


async def test_wsd_python_takes_each_image_and_the_end_of_the_batch(caller: Caller) -> None:
    """[clients/wsd-python/line-break-before-the-first-delimiter]
    [clients/wsd-python/fault-without-declared-encoding]"""
    job = await caller.job(ticket(images=0))
    assert [retrieve_image(await job.retrieve()) for _ in range(6)] == [[(620, 877)]] * 5 + [[]]


@pytest.mark.parametrize("name", [each.name for each in list_profiles()])
def test_the_default_ticket_of_each_profile_has_the_values_that_wsd_python_reads(name: str) -> None:
    """`wsd_scan__parsers.parse_document_params` takes them without a look. A profile of one's own with
    automatic exposure tells no values: the published schema has either.
    [clients/wsd-python/default-ticket-with-values]"""
    (profile,) = (each for each in list_profiles() if each.name == name)
    told = etree.fromstring(
        etree.tostring(write_ticket(profile.default_ticket(), QName(WSCN, "DefaultScanTicket")))
    )
    for path in (
        *(f".//sca:InputSize/sca:InputMediaSize/sca:{each}" for each in ("Width", "Height")),
        *(f".//sca:Exposure//sca:ExposureSettings/sca:{each}" for each in ("Contrast", "Brightness", "Sharpness")),
        *(f".//sca:MediaFront//sca:Resolution/sca:{each}" for each in ("Width", "Height")),
    ):
        (value,) = told.xpath(path, namespaces=SCA)
        assert int(value.text) is not None


@pytest.mark.parametrize("name", [each.name for each in list_profiles()])
def test_no_shipped_profile_tells_a_keyword_that_go_mfp_does_not_know(name: str) -> None:
    """A profile of one's own may have keywords of a vendor, as the documents allow.
    [clients/go-mfp/no-unknown-keyword]"""
    (profile,) = (each for each in list_profiles() if each.name == name)
    told = etree.fromstring(etree.tostring(write_scanner_configuration(profile.configuration())))
    known = {"FormatValue": Format, "ContentTypeValue": ContentType, "ColorEntry": ColorEntry}
    for element, keywords in known.items():
        values = told.xpath(f".//sca:{element}/text()", namespaces=SCA)
        assert values and set(values) <= {str(each) for each in keywords}
