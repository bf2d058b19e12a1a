"""Scan jobs from the first question to the last image (docs/protocol/ws-scan.md, sections 5 to 7)."""

from __future__ import annotations

from typing import Any, Final

from emulator.conformance.clients.checks import conversation
from emulator.conformance.clients.conversation import CONFIGURATION, Conversation, SeenJob
from emulator.conformance.clients.kinds import request_of
from emulator.conformance.clients.peer import ClientPeer
from emulator.conformance.devices.configuration import Configuration, Source, number, read_configuration
from emulator.conformance.devices.keywords import MANY_IMAGES
from emulator.conformance.devices.structure import child, text
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.names import WSCN

_NO_JOB: Final = "no scan job was created"
_ENDINGS: Final = ("ClientErrorNoImagesAvailable", "ClientErrorJobIdNotFound")
"""Subcodes that end a batch; the second as some devices tell it."""


@conversation("wscn/create-scan-job/configuration-asked-before", otherwise="no CreateScanJob was sent")
def configuration_asked_before(peer: ClientPeer, seen: Conversation) -> int:
    """Before its first CreateScanJob the client has asked what the scanner can do, in whichever situation."""
    for job in seen.of("CreateScanJob")[:1]:
        told = [each for each in peer.recording if each.incoming and each.number < job.number]
        known = bool(Conversation(told).configurations(job))
        require(known, "CreateScanJob without a look at ScannerConfiguration", "the question first", [job])
        return 1
    return 0


@conversation("wscn/ticket/supported-values-only", otherwise="no ticket was sent by who knew the configuration")
def supported_values_only(peer: ClientPeer, seen: Conversation) -> int:
    """What a ticket wants is what ScannerConfiguration has told, whichever situation it was asked in."""
    count = 0
    everything = Conversation([each for each in peer.recording if each.incoming])
    for each in seen.of("CreateScanJob"):
        told = everything.configurations(each)
        ticket = child(request_of(each), "ScanTicket")
        if told and ticket is not None:
            known = read_configuration(told[-1].envelope.all(f"//{CONFIGURATION}")[0])
            _require_supported(ticket, known, [told[-1], each])
            count += 1
    return count


def _require_supported(ticket: Any, known: Configuration, shown: list[Exchange]) -> None:
    parameters = child(ticket, "DocumentParameters")
    if parameters is None:
        return
    source = text(child(parameters, "InputSource"))
    duplex = ["ADFDuplex"] if known.feeder and known.duplex else []
    sources = [*(each.keyword for each in (known.platen, known.feeder, known.film) if each), *duplex]
    for name, values in (
        ("Format", known.formats),
        ("InputSource", sources),
        ("ContentType", known.content_types),
        ("Rotation", known.rotations),
    ):
        element = child(parameters, name)
        came = text(element)
        require(element is None or came in values, f"{name} {came}", ", ".join(values), shown, element)
    _require_side(parameters, _source_of(source, known), shown)


def _source_of(keyword: str, known: Configuration) -> Source | None:
    if not keyword:
        return None
    return {"Platen": known.platen, "Film": known.film}.get(keyword, known.feeder)


def _require_side(parameters: Any, source: Source | None, shown: list[Exchange]) -> None:
    if source is None:
        return
    for side in parameters.iter(f"{{{WSCN}}}MediaFront", f"{{{WSCN}}}MediaBack"):
        color = child(side, "ColorProcessing")
        came = text(color)
        right = color is None or came in source.colors
        require(right, f"ColorProcessing {came}", ", ".join(source.colors), shown, color)
        resolution = child(side, "Resolution")
        for name, values in (("Width", source.widths), ("Height", source.heights)):
            element = None if resolution is None else child(resolution, name)
            came = text(element)
            right = element is None or number(element) in values
            require(right, f"Resolution/{name} {came}", ", ".join(map(str, values)), shown, element)


@conversation("wscn/retrieve-image/ids-of-the-job", otherwise="no RetrieveImage was sent")
def ids_of_the_job(peer: ClientPeer, seen: Conversation) -> int:
    """JobId and JobToken of RetrieveImage are those of one CreateScanJobResponse before it."""
    asked = seen.of("RetrieveImage")
    for each in asked:
        pair = text(child(request_of(each), "JobId")), text(child(request_of(each), "JobToken"))
        given = [job for job in seen.jobs if job.created.number < each.number]
        found = f"JobId {pair[0] or 'missing'} and JobToken {pair[1] or 'missing'}"
        expected = " or ".join(f"{job.id} and {job.token}" for job in given) or "none: no job was created"
        require(pair in [(job.id, job.token) for job in given], found, expected, [each], request_of(each))
    return len(asked)


@conversation("wscn/retrieve-image/sixty-seconds", otherwise="no image was asked for")
def sixty_seconds(peer: ClientPeer, seen: Conversation) -> int:
    """RetrieveImage comes in time: behind CreateScanJobResponse, and behind the one before."""
    count = 0
    for job in seen.jobs:
        before, until = job.created, job.created.began + job.created.ms / 1000
        for each in job.asked:
            late = each.began - until
            found = f"RetrieveImage {late:.1f} s behind the answer before it"
            expected = f"at most {peer.retrieve_seconds:g} s"
            require(late <= peer.retrieve_seconds, found, expected, [before, each])
            before, until = each, each.began + each.ms / 1000
            count += 1
    return count


