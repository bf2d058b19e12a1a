"""Questions by UDP that a device has to meet with silence."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from emulator.conformance.asked_peer import NO_TYPE, OF_NOBODY, AskedPeer, Unanswered
from emulator.conformance.by_udp import (
    CAPITAL_RESOLVE,
    FOREIGN_RESOLVE,
    PROBE,
    RESOLVE,
    TWICE,
    in_other_letters,
    own_scopes,
)
from emulator.conformance.datagrams import GROUP, HOST
from emulator.conformance.names import WSD
from emulator.conformance.requests import probe, probe_for, resolve, scopes_of
from emulator.conformance.verdict import NotApplicable, NotRun

NO_TYPE_AT_HOST: Final = f"{NO_TYPE}, at its address"
UNKNOWN_RULE: Final = "a Probe with a rule that nobody knows"
ONE_SCOPE_MORE: Final = "a Probe for its scope and one that it has not"
HALF_SEGMENT: Final = "a Probe for a scope that ends within a segment"
OTHER_CASE: Final = "a Probe by strcmp0 for its scope in other letters"
STRCMP0: Final = f"{WSD}/strcmp0"
RFC2396: Final = f"{WSD}/rfc2396"
UUID_RULE: Final = f"{WSD}/uuid"
LDAP: Final = f"{WSD}/ldap"


async def unanswered_of(peer: AskedPeer[Any]) -> list[Unanswered]:
    """Those for types and addresses always, those for scopes where the device has any."""
    found = [
        Unanswered(NO_TYPE, probe_for(OF_NOBODY), PROBE, GROUP),
        Unanswered(NO_TYPE_AT_HOST, probe_for(OF_NOBODY), PROBE, HOST),
        Unanswered(FOREIGN_RESOLVE, resolve(f"urn:uuid:{uuid.uuid4()}"), RESOLVE, GROUP),
        Unanswered(UNKNOWN_RULE, probe_for(scopes_of(["urn:example:x"], "urn:example:rule")), PROBE, GROUP),
        Unanswered(TWICE, probe(peer.type), PROBE, GROUP, twice=True),
    ]
    if in_other_letters(peer.address) != peer.address:
        found.append(Unanswered(CAPITAL_RESOLVE, resolve(in_other_letters(peer.address)), RESOLVE, GROUP))
    try:
        scopes = await own_scopes(peer)
    except (NotApplicable, NotRun):
        return found
    more = probe_for(scopes_of([scopes[0], "http://judge.example/nobody/has/this"]))
    found.append(Unanswered(ONE_SCOPE_MORE, more, PROBE, GROUP))
    if (half := first_of(scopes, half_segment)) is not None:
        found.append(Unanswered(HALF_SEGMENT, probe_for(scopes_of([half], RFC2396)), PROBE, GROUP))
    if (other := first_of(scopes, in_other_letters)) is not None:
        found.append(Unanswered(OTHER_CASE, probe_for(scopes_of([other], STRCMP0)), PROBE, GROUP))
    return found


def first_of(scopes: list[str], change: Callable[[str], str]) -> str | None:
    """The first scope that such a change alters, as it is then; None where it alters none, or another is so."""
    return next((change(each) for each in scopes if change(each) not in (*scopes, "")), None)


def half_segment(scope: str) -> str:
    """A scope whose path ends within its last segment; '' where it has none of two characters or more."""
    parts = urlsplit(scope)
    if not parts.netloc or parts.query or parts.fragment or len(parts.path.rpartition("/")[2]) < 2:
        return ""
    return scope[:-1]


def other_host_letters(scope: str) -> str:
    """A scope whose scheme and authority are in capital letters; '' where it has no authority."""
    parts = urlsplit(scope)
    return f"{parts.scheme.upper()}://{parts.netloc.upper()}{parts.path}" if parts.netloc else ""


def first_segments(scope: str) -> str:
    """A scope without the last segment of its path; '' where there are fewer than two."""
    parts = urlsplit(scope)
    before = parts.path.rpartition("/")[0]
    return f"{parts.scheme}://{parts.netloc}{before}" if parts.netloc and before else ""


def other_uuid_letters(scope: str) -> str:
    """A urn:uuid: or uuid: scope with its UUID in capital letters; '' for another."""
    scheme, found, uuid_ = scope.partition("uuid:")
    return f"{scheme}{found}{uuid_.upper()}" if found and scheme in ("", "urn:") else ""


def last_names(scope: str) -> str:
    """An ldap: scope without the first relative name of its distinguished name; '' for another, and where there is
    one name alone."""
    parts = urlsplit(scope)
    rest = parts.path.lstrip("/").partition(",")[2]
    return f"{parts.scheme}://{parts.netloc}/{rest}" if parts.scheme == "ldap" and rest else ""
