"""Operations on the images that the scan servers of this process have: as they came, as small pictures, what is on
their pages."""

from __future__ import annotations

import asyncio
from io import FileIO
from typing import Final

from emulator.imaging.encode import media_type
from emulator.imaging.pages import SourceError
from emulator.panel.api.house import House
from emulator.panel.api.operation import Answer, Answered, Call, Operation, Parameter, ok
from emulator.panel.api.pictures import WIDEST, WIDTH
from emulator.panel.api.refusals import Refused
from emulator.panel.api.scans import find_scan, jobs_of
from emulator.panel.api.schemas import ANYTHING, COUNT, NUMBER, TEXT, TRUTH, described, listed, perhaps, table
from emulator.scan_server.jobs import Job, StoredDocument
from emulator.transport.body import FileSegment, SegmentedBody
from emulator.transport.http import OutgoingResponse

_HARMLESS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    # A document of somebody else: whatever it is, a browser runs nothing of it.
    ("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'"),
    ("Cache-Control", "private, no-store"),
)

_LOOKS: Final = 3
"""At the places where a document may lie; it is moved once when its job ends, and gone when that is deleted."""
_SMALL: Final = (*_HARMLESS[:2], ("Cache-Control", "private, max-age=600"))
"""A picture that we have made; a document of a job stays as it is."""

FACTS: Final = table(
    pages=listed(
        table(width=COUNT, height=COUNT, resolution=perhaps(listed(NUMBER)), mode=described(TEXT, "Of Pillow."))
    ),
    truth=described(TRUTH, "Whether it is known what is on them."),
)


def _document(house: House, call: Call) -> tuple[Job, StoredDocument]:
    _, job = find_scan(house, call)
    document = job.documents.get(call.path["document"])
    if document is None:
        raise Refused(404, f"job {job.token} has no document {str(call.path['document'])[:20]}")
    return job, document


async def _image(house: House, call: Call) -> Answer:
    job, document = _document(house, call)
    width, page = call.query["width"], call.query["page"]
    files = await asyncio.to_thread(job.files_of, document)
    if not files:
        raise Refused(404, f"image {document.document_id} is in no folder of the store")
    if width is not None or page is not None:
        try:
            octets = await house.pictures.small(files[0], document.file.sha256, page or 1, width or WIDTH)
        except (SourceError, IndexError) as error:
            raise Refused(409, str(error), hint="without width the file comes as it is") from None
        return Answer(octets=octets, media_type="image/png", headers=_SMALL)
    file = await asyncio.to_thread(_opened, job, document)
    body = SegmentedBody([FileSegment(file.fileno(), document.file.size)])
    headers = (("Content-Type", media_type(document.format)), *_HARMLESS)
    return Answer(response=OutgoingResponse(200, body, headers, on_sent=lambda whole: file.close()))


def _opened(job: Job, document: StoredDocument) -> FileIO:
    """The document's octets, wherever it lies at this moment: a job that ends moves it. Raises Refused."""
    reason = ""
    for _ in range(_LOOKS):
        for path in job.files_of(document):
            try:
                return FileIO(path)
            except FileNotFoundError:
                continue
            except OSError as error:
                reason = f": {error.strerror or error}"
    raise Refused(404, f"image {document.document_id} is in no folder of the store that can be read{reason}")


async def _facts(house: House, call: Call) -> Answer:
    job, document = _document(house, call)
    files = await asyncio.to_thread(job.files_of, document)
    if not files:
        raise Refused(404, f"image {document.document_id} is in no folder of the store")
    try:
        pages = await house.pictures.facts(files[0], document.file.sha256)
    except SourceError as error:
        raise Refused(409, str(error)) from None
    known = await asyncio.to_thread(house.truths.find, document.file.sha256)
    return Answer({"pages": pages, "truth": known is not None})


async def _truth(house: House, call: Call) -> Answer:
    _, document = _document(house, call)
    pages = await asyncio.to_thread(house.truths.find, document.file.sha256)
    if pages is None:
        raise Refused(
            404,
            f"nothing is known of what is on image {document.document_id}",
            hint="it is known of document sets that devices of this process scan, and of folders of --truth",
        )
    return Answer({"pages": pages})


def _documents(house: House) -> list[int]:
    return [number for _, job in jobs_of(house) for number in job.documents][:1]


DOCUMENT: Final = Parameter("document", {"type": "integer", "minimum": 0}, "DocumentId.", _documents)
OCTETS: Final = {"type": "string", "contentMediaType": "application/octet-stream"}
_ANY_IMAGE: Final = ("application/octet-stream", "image/*", "application/*")

OPERATIONS: Final = (
    Operation(
        "GET", "/scans/{token}/images/{document}", "getImage",
        "A scan document as it came, or with `width` a small picture (PNG) of one of its pages.", _image,
        {200: Answered("The octets.", OCTETS, _ANY_IMAGE)},
        "scans",
        query=(
            Parameter("width", {"type": "integer", "minimum": 1, "maximum": WIDEST}, "Pixels at most."),
            Parameter("page", {"type": "integer", "minimum": 1, "maximum": 100_000}, "Which page."),
        ),
        refuses=(404, 409),
    ),
    Operation(
        "GET", "/scans/{token}/images/{document}/facts", "getImageFacts",
        "Size, resolution and colours of the pages of a scan document.", _facts, ok("The facts.", "ImageFacts"),
        "scans", refuses=(404, 409),
    ),
    Operation(
        "GET", "/scans/{token}/images/{document}/truth", "getImageTruth",
        "What is on the pages of a scan document, in pixels of them (docs/truth-schema.md).", _truth,
        ok("The truth of each page.", table(pages=listed(ANYTHING))), "scans", refuses=(404,),
    ),
)  # fmt: skip