@conversation("wscn/retrieve-image/repeated-by-the-client", otherwise="no job of several images went its whole way")
def repeated_by_the_client(peer: ClientPeer, seen: Conversation) -> int:
    """Images are asked for until there is none, or as many as wanted have come."""
    count = 0
    for job in seen.jobs:
        many = job.wanted == 0 or (job.wanted or 0) > 1
        if not many or job.format in MANY_IMAGES or job.canceled or (seen.cut_off and not _whole(job)):
            continue
        if any(each not in _ENDINGS for each in job.faults) or any(each.error for each in job.asked):
            continue  # it has ended otherwise
        found = f"{len(job.images)} images of ImagesToTransfer {job.wanted}, and no further RetrieveImage"
        expected = "RetrieveImage until ClientErrorNoImagesAvailable" + (f" or {job.wanted}" if job.wanted else "")
        require(_whole(job), found, expected, [job.created, *job.asked[-1:]])
        count += 1
    return count


def _whole(job: SeenJob) -> bool:
    """Whether all that was wanted has come, or nothing more is there."""
    return bool(job.faults) or bool(job.wanted and len(job.images) >= job.wanted)


@conversation("wscn/cancel-job/what-is-given-up", otherwise=_NO_JOB)
def what_is_given_up(peer: ClientPeer, seen: Conversation) -> int:
    """A job whose images are not all fetched is cancelled."""
    count = 0
    for job in seen.jobs:
        fetched = _whole(job) or (job.images and (job.wanted is None or job.format in MANY_IMAGES))
        if seen.cut_off and not fetched:
            continue  # nobody knows what would have come
        found = f"job {job.id} with {len(job.images)} images fetched, and no CancelJob"
        right = bool(fetched) or job.canceled
        require(right, found, "all of its images, or CancelJob", [job.created, *job.asked[-1:]])
        count += 1
    return count


# A scan that begins at the device


def _scans_offered(seen: Conversation) -> list[Exchange]:
    """Each ScanAvailableEvent that the client has taken."""
    return [each for each in seen.told if each.operation == "ScanAvailableEvent" and each.status in (200, 202)]


def _identifier(event: Exchange) -> str:
    return "" if event.asked is None else event.asked.text("//wscn:ScanIdentifier")


def _destination_tokens(seen: Conversation) -> set[str]:
    told = [each.told for each in seen.asked if each.told is not None]
    return {text(each) for one in told for each in one.all("//wscn:DestinationToken")}


@conversation("wscn/scan-available/client-sends-both", otherwise="no scan was offered at the panel")
def client_sends_both(peer: ClientPeer, seen: Conversation) -> int:
    """A scan that was offered is created with its identifier and the token of the destination."""
    offered = _scans_offered(seen)
    for event in offered:
        if seen.cut_off and not seen.of("CreateScanJob"):
            return 0
        later = [each for each in seen.of("CreateScanJob") if each.number > event.number]
        require(bool(later), "no CreateScanJob", "CreateScanJob for the scan that was offered", [event])
        body = request_of(later[0])
        identifier, token = text(child(body, "ScanIdentifier")), text(child(body, "DestinationToken"))
        wanted = _identifier(event)
        found = f"ScanIdentifier {identifier or 'missing'}"
        require(identifier == wanted, found, wanted, [event, later[0]], body)
        known = _destination_tokens(seen)
        found = f"DestinationToken {token or 'missing'}"
        require(token in known, found, " or ".join(sorted(known)), [event, later[0]], body)
    return len(offered)


@conversation("wscn/scan-available/images-retrieved-as-ever", otherwise="no scan was offered at the panel")
def images_retrieved_as_ever(peer: ClientPeer, seen: Conversation) -> int:
    """The images of a scan that was offered are fetched."""
    jobs = [job for job in seen.jobs if child(request_of(job.created), "ScanIdentifier") is not None]
    jobs = [job for job in jobs if _scans_offered(seen) and not (seen.cut_off and not job.asked)]
    for job in jobs:
        require(bool(job.asked), "no RetrieveImage", "RetrieveImage for the job", [job.created])
    return len(jobs)


@conversation("wscn/scan-available/application-sends-the-ticket-only", otherwise="no application began a scan")
def ticket_only(peer: ClientPeer, seen: Conversation) -> int:
    """Where no scan was offered, CreateScanJob has the ticket alone."""
    # However the client has answered the event, it knows of the scan: of its answers another check speaks.
    offered = [each for each in seen.told if each.operation == "ScanAvailableEvent"]
    begun = [each for each in seen.of("CreateScanJob") if not any(one.number < each.number for one in offered)]
    for each in begun:
        for name in ("ScanIdentifier", "DestinationToken"):
            element = child(request_of(each), name)
            require(element is None, f"{name} {text(element)!r}", "the ScanTicket alone", [each], element)
    return len(begun)
