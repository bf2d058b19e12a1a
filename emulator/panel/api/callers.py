"""Who may use the control API: who shows the token, or a cookie given for it, and comes from no other site. Who
shows the token of a read-only link, or its cookie, is told everything and changes nothing."""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from enum import Enum
from typing import Final

from emulator.panel.api.refusals import Refused
from emulator.transport.http import IncomingRequest
from emulator.transport.own_names import OwnNames

COOKIE: Final = "dsm_emulator_session"
"""Name of the cookie, before `_` and the port: a browser keeps one jar for all ports of a machine."""
MOST_SESSIONS: Final = 100
_LONGEST: Final = 8192
"""Octets of a Cookie header that are looked at."""
_READS: Final = frozenset({"GET", "HEAD"})


class Rights(Enum):
    """What a caller may do."""

    ALL = "everything"
    LOOK = "look"


class Callers:
    """Looks at each request before anything else does."""

    def __init__(self, token: str, names: OwnNames | None = None) -> None:
        """`names`: that a Host header may have, None: loopback ones alone."""
        self._token = token.encode()
        self._look_token = secrets.token_urlsafe(24)
        self._names = names or OwnNames()
        self._sessions: OrderedDict[str, Rights] = OrderedDict()
        self.port = 0
        """Of the control API, once it listens."""

    @property
    def cookie(self) -> str:
        """Its name."""
        return f"{COOKIE}_{self.port}"

    def require_own_site(self, request: IncomingRequest) -> None:
        """Raise Refused for a request by a name that is not ours, or from a page of another site."""
        host = request.headers.get("host", "")
        if not self._names.has(host):
            # A web page that got our address by a name of its own (DNS rebinding) says that name here.
            raise Refused(403, "the control API answers on loopback names only, and where it is bound to")
        origin = request.headers.get("origin")
        if origin is not None and origin.lower() != f"http://{host.strip().lower()}":
            raise Refused(403, "the control API answers no page of another site")

    def knows(self, request: IncomingRequest) -> bool:
        """Whether the request shows the token or a session."""
        return self._shown(request) is not None or self._session(request) in self._sessions

    def require_known(self, request: IncomingRequest, *, changes: bool) -> None:
        """Raise Refused for who shows neither the token nor a session of his; where it `changes` something, also
        for who may look alone."""
        shown = self._shown(request)
        rights = shown or self._sessions.get(self._session(request))
        if changes and rights is Rights.LOOK:
            raise Refused(403, "by this link everything can be looked at, and nothing be done")
        if shown is not None:
            return
        if rights is None:
            raise Refused(
                401,
                "the token is missing or wrong: Authorization: Bearer, and what stands in the ready line's "
                "control_token_file",
            )
        site = request.headers.get("sec-fetch-site", "same-origin")
        if site not in ("same-origin", "none") or (
            request.method not in _READS
            and "origin" not in request.headers
            and "sec-fetch-site" not in request.headers
        ):
            # A browser sends cookies with what pages of other ports make it send.
            raise Refused(403, "with the cookie, requests come from pages of the control API alone")

    def _shown(self, request: IncomingRequest) -> Rights | None:
        """What the token allows that a request shows; None where it shows none of ours."""
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        octets = shown.strip().encode("utf-8", "surrogateescape")
        if scheme.lower() != "bearer":
            return None
        if hmac.compare_digest(octets, self._token):
            return Rights.ALL
        return Rights.LOOK if hmac.compare_digest(octets, self._look_token.encode()) else None

    def _session(self, request: IncomingRequest) -> str:
        for pair in request.headers.get("cookie", "")[:_LONGEST].split(";"):
            name, _, value = pair.strip().partition("=")
            if name == self.cookie:
                return value
        return ""

    def rights_of(self, request: IncomingRequest) -> Rights:
        """What a caller may do who has passed `require_known`."""
        return self._shown(request) or self._sessions.get(self._session(request), Rights.LOOK)

    @property
    def look_token(self) -> str:
        """What a read-only link shows."""
        return self._look_token

    def begin_session(self, request: IncomingRequest) -> str:
        """Give a cookie for the token; the value of Set-Cookie. Raises Refused for who shows no token."""
        rights = self._shown(request)
        if rights is None:
            raise Refused(401, "a session begins with the token: Authorization: Bearer")
        session = secrets.token_urlsafe(32)
        self._sessions[session] = rights
        while len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return f"{self.cookie}={session}; HttpOnly; SameSite=Strict; Path=/"

    def end_session(self, request: IncomingRequest) -> str:
        """The cookie is of no use any more; the value of Set-Cookie."""
        self._sessions.pop(self._session(request), None)
        return f"{self.cookie}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0"
