"""Filters of every kind in one scan process, of which a device need know none (docs/protocol/dsm.md, section 8)."""

from __future__ import annotations

from lxml import etree

from emulator.conformance.expect import require
from emulator.conformance.names import SPX
from emulator.conformance.post_scan.checks import check
from emulator.conformance.post_scan.direct.ordinary import create_of
from emulator.conformance.post_scan.peer import PostScanPeer, require_whole
from emulator.conformance.post_scan.scan_process import (
    OTHER_DIALECTS,
    OTHER_INSTRUCTIONS,
    OTHER_MAKE,
    SHARE_POINT,
    canonical,
)
from emulator.conformance.post_scan.server import JobSeen
from emulator.conformance.reading import name_of


async def _job(peer: PostScanPeer) -> JobSeen:
    """A job by a scan process with a filter for SharePoint and one of another make. Raises NotRun."""

    async def make() -> JobSeen:
        process = peer.other_scan_process(instructions=OTHER_INSTRUCTIONS, dialects=OTHER_DIALECTS)
        job = await peer.order("a scan process with filters of other makes", scan_process=process)
        require_whole(job)
        return job

    return await peer.situation("filters of other makes", make)


@check("notes/schema/strict-wildcards")
async def filter_of_another_make(peer: PostScanPeer) -> str:
    """The instructions of a filter that no schema knows come as the scan process has them."""
    job = await _job(peer)
    created, told = create_of(job)
    path = f"//*[local-name()='Instructions']/*[namespace-uri()='{OTHER_MAKE}']"
    found, stored = told.all(path), etree.fromstring(job.order.instructions).find(f".//{{{OTHER_MAKE}}}Stamp")
    assert stored is not None
    require(len(found) == 1, f"{len(found)} filters of another make", "the one of the scan process", [created])
    same = canonical(found[0]) == canonical(stored)
    require(same, "other instructions", "those of the scan process", [created], found[0])
    return OTHER_MAKE


@check("psp/wire/share-point-namespace")
async def share_point(peer: PostScanPeer) -> str:
    """SharePointConfig and the Dialect of its filter are in the namespace of that filter."""
    created, told = create_of(await _job(peer))
    found = told.all("//*[local-name()='SharePointConfig']")
    require(len(found) == 1, f"{len(found)} elements SharePointConfig", "one", [created])
    came = name_of(found[0]).namespace
    require(came == SHARE_POINT, f"SharePointConfig in {came}", SHARE_POINT, [created], found[0])
    dialect = "".join(found[0].xpath("ancestor::*[local-name()='Filter']/*[local-name()='Dialect']/text()"))
    require(dialect == SHARE_POINT, f"the Dialect {dialect}", SHARE_POINT, [created], found[0])
    return SHARE_POINT


@check("psp/wire/extension-namespace")
async def extensions(peer: PostScanPeer) -> str:
    """A flag for changes at the device, where it is sent, is in its namespace."""
    created, told = create_of(await _job(peer))
    found = told.all("//*[starts-with(local-name(), 'AllowDeviceFile')]")
    for each in found:
        require(name_of(each).namespace == SPX, f"{name_of(each)}", f"in {SPX}", [created], each)
    return f"{len(found)} flags"
