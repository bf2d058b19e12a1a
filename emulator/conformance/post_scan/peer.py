"""A device, met by the judge as its scan server: jobs are begun at its panel, and looked at when they are over."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from emulator.conformance.asked_peer import AskedPeer, Limits
from emulator.conformance.devices.asked_device import DeviceLimits
from emulator.conformance.devices.hands import Action, Hands, NobodysHands
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.devices.ticket import Ticket
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.names import DSP
from emulator.conformance.post_scan.certificates import Certificates
from emulator.conformance.post_scan.scan_process import OfferedScanProcess, own_scan_process
from emulator.conformance.post_scan.script import RIGHT, Script
from emulator.conformance.post_scan.server import JobSeen, ScanServerOfTheJudge
from emulator.conformance.reading import Envelope
from emulator.conformance.speaker import Speaker
from emulator.conformance.verdict import Departure, Inconclusive, NotApplicable, NotRun

ORDINARY: Final = "an ordinary job"
_MOST_ORDERS: Final = 16
"""Jobs that one check orders, and more."""
SHEETS: Final = 2
"""In the feeder, of an ordinary job."""

During = Callable[[JobSeen], Awaitable[None]]
"""Done while a job runs. Raises NotRun."""


@dataclass(frozen=True, slots=True)
class PostScanLimits(Limits):
    """How long the judge waits for a device that sends, in seconds."""

    comes: float = 60.0
    """For the first message, once the scan was begun at the panel."""
    silence: float = 20.0
    """Behind which a device that has not ended its job does nothing more."""
    job: float = 120.0
    """For a whole job."""
    poll: float = 0.1
    quiet: float = 1.0
    """For what may still come once a job is over."""
    subscription: float = 10.0
    """That is granted where it is seen whether the device renews it: many look at their clock every few seconds."""
    octets: int = 256 * 1024 * 1024
    """Of one request; more are not read."""


@dataclass(frozen=True, slots=True)
class Offered:
    """Where the judge's scan server is, and what the device trusts it by."""

    host: str = "127.0.0.1"
    """IP address of this machine."""
    port: int = 0
    name: str = ""
    """Of the host, in the URL; '' for its address."""
    certificate: Path | None = None
    """PEM of a certificate that the device trusts, with its key; None: by a CA that is made for the run."""
    key: Path | None = None
    scan_process: OfferedScanProcess | None = None
    """That the device has in its directory; None: one of the judge's own, by a ticket that the device can do."""

    @classmethod
    def at(cls, place: str, certificate: Path | None = None, key: Path | None = None) -> Offered:
        """The server at HOST[:PORT]; '' for loopback and a free port. Raises ValueError."""
        if not place:
            return cls(certificate=certificate, key=key)
        parts = urlsplit(f"//{place}")
        host = parts.hostname or ""
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0] if host else ""
        except OSError as error:
            raise ValueError(f"{host}: {error}") from None
        if not found:
            raise ValueError(f"{place!r} names no host")
        name = "" if host == found else host
        return cls(str(found), parts.port or 0, name, certificate, key)


