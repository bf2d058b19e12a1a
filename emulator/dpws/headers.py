"""Header blocks that are processed, beside those of WS-Addressing: a sender may ask that they be understood
(SOAP 1.2 part 1, section 5.2.3). Each door names those of the messages that come to it."""

from __future__ import annotations

from typing import Final

from emulator.dpws.constants import IDENTIFIER, LARGE_METADATA_SUPPORT, WSD, WSD_2009
from emulator.soap.xml import QName

OF_DISCOVERY: Final = frozenset({QName(WSD, "AppSequence"), QName(WSD_2009, "AppSequence")})
"""Hello, Bye, ProbeMatches and ResolveMatches, by UDP and HTTP (WS-Discovery 2005/04 and 1.1, section 7)."""
OF_HOSTS: Final = OF_DISCOVERY | {LARGE_METADATA_SUPPORT}
"""A directed Probe, and Get. Metadata of ours are never large, so that there is nothing to leave out."""
OF_EVENTING: Final = frozenset({IDENTIFIER})
"""Renew, GetStatus and Unsubscribe with the reference parameter that we gave the subscription; events and
SubscriptionEnd with the one that we gave NotifyTo and EndTo (WS-Eventing 2004/08; WS-Addressing 2004/08, 2.3)."""
