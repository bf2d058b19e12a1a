"""A target service: what a device or scan server says of itself in discovery."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.dpws.discovery import AppSequence, ProbeMatch
from emulator.soap.xml import QName


@dataclass(slots=True)
class Target:
    """One device or scan server. Its address is stable; where it can be reached depends on who asks.
    [discovery/endpoint/address-stable]"""

    address: str
    """Of its endpoint reference: `urn:uuid:...`, the same over restarts and changes of IP address; of a secure one
    its https URL."""
    types: tuple[QName, ...]
    path: str
    """Of its metadata endpoint, on whatever host and port it is reached."""
    instance_id: int
    """Grows with every start (WS-Discovery 2005/04, section 7)."""
    scopes: tuple[str, ...] = ()
    metadata_version: int = 1
    """Grows with every change of the metadata and with nothing else."""
    messages: int = 0
    """Discovery messages sent since the start."""

    @property
    def secure(self) -> bool:
        """Whether it is reached over HTTPS alone, as WSDAPI wants secure devices: the one XAddr that it tells, to
        everybody, is the address of its endpoint reference, to the letter (docs/protocol/dpws.md section 8,
        rule 5).
        [wsdapi/secure/all-https] [wsdapi/secure/endpoint-address-is-the-xaddr] [wsdapi/wsdbit/secure-device]"""
        return self.address.startswith("https://")

    def next_number(self) -> int:
        """MessageNumber of a new message. A retransmission keeps that of the first.
        [discovery/app-sequence/message-number-of-a-retransmission]
        [discovery/app-sequence/message-number-counts]"""
        self.messages += 1
        return self.messages

    def next_sequence(self) -> AppSequence:
        """Return the number for a new message. [clients/wsd-python/no-sequence-id]"""
        return AppSequence(self.instance_id, self.next_number())

    def match(self, base_url: str) -> ProbeMatch:
        """What a ProbeMatches says of it to somebody who reaches it at `base_url`. [discovery/xaddrs/http-urls]
        [wsdapi/xaddrs/http-or-https] [wsdapi/xaddrs/ip-literal-or-resolvable-name]
        [wsdapi/xaddrs/one-of-a-windows-host]"""
        xaddr = self.address if self.secure else base_url + self.path
        return ProbeMatch(self.address, self.types, self.scopes, (xaddr,), self.metadata_version)
