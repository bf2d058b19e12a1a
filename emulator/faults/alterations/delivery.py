"""Alterations of what the scan server's filters write. `apply` is given the parameters and gives a script
(delivery_script.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Annotated, Final

from pydantic import Field

from emulator.faults.alteration import SERVER, Alteration, At, Parameters
from emulator.faults.delivery_script import (
    EVERYWHERE,
    FILES,
    FOLDERS,
    OPEN_FILES,
    Close,
    Create,
    DeliveryScript,
    DocumentToDeliver,
    Fail,
    Failure,
    JobEnds,
    Lock,
    Rename,
    Reopen,
    Step,
    Wait,
    Write,
)

MAX_SECONDS: Final = 3600.0
_Pause = Annotated[float, Field(ge=0, le=MAX_SECONDS, strict=False)]
_PIECES_A_SECOND: Final = 10
"""Of what is written slowly."""


class Pausing(Parameters):
    """Of what comes in more than one piece."""

    pause: Annotated[_Pause, Field(description="Seconds between two pieces.")] = 1.0


class ByPage(Pausing):
    """Of documents that come into one file."""

    closed: Annotated[bool, Field(description="The file is closed after each page, and opened again.")] = False


class InPieces(Pausing):
    """Of a file that is opened again and again."""

    pieces: Annotated[int, Field(ge=2, le=1000, description="How often the file is opened.")] = 3


class Renamed(Pausing):
    """Of a file that has another name first."""

    suffix: Annotated[
        str,
        Field(pattern=r"^[A-Za-z0-9._~-]{1,20}$", description="What is behind the name until the file is whole."),
    ] = ".tmp"


class Slow(Parameters):
    """Of what is written slowly."""

    octets_per_second: Annotated[
        int, Field(ge=1, le=1_000_000_000, description="How many octets are written in a second.")
    ] = 100_000


class Locked(Parameters):
    """Of a file that nobody else can have."""

    seconds: Annotated[
        _Pause, Field(alias="for", description="Seconds that the file stays locked when it has been written.")
    ] = 5.0


class Late(Parameters):
    """Of what comes when nobody expects it any more."""

    seconds: Annotated[_Pause, Field(alias="for", description="Seconds from the end of the job to the file.")] = 1.0


class Cut(Parameters):
    """Of a document that does not come whole."""

    octets: Annotated[int, Field(ge=0, description="How many octets arrive.")] = 1000


class Warned(Parameters):
    """Of a filter that ends with a warning."""

    text: Annotated[str, Field(min_length=1, max_length=200, description="The warning, as the log tells it.")] = (
        "delivered, with a warning"
    )


def _whole(name: str, document: DocumentToDeliver) -> Iterator[Step]:
    yield Write(name, 0, document.size)
    yield Close(name)


def _in_place(document: DocumentToDeliver) -> Iterator[Step]:
    yield Create(document.name)
    yield from _whole(document.name, document)


def _page_by_page(parameters: ByPage) -> DeliveryScript:
    def steps(document: DocumentToDeliver) -> Iterator[Step]:
        name = document.first
        yield Create(name) if document.position == 1 else Reopen(name)
        yield Write(name, 0, document.size)
        last = document.position == document.of
        if parameters.closed or last:
            yield Close(name)
        if not last:
            yield Wait(parameters.pause)

    return DeliveryScript(steps, whole=False)


def _reopened(parameters: InPieces) -> DeliveryScript:
    def steps(document: DocumentToDeliver) -> Iterator[Step]:
        ends = [document.size * number // parameters.pieces for number in range(parameters.pieces + 1)]
        for number, (start, end) in enumerate(pairwise(ends)):
            if number:
                yield Wait(parameters.pause)
            yield Reopen(document.name) if number else Create(document.name)
            yield Write(document.name, start, end)
            yield Close(document.name)

    return DeliveryScript(steps, FILES)


def _empty_first(parameters: Pausing) -> DeliveryScript:
    def steps(document: DocumentToDeliver) -> Iterator[Step]:
        yield Create(document.name)
        yield Close(document.name)
        yield Wait(parameters.pause)
        yield Reopen(document.name)
        yield from _whole(document.name, document)

    return DeliveryScript(steps, FILES)


def _temporary_name(parameters: Renamed) -> DeliveryScript:
    def steps(document: DocumentToDeliver) -> Iterator[Step]:
        aside = document.name + parameters.suffix
        yield Create(aside)
        yield from _whole(aside, document)
        yield Wait(parameters.pause)
        yield Rename(aside, document.name)

    return DeliveryScript(steps, FILES)


def _renamed_over(parameters: Renamed) -> DeliveryScript:
    def steps(document: DocumentToDeliver) -> Iterator[Step]:
        aside, half = document.name + parameters.suffix, document.size // 2
        yield from _in_place(document)
        yield Wait(parameters.pause)
        yield Create(aside)
        yield Write(aside, 0, half)
        yield Close(aside)
        yield Rename(aside, document.name)
        yield Wait(parameters.pause)
        yield Reopen(document.name)
        yield Write(document.name, half, document.size)
        yield Close(document.name)

    return DeliveryScript(steps, FILES)


def _slow(parameters: Slow) -> DeliveryScript:
    rate = parameters.octets_per_second
    piece = max(1, rate // _PIECES_A_SECOND)

    def steps(document: DocumentToDeliver) -> Iterator[Step]:
        yield Create(document.name)
        for start in range(0, document.size, piece):
            end = min(start + piece, document.size)
            yield Write(document.name, start, end)
            yield Wait((end - start) / rate)
        yield Close(document.name)

    return DeliveryScript(steps, OPEN_FILES)


def _locked(parameters: Locked) -> DeliveryScript:
    def steps(document: DocumentToDeliver) -> Iterator[Step]:
        yield Create(document.name)
        yield Lock(document.name)
        yield Write(document.name, 0, document.size)
        yield Wait(parameters.seconds)
        yield Close(document.name)

    return DeliveryScript(steps, FILES)


def _overwritten(parameters: Parameters) -> DeliveryScript:
    def steps(document: DocumentToDeliver) -> Iterator[Step]:
        yield Create(document.first, over=document.position > 1)
        yield from _whole(document.first, document)

    return DeliveryScript(steps)


def _numbered(parameters: Parameters) -> DeliveryScript:
    def steps(document: DocumentToDeliver) -> Iterator[Step]:
        stem, dot, extension = document.first.rpartition(".")
        again = "" if document.position == 1 else f" ({document.position})"
        name = f"{stem}{again}{dot}{extension}"
        yield Create(name)
        yield from _whole(name, document)

    return DeliveryScript(steps)


def _cut_off(parameters: Cut) -> DeliveryScript:
    def steps(document: DocumentToDeliver) -> Iterator[Step]:
        yield Create(document.name)
        yield Write(document.name, 0, min(parameters.octets, document.size))
        yield Close(document.name)

    return DeliveryScript(steps, whole=False)


def _failing(failure: Failure) -> Callable[[Cut], DeliveryScript]:
    def make(parameters: Cut) -> DeliveryScript:
        def steps(document: DocumentToDeliver) -> Iterator[Step]:
            yield Create(document.name)
            yield Write(document.name, 0, min(parameters.octets, document.size))
            yield Fail(failure)

        return DeliveryScript(steps, whole=False)

    return make


def _denied(parameters: Parameters) -> DeliveryScript:
    return DeliveryScript(lambda document: iter((Fail(Failure.DENIED),)), whole=False)


def _late(parameters: Late) -> DeliveryScript:
    def steps(document: DocumentToDeliver) -> Iterator[Step]:
        yield JobEnds()
        yield Wait(parameters.seconds)
        yield from _in_place(document)

    return DeliveryScript(steps, FOLDERS, whole=False)


def _alteration(
    name: str,
    says: str,
    apply: Callable[..., DeliveryScript],
    parameters: type[Parameters] = Parameters,
    *,
    clause: str = "",
    source: str,
) -> Alteration:
    return Alteration(name, At.DELIVERY, SERVER, says, apply, clause, source, parameters)


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    _alteration(
        "in-place",
        "The document is written under its own name from its first octet on: folder, share and library.",
        lambda parameters: DeliveryScript(_in_place, FILES),
        source="github.com/paperless-ngx/paperless-ngx/issues/432 (the inotify log of an HP scanner)",
    ),
    _alteration(
        "page-by-page",
        "All documents of the job come into one file, which grows page by page with pauses.",
        _page_by_page,
        ByPage,
        clause="dsp/send-image/stored-by-the-instructions",
        source="github.com/jonaswinkler/paperless-ng/issues/853 (Canon MB5150)",
    ),
    _alteration(
        "reopened",
        "The document comes in pieces, and its file is closed and opened again between them: folder, share and "
        "library.",
        _reopened,
        InPieces,
        source="github.com/paperless-ngx/paperless-ngx/pull/4626 (Fujitsu iX1600)",
    ),
    _alteration(
        "empty-first",
        "An empty file of the document's name comes first, and is filled later: folder, share and library.",
        _empty_first,
        Pausing,
        source="github.com/paperless-ngx/paperless-ngx/issues/1279 (Lexmark CX317dn)",
    ),
    _alteration(
        "temporary-name",
        "The document is written under another name, and renamed when it is whole: folder, share and library.",
        _temporary_name,
        Renamed,
        source="github.com/OctoPrint/OctoPrint/issues/3705 (a watcher of folders that does not see the rename)",
    ),
    _alteration(
        "renamed-over",
        "The document is there, is replaced by a half-written copy that gets its name, and is completed later: "
        "folder, share and library.",
        _renamed_over,
        Renamed,
        source="github.com/jonaswinkler/paperless-ng/pull/1572 (a watcher of folders that files are moved to)",
    ),
    _alteration(
        "slow",
        "The document is written slowly: folder and share.",
        _slow,
        Slow,
        source="github.com/jlawyerorg/j-lawyer-client/issues/189 (long scans of a network scanner)",
    ),
    _alteration(
        "locked",
        "While the document is written, and for a while afterwards, nobody else can open its file: a share, by the "
        "sharing mode; a folder, by an advisory lock; a library, by one of WebDAV.",
        _locked,
        Locked,
        source="github.com/paperless-ngx/paperless-ngx/issues/432 (device or resource busy)",
    ),
    _alteration(
        "overwritten",
        "Every document of the job has the name of the first, and replaces it.",
        _overwritten,
        clause="dsp/send-image/stored-by-the-instructions",
        source="github.com/simon-knuth/scanner/issues/138",
    ),
    _alteration(
        "numbered",
        "Every document of the job has the name of the first, and a number in parentheses from the second on.",
        _numbered,
        source="github.com/the-paperless-project/paperless/issues/655 (HP: scan.pdf, then scan0001.pdf)",
    ),
    _alteration(
        "cut-off",
        "Only the first octets of the document arrive, and the filter takes that for the whole.",
        _cut_off,
        Cut,
        clause="dsp/send-image/stored-by-the-instructions",
        source="github.com/jonaswinkler/paperless-ng/issues/46 (a PDF without its end)",
    ),
    _alteration(
        "with-warnings",
        "The document is delivered, and the filter ends as CompletedWithWarnings.",
        lambda parameters: DeliveryScript(None, EVERYWHERE, warning=parameters.text),
        Warned,
        source="WS-DSP, page FilterState [dsp/filter-state/completed-with-warnings]",
    ),
    _alteration(
        "full",
        "The target has no space left after some octets of the document, which stay there.",
        _failing(Failure.FULL),
        Cut,
        source="github.com/owncloud/core/issues/30243 [dsp/filter-state-reason/file-share-out-of-disk-space]",
    ),
    _alteration(
        "gone",
        "The target is gone after some octets of the document, which stay there.",
        _failing(Failure.GONE),
        Cut,
        source="github.com/owncloud/core/issues/25029 [dsp/filter-state-reason/unknown-error]",
    ),
    _alteration(
        "denied",
        "The target lets nobody in.",
        _denied,
        source="WS-DSP, page FilterStateReason [dsp/filter-state-reason/file-share-access-denied]",
    ),
    _alteration(
        "after-the-end",
        "The document comes when the job has long been told as Completed: folder.",
        _late,
        Late,
        clause="dsp/job-state/completed",
        source="github.com/paperless-ngx/paperless-ngx/issues/879 (Brother: minutes later)",
    ),
)
