"""A folder of a WebDAV server (RFC 4918): looked into, made, and given files that are whole when they are seen."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import secrets
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

from emulator.dsm.states import FilterStateReason
from emulator.layers import Layers
from emulator.scan_server.delivery.numbers import alone_with
from emulator.scan_server.delivery.outcome import DeliveryFailed, Stopped, one_line
from emulator.scan_server.delivery.settings import SharePointSettings
from emulator.scan_server.disk import read_file
from emulator.soap.xml import XmlRefused, parse_xml
from emulator.transport.body import FileSegment, SegmentedBody
from emulator.transport.client import StreamClient
from emulator.transport.http import (
    Body,
    BytesBody,
    ExchangeError,
    Headers,
    HttpRequest,
    HttpResponse,
    NotHttp,
    Refused,
    TimedOut,
    TimeLimits,
)
from emulator.transport.url import read_url
from emulator.trust.contexts import TrustError, client_context

DAV: Final = "DAV:"  # RFC 4918, section 21
MAX_LISTING: Final = 8 * 1024 * 1024
"""Longest answer to PROPFIND that is read, in octets: some 10,000 files."""
CLEANING: Final = 5.0
"""Seconds for taking a temporary file away again."""
_LOOK: Final = 0.1
_PAUSES: Final = (0.5, 2.0)
"""Seconds before another attempt where nothing can have happened twice."""
_ASK_NAMES: Final = (
    b'<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/></D:prop>'
    b"</D:propfind>"
)
_LOCK_INFO: Final = (
    b'<?xml version="1.0" encoding="utf-8"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    b"<D:locktype><D:write/></D:locktype></D:lockinfo>"
)
"""RFC 4918, section 9.10.7."""
_BUSY: Final = frozenset({429, 503})
_OCTETS: Final = (("Content-Type", "application/octet-stream"),)
_DONE: Final = frozenset({200, 201, 204})
_NO_SUCH_METHOD: Final = frozenset({400, 405, 501})

_REASONS: Final = {
    401: FilterStateReason.SHAREPOINT_ACCESS_DENIED,
    403: FilterStateReason.SHAREPOINT_ACCESS_DENIED,
    407: FilterStateReason.SHAREPOINT_ACCESS_DENIED,
    423: FilterStateReason.SHAREPOINT_ACCESS_DENIED,  # locked by somebody (RFC 4918, section 11.3)
    507: FilterStateReason.SHAREPOINT_OUT_OF_DISK_SPACE,  # RFC 4918, section 11.5
}


class DavFolder:
    """One folder and the connection to its server."""

    def __init__(
        self,
        url: str,
        settings: SharePointSettings,
        stop: threading.Event,
        layers: Layers | None = None,
    ) -> None:
        """`url`: of the folder, each part quoted, without a slash at its end. Raises DeliveryFailed."""
        self.url = url
        self._settings = settings
        self._stop = stop
        try:
            context = client_context(ca_file=settings.ca_file) if url.lower().startswith("https:") else None
        except TrustError as error:
            raise DeliveryFailed(FilterStateReason.UNKNOWN_ERROR, f"{url}: {error}") from None
        self._client = StreamClient(context, layers, "dsm-emulator", max_response=MAX_LISTING)
        self._headers: Headers = ()
        if settings.user is not None:
            login = f"{settings.user}:{settings.password.get_secret_value()}".encode()  # RFC 7617: UTF-8
            self._headers = (("Authorization", f"Basic {base64.b64encode(login).decode('ascii')}"),)
        self._can_move = True

    async def aclose(self) -> None:
        """Close the connection."""
        await self._client.aclose()

    async def names(self) -> list[str] | None:
        """What is in the folder, which is made when it is missing; None where the server does not tell.
        Raises DeliveryFailed, Stopped."""
        headers = (("Depth", "1"), ("Content-Type", "application/xml; charset=utf-8"))
        try:
            answer = await self._with_another_try(
                lambda: self._ask("PROPFIND", self.url + "/", headers, BytesBody(_ASK_NAMES))
            )
        except _NoListing:
            return None
        if answer.status == 207:
            return _names(answer.body, self.url)
        if answer.status != 404 and answer.status not in _NO_SUCH_METHOD:
            raise self._failed(answer, "PROPFIND", self.url)
        made = await self._with_another_try(lambda: self._ask("MKCOL", self.url + "/"))
        # 405: it is there already (RFC 4918, section 9.3.1).
        if made.status not in (200, 201, 204, 405):
            raise self._failed(made, "MKCOL", self.url)
        return [] if answer.status == 404 else None

    async def has(self, name: str) -> bool:
        """Whether a file is there. Raises DeliveryFailed, Stopped."""
        answer = await self._with_another_try(lambda: self._ask("HEAD", self._place(name)))
        if answer.status in (200, 204):
            return True
        if answer.status in (404, 410):
            return False
        raise self._failed(answer, "HEAD", self._place(name))

    async def put(self, path: Path, size: int, names: Callable[[], str]) -> str:
        """Bring a document there under the first of `names` that is free; its name. Raises DeliveryFailed,
        Stopped, OSError for the document's own file.

        It is sent under a name of its own and then renamed, so that nobody sees a part of it. A server that knows
        no MOVE gets it by its name at once, and it is deleted when it does not arrive whole.
        """
        with read_file(path) as file:
            return await self._put_under(SegmentedBody((FileSegment(file.fileno(), size),)), names)

    async def _put_under(self, body: Body, names: Callable[[], str]) -> str:
        if self._can_move:
            name = await self._put_aside(body, names)
            if self._can_move:
                return name
        else:
            name = names()
        while not await self._put_as_new(name, body):
            name = names()
        return name

    async def _put_as_new(self, name: str, body: Body) -> bool:
        with alone_with(self.url, name) as free:
            return free and not await self.has(name) and await self._put_openly(name, body)

    async def _put_aside(self, body: Body, names: Callable[[], str]) -> str:
        """The name that it has now; that it should have, where the server turns out to know no MOVE."""
        aside = f"{secrets.token_hex(16)}.part"
        await self._put(aside, body)
        moved = False
        try:
            while True:
                name = names()
                with alone_with(self.url, name) as free:
                    if not free:
                        continue
                    answer = await self._move(aside, name)
                if answer is None or answer.status in _DONE:
                    moved = True
                    return name
                if answer.status in _NO_SUCH_METHOD:
                    self._can_move = False
                    return name
                if answer.status != 412:  # there is such a file: the next name
                    raise self._failed(answer, "MOVE", self._place(name))
        finally:
            if not moved:
                await self._delete(aside)

    async def write(self, name: str, data: bytes, lock: str = "") -> None:
        """Give a file that content, in place of what it has if it is there. `lock`: the token of a lock on it.
        Raises DeliveryFailed, Stopped."""
        headers = (*_OCTETS, ("If", f"({lock})")) if lock else _OCTETS  # RFC 4918, section 10.4
        answer = await self._with_another_try(lambda: self._ask("PUT", self._place(name), headers, BytesBody(data)))
        if answer.status not in _DONE:
            raise self._failed(answer, "PUT", self._place(name))

    async def lock(self, name: str) -> str:
        """Lock a file for writing, as long as the server lets us, and return the token. Raises DeliveryFailed,
        Stopped."""
        headers = (("Timeout", "Infinite"), ("Content-Type", "application/xml; charset=utf-8"), ("Depth", "0"))
        answer = await self._ask("LOCK", self._place(name), headers, BytesBody(_LOCK_INFO))
        token = answer.header("lock-token") or ""
        if answer.status not in _DONE or not token:
            raise self._failed(answer, "LOCK", self._place(name))
        return token

    async def unlock(self, name: str, lock: str) -> None:
        """Take the lock away. Raises DeliveryFailed, Stopped."""
        answer = await self._ask("UNLOCK", self._place(name), (("Lock-Token", lock),))
        if answer.status not in _DONE:
            raise self._failed(answer, "UNLOCK", self._place(name))

    async def rename(self, name: str, to: str) -> None:
        """Give a file another name, that of another file too. Raises DeliveryFailed, Stopped."""
        headers = (("Destination", self._place(to)), ("Overwrite", "T"))
        answer = await self._ask("MOVE", self._place(name), headers)
        if answer.status not in _DONE:
            raise self._failed(answer, "MOVE", self._place(to))

    async def _put(self, aside: str, body: Body) -> None:
        """Send to a name of our own. Raises DeliveryFailed, and then nothing is left there."""
        try:
            answer = await self._with_another_try(lambda: self._ask("PUT", self._place(aside), _OCTETS, body))
            if answer.status not in _DONE:
                raise self._failed(answer, "PUT", self._place(aside))
        except BaseException:
            await self._delete(aside)
            raise

    async def _put_openly(self, name: str, body: Body) -> bool:
        """Send to the name that it shall have, once. False: somebody else has taken that name meanwhile."""
        ours = True
        try:
            answer = await self._ask("PUT", self._place(name), (*_OCTETS, ("If-None-Match", "*")), body)
            if answer.status in _DONE:
                return True
            # What is refused outright has not been written; a file of that name would be somebody else's.
            ours = answer.status >= 500
            if answer.status == 412:
                return False
            raise self._failed(answer, "PUT", self._place(name))
        except BaseException:
            if ours:
                await self._delete(name)
            raise

    async def _move(self, source: str, target: str) -> HttpResponse | None:
        """The answer to MOVE; None where none came and it happened all the same. Never over another file."""
        headers = (("Destination", self._place(target)), ("Overwrite", "F"))
        try:
            return await self._ask("MOVE", self._place(source), headers)
        except DeliveryFailed:
            with contextlib.suppress(DeliveryFailed):
                if not await self.has(source) and await self.has(target):
                    return None
            raise

    async def _delete(self, name: str) -> None:
        """Take a file away, if it is there; also when the job is to stop."""
        request = HttpRequest(self._place(name), self._headers, BytesBody(b""), "DELETE")
        with contextlib.suppress(ExchangeError, TimeoutError):
            async with asyncio.timeout(CLEANING):
                await self._client.exchange(request, TimeLimits(CLEANING, CLEANING))

    def _place(self, name: str) -> str:
        return f"{self.url}/{quote(name, safe='')}"

    async def _with_another_try(self, ask: Callable[[], Awaitable[HttpResponse]]) -> HttpResponse:
        """Ask, and ask again where it fails, what may come twice: PUT under a name of our own, and requests that
        change nothing."""
        for pause in _PAUSES:
            try:
                answer = await ask()
                if answer.status not in _BUSY:
                    return answer
            except DeliveryFailed as error:
                if not error.again:
                    raise
            await self._pause(pause)
        return await ask()

    async def _pause(self, seconds: float) -> None:
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            if self._stop.is_set():
                raise Stopped
            await asyncio.sleep(min(_LOOK, seconds))

    async def _ask(self, method: str, url: str, headers: Headers = (), body: Body | None = None) -> HttpResponse:
        """One exchange, given up when the job is to stop."""
        request = HttpRequest(url, (*self._headers, *headers), body or BytesBody(b""), method)
        limits = TimeLimits(self._settings.timeout, self._settings.timeout)
        asking = asyncio.ensure_future(self._client.exchange(request, limits))
        try:
            while not asking.done():
                await asyncio.wait((asking,), timeout=_LOOK)
                if self._stop.is_set() and not asking.done():
                    raise Stopped
        finally:
            if not asking.done():
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
        try:
            return asking.result()
        except NotHttp as error:
            if method == "PROPFIND":
                raise _NoListing from None
            raise DeliveryFailed(FilterStateReason.UNKNOWN_ERROR, f"{method} {url}: {error}") from None
        except ExchangeError as error:
            # A silent server is not asked twice; it would be waited for twice.
            again = not isinstance(error, TimedOut) and (isinstance(error, Refused) or method != "MOVE")
            raise DeliveryFailed(FilterStateReason.UNKNOWN_ERROR, f"{method} {url}: {error}", again=again) from None

    def _failed(self, answer: HttpResponse, method: str, url: str) -> DeliveryFailed:
        reason = _REASONS.get(answer.status, FilterStateReason.UNKNOWN_ERROR)
        told = f"{answer.status} {answer.reason}".strip()
        where = answer.header("location")
        if 300 <= answer.status < 400 and where:
            told += f" to {where}"
        if answer.status in (404, 409):
            told += " (is there such a library?)"
        return DeliveryFailed(reason, one_line(f"{method} {url}: {told}"))


class _NoListing(Exception):
    """A listing that is too long to be read, or is none."""


def _names(data: bytes, url: str) -> list[str] | None:
    """The names in a multistatus of depth 1; None for an answer that cannot be read."""
    try:
        root = parse_xml(data, max_bytes=MAX_LISTING)
    except XmlRefused:
        return None
    own = _path(url)
    paths = [_path(href.text or "") for href in root.iter(f"{{{DAV}}}href")]
    return [path.rpartition("/")[2] for path in paths if path != own]


def _path(href: str) -> str:
    return unquote(read_url(href.strip()).path).rstrip("/")
