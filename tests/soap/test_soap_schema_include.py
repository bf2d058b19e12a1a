"""xop:Include where the schema has base64: MTOM sends it in the place of the text."""

from __future__ import annotations

import pytest
from lxml import etree

from emulator.soap.schema import violations

DSP = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing"
INCLUDE = '<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:1@device.example"/>'


def send_image(image_data: str, document_id: str = "1") -> etree._Element:
    return etree.fromstring(
        f'<d:SendImageRequest xmlns:d="{DSP}"><d:JobToken>x</d:JobToken><d:DocumentDescription>'
        f"<d:DocumentId>{document_id}</d:DocumentId><d:Format>png</d:Format></d:DocumentDescription>"
        f"<d:ImageData>{image_data}</d:ImageData></d:SendImageRequest>"
    )


@pytest.mark.parametrize("image_data", [INCLUDE, f"\n  {INCLUDE}\n", "iVBORw0KGgo=", ""])
def test_attachment_and_base64_are_valid(image_data: str) -> None:
    element = send_image(image_data)
    before = etree.tostring(element)
    assert violations(element) == []
    assert etree.tostring(element) == before, "the message itself must not be touched"


@pytest.mark.parametrize(
    "image_data",
    [
        INCLUDE + INCLUDE,
        f"iVBO{INCLUDE}",
        f"{INCLUDE}iVBO",
        INCLUDE.replace("href=", "ref="),
        INCLUDE.replace("2004/08", "2004/09"),
        "iVB",
        "<other/>",
    ],
)
def test_anything_else_is_told(image_data: str) -> None:
    # The law: [bdsrr/6.2/content-by-the-schema]
    assert violations(send_image(image_data))


def test_the_rest_is_still_looked_at() -> None:
    (problem,) = violations(send_image(INCLUDE, document_id="0"))
    assert "DocumentId" in problem