class PostScanPeer(AskedPeer[JobSeen]):
    """One device, met by one judge."""

    called = "the device"
    job_events = (f"{DSP}/PostScanJobStatusEvent", f"{DSP}/PostScanJobEndStateEvent")
    limits: PostScanLimits

    def __init__(
        self,
        url: str,
        *,
        tls: ssl.SSLContext | None = None,
        hands: Hands | None = None,
        offered: Offered | None = None,
        seed: int = 1,
        limits: PostScanLimits | None = None,
        recording: Recording | None = None,
    ) -> None:
        """These are its parameters.

        - `url`: where its metadata are.
        - `tls`: by which it is trusted there.
        - `hands`: who begins jobs at its panel; None: nobody.
        - `offered`: the judge's scan server.
        - `limits`: how long is waited.
        - `recording`: where everything is written down.
        """
        super().__init__(url, tls, limits or PostScanLimits(), seed, None, recording)
        # A check may order many jobs, each of which has its own bound: whoever is slow is not cut off by their sum.
        self.longest_check = _MOST_ORDERS * (self.limits.comes + self.limits.job)
        self.hands = hands or NobodysHands()
        self.offered = offered or Offered()
        self.device = DevicePeer(
            url, tls=tls, hands=self.hands, limits=DeviceLimits(silence=10.0), recording=self.recording
        )
        """The same, as a scanner."""
        self.scan_process: OfferedScanProcess | None = None
        self.sheets = 0
        """That are put into its feeder for a job; 0: it has none that anybody can load."""
        self._server: ScanServerOfTheJudge | None = None
        self._certificates: Certificates | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._events = Speaker(self.recording, None, min(10.0, self.limits.silence))
        self._ordering = asyncio.Lock()

    # Beginning

    @property
    def events_speaker(self) -> Speaker:
        """Sends what goes to where the device takes its events."""
        return self._events

    @property
    def server(self) -> ScanServerOfTheJudge:
        """The judge's scan server. Raises NotRun where it is not there."""
        if self._server is None:
            raise NotRun("the judge's scan server was not started")
        return self._server

    async def _find(self) -> None:
        """Find the device, and offer it a scan server. Raises Departure, Inconclusive, NotRun."""
        try:
            await self.device.find()
        except Departure as error:
            # It may be no host of WS-Scan: who answers at all is taken.
            if self.device.described is None or not self.device.described.answered:
                raise Departure(
                    error.evidence.met, "the device's metadata", self.numbered(error.evidence.exchanges)
                ) from None
        finally:
            self.probed, self.described = self.device.probed, self.device.described
        self.url = self.device.url
        self._folder = tempfile.TemporaryDirectory(prefix="dsm-emulator-")
        folder, offered = Path(self._folder.name), self.offered
        names = [each for each in dict.fromkeys((offered.name, offered.host)) if each]
        self._certificates = Certificates(names, offered.certificate, offered.key)
        (folder / "ca.pem").write_bytes(self._certificates.ca_pem)
        self._server = ScanServerOfTheJudge(
            self.recording,
            self._events,
            offered.host,
            offered.port,
            self._certificates.right,
            self._certificates.wrong,
            self.limits.octets,
            offered.name,
        )
        try:
            await self._server.start()
        except OSError as error:
            raise NotRun(f"the scan server cannot listen at {offered.host}:{offered.port}: {error}") from None
        ticket = await self._ticket()
        name = offered.name or offered.host
        self.scan_process = offered.scan_process or own_scan_process(name, ticket)
        (folder / "scan-process.xml").write_bytes(self.scan_process.xml)

    async def _ticket(self) -> Ticket:
        """One that the device can do, by its own words; a plain one where it has none."""
        try:
            configuration = await self.device.configuration()
            feeder = configuration.feeder
            if feeder is not None:
                with contextlib.suppress(NotRun):
                    await self.hands.do(Action.LOAD, sheets=SHEETS)
                    self.sheets = SHEETS
            source = feeder if self.sheets and feeder is not None else await self.device.source()
            ticket = await self.device.ticket(source, images=0 if self.sheets else 1, job_name="Conformance run")
        except (NotRun, NotApplicable, Departure, Inconclusive):
            return Ticket(format="jfif")
        return replace(ticket, media_size=None, region=None, user="judge")

    def presents(self, flaw: str) -> bool:
        """Whether the scan server can show a certificate with that flaw."""
        return self._certificates is not None and self._certificates.has(flaw)

    # Jobs

    async def order(
        self,
        name: str,
        script: Script = RIGHT,
        *,
        during: During | None = None,
        scan_process: OfferedScanProcess | None = None,
        sheets: int | None = None,
        may_stay_away: bool = False,
    ) -> JobSeen:
        """Have the device scan to the judge's scan server, and wait until it does nothing more. Raises NotRun where
        it cannot be begun; Inconclusive where nothing comes, unless that `may_stay_away`.

        - `name`: on whose behalf what comes is written down.
        - `during`: done meanwhile.
        - `scan_process`: another than the usual one (`other_scan_process`).
        - `sheets`: other than the usual number.
        """
        async with self._ordering:
            offered = scan_process or self.scan_process
            if offered is None or self._folder is None:
                raise NotRun("the judge's scan server was not started")
            path = Path(self._folder.name) / "scan-process.xml"
            if scan_process is not None:
                path = Path(self._folder.name) / "other-scan-process.xml"
                path.write_bytes(scan_process.xml)
            wanted = self.sheets if sheets is None else sheets
            if self.sheets:
                await self.hands.do(Action.LOAD, sheets=wanted)
            job = await self.server.begin(name, script, offered.order)
            job.expected = wanted if self.sheets else 1 if offered.ticket.source else 0
            try:
                await self._watch(job, self._begun(offered, path), during, may_stay_away=may_stay_away)
            finally:
                await self.server.end(job)
            return job

    def other_scan_process(self, ticket: Ticket | None = None, **content: Any) -> OfferedScanProcess:
        """Another one of the judge's own. Raises NotRun where the device has its scan process from a directory.

        - `ticket`: another than the usual one.
        - `content`: `instructions` and `dialects`, others than the usual ones.
        """
        if self.scan_process is None or self.offered.scan_process is not None:
            raise NotRun("the scan process is not the judge's own")
        name = self.offered.name or self.offered.host
        return own_scan_process(name, ticket or self.scan_process.ticket, **content)

    async def _begun(self, offered: OfferedScanProcess, path: Path) -> None:
        assert self._folder is not None
        await self.hands.do(
            Action.SCAN_TO,
            to=f"{offered.order.display_name}, at {self.server.url}",
            server=self.server.url,
            scan_process=str(path),
            display_name=offered.order.display_name,
            psp_id=offered.order.scan_process,
            user_sid=offered.order.user,
            ca_file=str(Path(self._folder.name) / "ca.pem"),
        )

    async def _watch(
        self, job: JobSeen, begun: Awaitable[None], during: During | None, *, may_stay_away: bool
    ) -> None:
        """Wait until the job is over. Raises NotRun, Inconclusive."""
        tasks = [asyncio.ensure_future(begun)]
        if during is not None:
            tasks.append(asyncio.ensure_future(during(job)))
        start = time.monotonic()
        try:
            while not self._at_rest(job, tasks, start):
                for each in tasks:
                    if each.done() and each.exception() is not None:
                        each.result()
                if time.monotonic() - start > self.limits.job:
                    break
                await asyncio.sleep(self.limits.poll)
        finally:
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if not job.exchanges and not may_stay_away:
            raise Inconclusive(
                f"the device has sent nothing within {self.limits.comes:g} s of the scan's beginning"
            )

    def _at_rest(self, job: JobSeen, tasks: Sequence[asyncio.Future[None]], start: float) -> bool:
        now, listener = time.monotonic(), self.server.listener
        if not all(each.done() and each.exception() is None for each in tasks) or listener.under_way:
            return False
        if self.hands.tells_end:
            return True
        if not job.exchanges and job.handshakes + listener.handshakes <= 0:
            return now - start > self.limits.comes
        since = now - max(listener.last, start)
        return since > (self.limits.quiet if job.over else self.limits.silence)

    async def whole_job(self, images: int = 1) -> JobSeen:
        """An ordinary job."""
        return await self.ordinary()

    async def ordinary(self) -> JobSeen:
        """The first ordinary job, for whoever looks at it. Raises NotRun."""

        async def make() -> JobSeen:
            return await self.order(ORDINARY)

        return await self.situation(ORDINARY, make)

    async def ordinary_job(self, *, first: bool) -> str:
        """One whole job: found, created, sent, ended. Raises Departure, Inconclusive, NotRun."""
        if first:
            await self._find()
        job = await self.order(ORDINARY if first else f"{ORDINARY}, again")
        if first:
            self.provide(ORDINARY, job)
        require_whole(job)
        return f"{len(job.acknowledged)} images, {sum(len(each.request) for each in job.images)} octets"

    def is_about(self, job: JobSeen, event: Envelope) -> bool:
        """Nobody sends the judge's scan server events."""
        return False

    def require_found(self) -> None:
        """It was always found."""

    async def is_alive(self) -> bool:
        """Whether it answers a Probe or the question for metadata."""
        return await self.device.is_alive()

    async def clear_away(self) -> None:
        """Nothing of the judge's is left at the device: its jobs end by themselves."""

    async def aclose(self) -> None:
        """Stop the scan server and close all connections."""
        await super().aclose()
        if self._server is not None:
            await self._server.stop()
        await self._events.aclose()
        await self.device.aclose()
        closing: Any = getattr(self.hands, "aclose", None)
        if closing is not None:
            await closing()
        if self._folder is not None:
            self._folder.cleanup()


def require_whole(job: JobSeen) -> None:
    """Raise a Departure unless the job was created, each image was sent, and it was ended."""
    expected = "CreatePostScanJob, SendImage for each image, EndPostScanJob"
    shown: list[Exchange] = job.exchanges[-6:]
    if not job.tokens:
        raise Departure(f"{said(job)}, and no CreatePostScanJob", expected, shown)
    if not job.images:
        raise Departure(f"{said(job)}, and no image that could be read", expected, shown)
    if not job.ended:
        raise Departure(f"{said(job)}, and no EndPostScanJob", expected, shown)


def said(job: JobSeen) -> str:
    """What came, in the order in which it came."""
    names: list[str] = []
    for each in job.exchanges:
        name = each.operation or each.error or "a request"
        if name == "POST":
            name = "a request without an envelope that can be read"
        if names and names[-1].partition(" x ")[0] == name:
            names[-1] = f"{name} x {int(names[-1].partition(' x ')[2] or 1) + 1}"
        else:
            names.append(name)
    return ", ".join(names) if names else "nothing"
