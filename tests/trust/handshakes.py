"""TLS handshakes of the standard library's ssl module between two contexts, without a socket."""

from __future__ import annotations

import ssl


def handshake(
    client: ssl.SSLContext, server: ssl.SSLContext, name: str, seen: list[bytes] | None = None
) -> ssl.SSLObject:
    """Shake hands to the end, both sides; the client's end. Raises ssl.SSLError of the side that refuses. `seen`:
    takes the client's certificate (DER) as the server sees it."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=name)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    waiting = [ours, theirs]
    for _ in range(10):
        for side in list(waiting):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(side)
    assert not waiting, "the handshake does not end"
    # In TLS 1.3 the server's word on our certificate comes after our own handshake has ended.
    theirs.write(b"x")
    assert ours.read(1) == b"x"
    if seen is not None:
        seen.append(theirs.getpeercert(binary_form=True) or b"")
    return ours
