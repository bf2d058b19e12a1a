"""At TLS handshakes: which certificate is shown, and how a connection begins and ends."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, cast

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from emulator.disturbance.acting import Acting
from emulator.dpws.points import OperationCall
from emulator.environment.machine_names import LOOPBACK_NAMES, names_of_machine
from emulator.faults.alteration import At
from emulator.faults.impossible import Impossible
from emulator.faults.plan import Fault, PlanError
from emulator.faults.tls_deeds import (
    NoGoodbye,
    RefuseHandshake,
    ShowCertificate,
    ShowNone,
    SpeakOld,
    StallHandshake,
    TlsDeed,
    TrustNobody,
)
from emulator.toml_files import TomlProblem
from emulator.transport.points import Handshake, HandshakeConduct
from emulator.trust.authority import LabAuthority, ServerCertificate, revoked_entry
from emulator.trust.authority_folder import CA_KEY, AuthorityFolder
from emulator.trust.client_tls import ClientContext
from emulator.trust.contexts import TrustError, allow_old, client_context, load_flawed
from emulator.trust.flawed import Flaw, flawed_client, flawed_server
from emulator.trust.server_tls import ServerContext

_VERSIONS: Final = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1}
_CLIENT_NAME: Final = "DSM emulator"


class AlteredHandshakes:
    """Handler of HANDSHAKE; of operations, which are followed by another certificate."""

    def __init__(self, acting: Acting, context: ssl.SSLContext | None = None) -> None:
        """`context`: by which a host serves, where it is known before anything runs: certificates are made, and
        revocation lists written, at once. Raises PlanError where they cannot be."""
        self._acting = acting
        self._made: dict[tuple[int, int], tuple[ssl.SSLContext, ssl.SSLContext]] = {}
        """By fault and context: the context, and the one in its place."""
        self._shown: dict[tuple[int, int], ServerCertificate] = {}
        """By fault, and who issues it."""
        self._changes = 0
        """How often the certificate has been changed."""
        for fault in acting.at(At.TLS):
            self._prepare(fault, context)

    def _prepare(self, fault: Fault, context: ssl.SSLContext | None) -> None:
        """Raises PlanError where it is known already that a fault cannot be."""
        deed = fault.alteration.apply(fault.parameters)
        as_client = "request" in fault.of
        if not isinstance(deed, ShowCertificate | SpeakOld) or (context is None and not as_client):
            return
        given = context if context is not None and not as_client else client_context(ca_file=None)
        try:
            self._context(id(fault), deed, Handshake("client" if as_client else "server", "", given))
        except Impossible as error:
            problem = TomlProblem(f"fault {fault.name!r}", str(error), fault.line)
            raise PlanError(self._acting.ledger.plan.source, [problem]) from None

    @property
    def at_operations(self) -> bool:
        """Whether something is done at operations."""
        return any(each.alteration.operations for each in self._acting.at(At.TLS))

    async def handshake(self, value: Handshake) -> HandshakeConduct:
        """How a handshake is done. Raises Impossible."""
        conduct = HandshakeConduct(value.context)
        if self._changes and value.side == "server":
            context = await asyncio.to_thread(self._context, -self._changes, ShowCertificate("none"), value)
            conduct = replace(conduct, context=context)
        for firing in self._acting.firings(At.TLS, value.side, "handshake", None):
            deed: TlsDeed = firing.fault.alteration.apply(firing.fault.parameters)
            match deed:
                case NoGoodbye():
                    conduct = replace(conduct, says_goodbye=False)
                case StallHandshake(seconds, ends):
                    await asyncio.sleep(seconds)
                    conduct = replace(conduct, refused=conduct.refused or ends)
                case RefuseHandshake(alert):
                    conduct = replace(conduct, refused=True, alert=alert)
                case _:
                    context = await asyncio.to_thread(self._context, id(firing.fault), deed, value)
                    conduct = replace(conduct, context=context)
        return conduct

    def at_operation(self, call: OperationCall) -> bool:
        """Whether the connection of an operation ends, because the certificate is changed after it."""
        fired = tuple(self._acting.firings(At.TLS, call.side, call.name, call.asked))
        self._changes += len(fired)
        return bool(fired)

    def _context(self, number: int, deed: TlsDeed, value: Handshake) -> ssl.SSLContext:
        """The context that is used in the place of another; made once. Raises Impossible."""
        key = number, id(value.context)
        if key not in self._made:
            try:
                self._made[key] = value.context, self._in_place_of(number, deed, value)
            except (TrustError, OSError) as error:
                raise Impossible(str(error)) from None
        return self._made[key][1]

    def _in_place_of(self, number: int, deed: TlsDeed, value: Handshake) -> ssl.SSLContext:
        """Raises Impossible, TrustError and OSError."""
        context = value.context
        if value.side == "client":
            if not isinstance(deed, ShowCertificate):
                return _of_client(deed, context)
            made = _like(context)
            load_flawed(made, self._certificate(number, deed, None, (), as_client=True))
            return made
        if not isinstance(context, ServerContext) or context.remade is None:
            raise Impossible("of this server's TLS context no other can be made")
        match deed:
            case SpeakOld(version):
                remade = context.remade()
                allow_old(remade, _VERSIONS[version])
                return remade
            case ShowCertificate():
                names = (deed.name,) if deed.name else context.names or (*LOOPBACK_NAMES, *names_of_machine(""))
                return context.remade(self._certificate(number, deed, context.issuer, names))
        raise Impossible("only a client does that")

    def _certificate(
        self,
        number: int,
        deed: ShowCertificate,
        issuer: LabAuthority | None,
        names: Sequence[str],
        *,
        as_client: bool = False,
    ) -> ServerCertificate:
        """The one that a fault shows, the same in all connections. Raises Impossible, TrustError and OSError."""
        key = number, id(issuer)
        if key not in self._shown:
            authority, flaw = _authority(deed, issuer), cast("Flaw", deed.flaw)
            try:
                shown = (
                    flawed_client(authority, deed.name or _CLIENT_NAME, flaw)
                    if as_client
                    else flawed_server(authority, names, flaw)
                )
            except ValueError as error:  # a name that cannot stand in a certificate
                raise Impossible(str(error)) from None
            _write_list(deed, authority, shown)
            self._shown[key] = shown
        return self._shown[key]


def _like(context: ssl.SSLContext) -> ssl.SSLContext:
    """A client's context that trusts as another does, and shows no certificate. Raises TrustError."""
    remade = context.remade if isinstance(context, ClientContext) else None
    return remade() if remade is not None else client_context(ca_file=None)


