"""The ordinary job: the order of its operations, and what it asks for (docs/protocol/dsm.md, section 4)."""

from __future__ import annotations

from lxml import etree

from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.post_scan.checks import check
from emulator.conformance.post_scan.kinds import images_in
from emulator.conformance.post_scan.peer import PostScanPeer, said
from emulator.conformance.post_scan.scan_process import canonical
from emulator.conformance.post_scan.server import DISPATCHED, METADATA_PATH, JobSeen
from emulator.conformance.reading import Envelope
from emulator.conformance.verdict import NotApplicable


def first(job: JobSeen, operation: str) -> Exchange | None:
    """The first request of that operation."""
    return next(iter(job.of(operation)), None)


def envelope_of(exchange: Exchange) -> Envelope:
    """The envelope of a request that can be read."""
    assert exchange.asked is not None
    return exchange.asked


def create_of(job: JobSeen) -> tuple[Exchange, Envelope]:
    """CreatePostScanJob."""
    created = job.of("CreatePostScanJob")[0]
    return created, envelope_of(created)


@check("dsp/sequence/directed-probe", "discovery/directed/device-probes-its-scan-server")
async def directed_probe(peer: PostScanPeer) -> str:
    """The first message of a job is a Probe to the scan server."""
    job = await peer.ordinary()
    begun = job.exchanges[0]
    require(begun.operation == "Probe", f"{begun.operation} first", "a Probe", job.exchanges[:3])
    return begun.url


@check("dsp/sequence/get-from-that-address")
async def get_from_that_address(peer: PostScanPeer) -> str:
    """The metadata are asked for at the address that ProbeMatches told, before the job."""
    job = await peer.ordinary()
    names = [each.operation for each in job.exchanges]
    found = [each for each in job.of("Get") if each.url.endswith(METADATA_PATH)]
    shown = [*job.of("Probe", "Get")[:3], *job.of("CreatePostScanJob")[:1]]
    require(bool(found), f"{said(job)}", f"Get at {METADATA_PATH}", shown)
    before = names.index("Get") < names.index("CreatePostScanJob")
    require(before, "CreatePostScanJob before Get", "Get first", shown)
    return found[0].url


@check("dsp/address/service-from-the-metadata", "notes/c-37/addresses-from-the-metadata")
async def service_from_the_metadata(peer: PostScanPeer) -> str:
    """Every operation comes to the address of the metadata."""
    job = await peer.ordinary()
    for each in job.of(*DISPATCHED):
        require(each.url == job.service, f"{each.operation} at {each.url}", job.service, [each])
    return job.service


@check("dsp/sequence/one-send-image-for-each-document")
async def one_for_each_document(peer: PostScanPeer) -> str:
    """Three images come of three sheets, each in a SendImage of its own."""
    if not peer.sheets:
        job = await peer.ordinary()
    else:
        job = await peer.order("a job of three sheets", sheets=3)
    images = job.of("SendImage")
    count = len(job.acknowledged)
    require(not job.expected or count == job.expected, f"{count} images of {job.expected}", "one for each", images)
    for each in images:
        parts = len(images_in(each))
        require(parts <= 1, f"{parts} images in a SendImage", "one", [each])  # that there is one: mtom/include/href
    return f"{count} images"


@check("dsp/send-image/document-id-unique")
async def document_id_unique(peer: PostScanPeer) -> str:
    """No two images of a job have the same DocumentId."""
    job = await peer.ordinary()
    ids = [envelope_of(each).text("//dsp:DocumentId") for each in job.acknowledged]
    require(len(set(ids)) == len(ids), f"DocumentId {', '.join(ids)}", "each once", job.acknowledged)
    return ", ".join(ids)


@check("dsp/header/message-id", "discovery/message-id/unique")
async def message_ids(peer: PostScanPeer) -> str:
    """Each message has a MessageID of its own."""
    job = await peer.ordinary()
    seen: dict[str, Exchange] = {}
    for each in job.exchanges:
        if each.asked is not None:
            id = each.asked.message_id.strip()
            require(bool(id), f"{each.operation} without MessageID", "one", [each])
            require(id not in seen, f"{each.operation} with {id}, as before", "another", [seen.get(id, each), each])
            seen[id] = each
    return f"{len(seen)} messages"


