"""TLS: whom a device believes that he is its scan server (docs/protocol/dsm.md, section 12)."""

from __future__ import annotations

from emulator.conformance.post_scan.certificates import EXPIRED, OTHER_NAME, UNKNOWN_CA
from emulator.conformance.post_scan.checks import check
from emulator.conformance.post_scan.peer import PostScanPeer, said
from emulator.conformance.post_scan.script import Script
from emulator.conformance.verdict import Departure, Inconclusive, NotRun


@check("dsp/security/server-certificate-validated", "dsp/security/server-authentication-in-both-modes")
async def unknown_authority(peer: PostScanPeer) -> str:
    """Nothing is sent to a server whose certificate is of an authority that the device does not know."""
    return await _refuses(peer, UNKNOWN_CA)


@check("dsp/security/path-validation")
async def path(peer: PostScanPeer) -> str:
    """Nothing is sent to a server whose certificate is for another name, or has expired."""
    said = [await _refuses(peer, flaw) for flaw in (OTHER_NAME, EXPIRED)]
    return "; ".join(said)


async def _refuses(peer: PostScanPeer, flaw: str) -> str:
    if not peer.presents(flaw):
        raise NotRun(f"no certificate {flaw} can be made for a certificate of the user's own")
    job = await peer.order(f"a certificate {flaw}", Script(present=flaw), may_stay_away=True)
    if job.exchanges:
        raise Departure(f"{said(job)}, to a server with a certificate {flaw}", "nothing is sent", job.exchanges[:3])
    if job.handshakes <= 0:
        raise Inconclusive(f"the device has not tried to connect to a server with a certificate {flaw}")
    return f"nothing was sent to a server with a certificate {flaw}"
