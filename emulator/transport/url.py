"""A URL in its parts (RFC 3986): the one place where a text is taken apart, and put together again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

HTTP_SCHEMES = frozenset(("http", "https"))


@dataclass(frozen=True, slots=True)
class Url:
    """The parts of a text that is meant as a URL, of what can be read of it; `str()` puts them together."""

    scheme: str = ""
    """In small letters."""
    authority: str = ""
    """As it stands between `//` and the path: login, host and port."""
    path: str = ""
    """As it stands: nothing is unquoted."""
    query: str = ""
    fragment: str = ""
    host: str = ""
    """In small letters and without brackets; the zone of an IPv6 address stands as it stands. '' where there is
    none."""
    port: int | None = None
    """None where there is none, or one that can be none (`problem`)."""
    login: bool = False
    """Whether there is a user or a password in it."""
    readable: bool = True
    """False: it is no URL, and nothing is known of its parts (a bracketed host that is no address)."""
    problem: str = ""
    """Why it is not readable, or its port can be none; in one line. '' where all is well."""

    @property
    def leads_to_http(self) -> bool:
        """Whether it is an http or https URL with a host and a port that can be."""
        return self.scheme in HTTP_SCHEMES and bool(self.host) and self.port != 0 and not self.problem

    @property
    def origin(self) -> str:
        """Scheme and authority, to put a path behind."""
        return f"{self.scheme}://{self.authority}"

    def at(self, authority: str, *, scheme: str | None = None) -> str:
        """The same path and query at another authority, and perhaps by another scheme."""
        return str(replace(self, authority=authority, scheme=self.scheme if scheme is None else scheme))

    def __str__(self) -> str:
        return urlunsplit((self.scheme, self.authority, self.path, self.query, self.fragment))


def read_url(text: str) -> Url:
    """The parts of `text`. Raises nothing: what is no URL has no parts and says its problem."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError as error:
        return Url(readable=False, problem=str(error))
    behind = parts.netloc.rpartition("]")[2] if "]" in parts.netloc else ""
    if behind and not behind.startswith(":"):  # younger Pythons refuse that themselves
        return Url(readable=False, problem=f"{behind[:60]!r} stands behind a host in brackets")
    try:
        port, problem = parts.port, ""
    except ValueError as error:
        port, problem = None, str(error)
    return Url(
        parts.scheme,
        parts.netloc,
        parts.path,
        parts.query,
        parts.fragment,
        host,
        port,
        "@" in parts.netloc,
        problem=problem,
    )


def is_http_url(text: str) -> bool:
    """Whether a text is an http or https URL that can be called, without white space in it."""
    return read_url(text).leads_to_http and not any(character.isspace() for character in text)


def authority_of(host: str, port: int | None = None) -> str:
    """Host and port as a URL has them: an IPv6 address in brackets, a '%' before its zone quoted (RFC 6874)."""
    name = f"[{host.replace('%25', '%').replace('%', '%25')}]" if ":" in host else host
    return name if port is None else f"{name}:{port}"
