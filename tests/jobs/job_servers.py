"""Real scan servers for tests of many jobs, which tell what they saw: requests, certificates, subscribers."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from lxml import etree

from emulator.directory.folder import FolderDirectory
from emulator.dpws.hosting import Hosting
from emulator.dsm.constants import POST_SCAN_JOB_STATUS_EVENT
from emulator.dsm.messages.events import PostScanJobStatusEvent
from emulator.environment.directories import office_folder
from emulator.environment.options import TrustOptions
from emulator.jobs.commons import JobCommons
from emulator.jobs.options import NO_MANIFEST, ScanOptions
from emulator.jobs.outcome import ScanOutcome
from emulator.jobs.scan import run_scan
from emulator.lab.silent import SilentReporter
from emulator.scan_server.server import ScanServer
from emulator.transport.http import IncomingRequest, OutgoingResponse
from emulator.trust.authority import LabAuthority, ServerCertificate, write_key
from emulator.trust.contexts import server_context


@dataclass
class Seen:
    """One request."""

    path: str
    shown: str
    """Common name of the client's certificate; '' without one."""


class WatchedServer(ScanServer):
    """Notes each request before it answers."""

    seen: list[Seen]
    holds_answers = 0.05
    """Seconds between an answer's being made and its going out."""

    async def handle(self, request: IncomingRequest) -> OutgoingResponse:
        der = request.client_certificate
        self.seen.append(Seen(request.path, common_name(der) if der else ""))
        answer = await super().handle(request)
        await asyncio.sleep(self.holds_answers)
        return answer

    def publish(self, event: PostScanJobStatusEvent | etree._Element) -> None:
        """Send an event of WS-DSP to all subscribers; an element goes out as it is."""
        body = event if isinstance(event, etree._Element) else event.to_xml()
        self._sources[0].publish(POST_SCAN_JOB_STATUS_EVENT, body)

    def forget_subscribers(self) -> None:
        """As a server that was killed and started again."""
        for each in self._sources[0].subscriptions:
            self._sources[0]._drop(each)

    @property
    def subscriptions(self) -> int:
        """At WS-DSP."""
        return len(self._sources[0].subscriptions)

    @property
    def connections(self) -> int:
        """Open now."""
        return len(self._http._table)


@dataclass
class Place:
    """A scan server's store and address; `server` makes it anew there."""

    folder: Path
    tls: ssl.SSLContext | None = None
    port: int = 0
    seen: list[Seen] = field(default_factory=list)

    def server(self) -> WatchedServer:
        made = WatchedServer(
            store=self.folder / "store",
            directory=FolderDirectory(office_folder()),
            hosting=Hosting(tls=self.tls, port=self.port),
        )
        made.seen = self.seen
        return made


def common_name(der: bytes) -> str:
    """Of the subject of a certificate."""
    found = x509.load_der_x509_certificate(der).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def written(folder: Path, name: str, made: ServerCertificate) -> Path:
    """A certificate with its key in one PEM file."""
    folder.mkdir(exist_ok=True)
    key = folder / f"{name}.key"
    write_key(key, made.key_pem)
    path = folder / f"{name}.pem"
    path.write_bytes(made.cert_pem + key.read_bytes())
    key.unlink()
    return path


def context_of(authority: LabAuthority, folder: Path, client_ca: LabAuthority | None = None) -> ssl.SSLContext:
    """Of a server on loopback; with `client_ca` clients must show a certificate."""
    cert = written(folder, "server", authority.issue_server(["127.0.0.1"]))
    return server_context(cert, None, client_ca=None if client_ca is None else client_ca.write(folder))


def options_for(url: str, page: Path, trust: TrustOptions | None = None, **more: object) -> ScanOptions:
    """A job of one page as it is, without events and manifest."""
    given: dict[str, object] = {"events": "none", "manifest": NO_MANIFEST, **more}
    return ScanOptions(
        files=(page,),
        as_is=True,
        server=url,
        trust=trust or TrustOptions(),
        **given,  # type: ignore[arg-type]
    )


async def completed(options: ScanOptions, commons: JobCommons) -> ScanOutcome:
    """The outcome of a job, which is Completed."""
    outcome = await run_scan(options, SilentReporter(), commons=commons)
    assert outcome.error is None and outcome.outcome == "Completed", outcome.as_dict()
    return outcome