@check("dsp/sequence/subscribe-at-the-hosted-service", "eventing/subscribe/to-the-hosted-service")
async def subscribes_at_the_service(peer: PostScanPeer) -> str:
    """Subscribe goes to the processing service, before CreatePostScanJob."""
    job = await subscribing_job(peer)
    found = job.of("Subscribe")[0]
    created = first(job, "CreatePostScanJob")
    require(found.url == job.service, f"Subscribe at {found.url}", job.service, [found])
    before = created is None or found.number < created.number
    require(
        before, "CreatePostScanJob before Subscribe", "Subscribe first", [found, *([created] if created else [])]
    )
    return found.url


async def subscribing_job(peer: PostScanPeer) -> JobSeen:
    """The ordinary job of a device that wants its events. Raises NotApplicable for another."""
    job = await peer.ordinary()
    if not job.of("Subscribe"):
        raise NotApplicable("the device subscribes to no events", job.exchanges[:4])
    return job


@check("dsp/create-post-scan-job/psp-identifier", "notes/c-05/psp-identifier-compared-as-a-guid")
async def psp_identifier(peer: PostScanPeer) -> str:
    """PSP_Identifier is that of the scan process."""
    job = await peer.ordinary()
    created, told = create_of(job)
    came = told.text("//dsp:PSP_Identifier")
    right = came.strip("{}").upper() == job.order.scan_process.strip("{}").upper()
    require(right, f"PSP_Identifier {came}", job.order.scan_process, [created])
    return came


@check("dsp/security/weak-mode-user")
async def user(peer: PostScanPeer) -> str:
    """UserIdentifier is the security identifier of the user."""
    job = await peer.ordinary()
    created, told = create_of(job)
    came = told.text("//dsp:UserIdentifier")
    require(came == job.order.user, f"UserIdentifier {came}", job.order.user, [created])
    return came


@check("dsp/create-post-scan-job/instructions-of-the-scan-process", "psp/change/instructions-as-stored")
async def instructions(peer: PostScanPeer) -> str:
    """The instructions are those of the scan process, and nothing of them is changed."""
    job = await peer.ordinary()
    created, told = create_of(job)
    found = told.all("//dsp:PostScanInstructions")
    wanted = etree.fromstring(job.order.instructions)
    same = bool(found) and canonical(found[0]) == canonical(wanted)
    require(same, "other instructions", "those of the scan process", [created], found[0] if found else None)
    return f"{len(found[0])} elements"


@check("psp/scan-process/filters-of-the-scan-process-only")
async def filters(peer: PostScanPeer) -> str:
    """The filters are those of the scan process and no others."""
    job = await peer.ordinary()
    created, told = create_of(job)
    came = tuple((each.text or "").strip() for each in told.all("//psp:Filter/psp:Dialect"))
    require(came == job.order.dialects, ", ".join(came) or "no filter", ", ".join(job.order.dialects), [created])
    return ", ".join(came)


@check("psp/email/can-add-addresses-default")
async def addresses(peer: PostScanPeer) -> str:
    """Where CanAddAddresses is false, the addresses are those of the scan process."""
    job = await peer.ordinary()
    created, told = create_of(job)
    wanted = etree.fromstring(job.order.instructions)
    stored = _fixed_addresses(wanted)
    if not stored:
        raise NotApplicable("the scan process has no addresses to which none may be added", [created])
    came = _fixed_addresses(told.root)
    require(came == stored, "; ".join(came) or "none", "; ".join(stored), [created])
    return "; ".join(came)


def _fixed_addresses(root: etree._Element) -> list[str]:
    """The addresses of each list to which a device may add none, as one text each."""
    found = []
    for each in root.iter("{*}SendToAddresses"):
        said = {str(name).rpartition("}")[2]: value for name, value in each.attrib.items()}
        if said.get("CanAddAddresses") not in ("true", "1"):
            found.append(", ".join((one.text or "").strip() for one in each.iter("{*}EmailAddress")))
    return found


@check("dsp/sequence/subscription-is-optional")
async def without_events(peer: PostScanPeer) -> str:
    """A job is run to its end where the scan server takes no subscription."""
    from emulator.conformance.post_scan.direct.tolerance import require_lives
    from emulator.conformance.post_scan.script import at, refused

    script = at("Subscribe", lambda turn: refused(turn, "Sender", "wsa:ActionNotSupported", detail="Subscribe"))
    job = await peer.order("a job without events", script)
    require_lives(job)
    return said(job)
