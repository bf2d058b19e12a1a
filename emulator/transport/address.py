"""Where a URL leads: the host to connect to, the Host header, the request target."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote

from emulator.transport.http import Refused, Stage
from emulator.transport.url import read_url

_PORTS: Final = {"http": 80, "https": 443}
_UNWANTED: Final = re.compile(r"[\x00-\x20\x7f]")
_NOT_IN_HOST: Final = re.compile(r'[\x00-\x20/\\"<>@]')
_TARGET_SAFE: Final = "/?:@!$&'()*+,;=%-._~[]"


@dataclass(frozen=True, slots=True)
class Address:
    """An origin and a request target."""

    scheme: str
    host: str
    """A name in its ASCII form, or an IP literal without brackets (an IPv6 zone may follow '%')."""
    port: int
    target: str
    """Path and query, as they stand in the request line."""

    @property
    def origin(self) -> tuple[str, str, int]:
        """What a connection can be kept for."""
        return self.scheme, self.host, self.port

    @property
    def tls_name(self) -> str:
        """The name that the peer's certificate must bear."""
        return self.host.partition("%")[0]

    @property
    def host_header(self) -> str:
        """RFC 9110, section 7.2: the port only where it is not the scheme's own."""
        host = f"[{self.tls_name}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@lru_cache(maxsize=256)
def parse_address(url: str) -> Address:
    """Read an http or https URL. Raises Refused (nothing was sent) for any other text."""
    if _UNWANTED.search(url):
        raise _refused(url, "a URL has no blanks or control characters in it")
    parts = read_url(url)
    if parts.problem:
        raise _refused(url, parts.problem)
    try:
        host = unquote(parts.host)
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise _refused(url, str(error)) from None
    if parts.scheme not in _PORTS:
        raise _refused(url, "a URL begins with http:// or https://")
    if not host or _NOT_IN_HOST.search(host):
        raise _refused(url, "the URL names no host")
    if parts.port == 0:
        raise _refused(url, "port 0 cannot be connected to")
    target = quote(parts.path or "/", safe=_TARGET_SAFE)
    if not target.startswith("/"):
        raise _refused(url, "the path of a URL begins with '/'")
    if parts.query:
        target += "?" + quote(parts.query, safe=_TARGET_SAFE)
    return Address(parts.scheme, host, parts.port or _PORTS[parts.scheme], target)


def _refused(url: str, reason: str) -> Refused:
    return Refused(f"not a URL that can be called: {url[:200]!r}: {reason}", Stage.CONNECT)
