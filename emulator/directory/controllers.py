"""Finds the domain controllers of a domain by DNS (RFC 2782; MS-ADTS 6.3.6: `_ldap._tcp.dc._msdcs.DOMAIN`)."""

from __future__ import annotations

import ipaddress
import random
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emulator.directory.deadline import Deadline
from emulator.directory.errors import DirectoryError, NoController
from emulator.directory.ldap_url import LDAPS_PORT, LdapPlace, LdapUrl

if TYPE_CHECKING:
    import dns.resolver

SRV: Final = "_ldap._tcp.dc._msdcs.{domain}"  # [adds/lookup/srv-record]
MAX_CONTROLLERS: Final = 16
"""That are tried; a large domain has hundreds, and where sixteen do not answer none will in time."""
_DNS_SECONDS: Final = 5.0
"""Longest wait for name servers about one name; by then a resolver has asked each a few times."""


@dataclass(frozen=True, slots=True)
class Controller:
    """A domain controller to try."""

    host: str
    """The name that its certificate and its Kerberos service bear, or an address."""
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_address(self) -> bool:
        """Whether an address was given instead of a name."""
        try:
            ipaddress.ip_address(self.host.partition("%")[0])
        except ValueError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SrvRecord:
    """Where a service is (RFC 2782)."""

    priority: int
    weight: int
    target: str
    port: int


def by_priority(records: Sequence[SrvRecord], choose: random.Random) -> list[SrvRecord]:
    """Lower priorities first; among equals by chance, the more often first the greater the weight (RFC 2782)."""
    found: list[SrvRecord] = []
    for priority in sorted({record.priority for record in records}):
        left = sorted((each for each in records if each.priority == priority), key=lambda each: each.weight)
        while left:
            mark = choose.randint(0, sum(each.weight for each in left))
            total = 0
            for record in left:
                total += record.weight
                if total >= mark:
                    break
            found.append(record)
            left.remove(record)
    return found


class NameService:
    """The name service: the system's, or that of a DNS server which the user names."""

    def __init__(self, server: str | None = None) -> None:
        """`server`: its address, with `:port` behind it where that is not 53. Raises DirectoryError."""
        self._server = None if server is None else _server(server)

    def controllers(self, url: LdapUrl, deadline: Deadline) -> list[Controller]:
        """Whom to try, in this order. Raises NoController when there is nobody.
        [adds/lookup/domain-controller-by-dns]"""
        found: list[Controller] = []
        for place in url.places:
            found += [place_of(place)] if place.is_controller else self._of_domain(place, url.tls, deadline)
        return list(dict.fromkeys(found))[:MAX_CONTROLLERS]

    def _of_domain(self, place: LdapPlace, tls: bool, deadline: Deadline) -> list[Controller]:
        records = self._srv(SRV.format(domain=place.host.rstrip(".")), deadline)
        if not records:  # no domain, so a controller's own name
            return [place_of(place)]
        # DNS tells the port of LDAP alone.
        return [
            Controller(record.target, LDAPS_PORT if tls else record.port)
            for record in by_priority(records, random.SystemRandom())
        ]

    def _srv(self, name: str, deadline: Deadline) -> list[SrvRecord]:
        """The records; none where there are none, or where no name server answers: the host may be known by other
        means."""
        import dns.exception
        import dns.resolver

        try:
            answer = self._resolver().resolve(name, "SRV", lifetime=min(_DNS_SECONDS, deadline.left("no answer")))
        except (dns.exception.DNSException, OSError, ValueError):
            return []
        return [
            SrvRecord(each.priority, each.weight, each.target.to_text(omit_final_dot=True), each.port)
            for each in answer
            if each.target.to_text() != "." and each.port
        ]

    def addresses(self, controller: Controller, deadline: Deadline) -> list[str]:
        """The addresses of a controller. Raises NoController."""
        host = controller.host
        if controller.is_address:
            return [host]
        if self._server is not None:
            found = self._asked(host, deadline)
        else:
            found = deadline.call(lambda: _known_to_the_system(host), f"{controller}: no address")
        if not found:
            raise NoController(f"{controller}: the name {host} cannot be resolved")
        return found

    def _asked(self, host: str, deadline: Deadline) -> list[str]:
        import dns.exception
        import dns.resolver

        found: list[str] = []
        for kind in ("A", "AAAA"):
            seconds = min(_DNS_SECONDS, deadline.left(f"{host}: no address"))
            try:
                found += [each.to_text() for each in self._resolver().resolve(host, kind, lifetime=seconds)]
            except (dns.exception.DNSException, OSError, ValueError):
                continue
        return found

    def _resolver(self) -> dns.resolver.Resolver:
        import dns.resolver

        if self._server is None:
            return dns.resolver.Resolver()
        resolver = dns.resolver.Resolver(configure=False)
        host, port = self._server
        resolver.nameservers = [host]
        resolver.port = port
        return resolver


def place_of(place: LdapPlace) -> Controller:
    """The controller that a URL names."""
    return Controller(place.host, place.port)


def _known_to_the_system(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _server(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        host, port = text, "53"
    try:
        address = ipaddress.ip_address(host.strip("[]"))
        number = int(port)
        if not 0 < number < 65536:
            raise ValueError
    except ValueError:
        raise DirectoryError(f"--dns-server {text!r} is no address (192.0.2.1, 192.0.2.1:5353)") from None
    return str(address), number