def _of_client(deed: TlsDeed, context: ssl.SSLContext) -> ssl.SSLContext:
    """Raises TrustError."""
    if isinstance(deed, TrustNobody):
        return client_context(ca_file=None, ca_pem=LabAuthority.create("Nobody").certificate_pem)
    made = _like(context)
    if isinstance(deed, SpeakOld):
        allow_old(made, _VERSIONS[deed.version])
    else:
        assert isinstance(deed, ShowNone)
    return made


def _authority(deed: ShowCertificate, issuer: LabAuthority | None) -> LabAuthority:
    """The CA that issues the certificate. Raises Impossible, TrustError and OSError."""
    if deed.authority:
        folder = Path(deed.authority)
        if not (folder / CA_KEY).exists():
            raise Impossible(f"{folder} is no folder of a lab CA: it has no {CA_KEY}")
        return AuthorityFolder.open(folder).authority
    if issuer is not None:
        return issuer
    if deed.flaw in ("unknown-ca", "self-signed"):  # nobody trusts it anyway
        return LabAuthority.create()
    raise Impossible(
        "the CA that peers trust is needed to issue such a certificate: authority = the folder of dsm-emulator ca"
    )


def _write_list(deed: ShowCertificate, authority: LabAuthority, shown: ServerCertificate) -> None:
    if deed.crl:
        serial = x509.load_pem_x509_certificate(shown.cert_pem).serial_number
        crl = authority.revoke([revoked_entry(serial)])
        Path(deed.crl).write_bytes(crl.public_bytes(Encoding.PEM))
