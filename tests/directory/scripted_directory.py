"""A directory that says what a test wants, over real sockets."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import sansldap

Answer = Callable[[sansldap.LDAPServer, sansldap.LDAPMessage], bytes | None]
"""The octets in answer to a message; None ends the connection."""
BASE = "DC=dsm,DC=test"


@dataclass(eq=False)
class Scripted:
    """A peer and what it was asked."""

    port: int
    asked: list[sansldap.LDAPMessage] = field(default_factory=list)
    received: bytes = b""

    @property
    def url(self) -> str:
        return f"ldap://127.0.0.1:{self.port}"


@contextlib.contextmanager
def scripted(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Scripted]:
    """Answers each message of each connection. `tls`: inside TLS, as ldaps."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        peer = Scripted(listener.getsockname()[1])
        open_sockets: list[socket.socket] = []

        def talk(sock: socket.socket) -> None:
            session = sansldap.LDAPServer()
            with contextlib.suppress(OSError, sansldap.ProtocolError):
                while data := sock.recv(65536):
                    peer.received += data
                    for message in session.receive(data):
                        peer.asked.append(message)
                        said = answer(session, message)
                        if said is None:
                            return
                        sock.sendall(said)

        def serve(sock: socket.socket) -> None:
            with sock, contextlib.suppress(OSError):
                if tls is not None:
                    with tls.wrap_socket(sock, server_side=True) as inside:
                        talk(inside)
                else:
                    talk(sock)

        threads: list[threading.Thread] = []

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    sock, _ = listener.accept()
                    open_sockets.append(sock)
                    thread = threading.Thread(target=serve, args=(sock,), daemon=True)
                    thread.start()
                    threads.append(thread)

        acceptor = threading.Thread(target=accept, daemon=True)
        acceptor.start()
        try:
            yield peer
        finally:
            for sock in (listener, *open_sockets):
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
            for thread in (acceptor, *threads):
                thread.join(5)


def root_dse(session: sansldap.LDAPServer, message: sansldap.LDAPMessage) -> bytes:
    """What an Active Directory tells of itself."""
    values = {
        "defaultNamingContext": BASE,
        "configurationNamingContext": f"CN=Configuration,{BASE}",
        "dnsHostName": "dc1.dsm.test",
    }
    attributes = [sansldap.PartialAttribute(name, [value.encode()]) for name, value in values.items()]
    session.search_result_entry(message.message_id, "", attributes)
    session.search_result_done(message.message_id)
    return bytes(session.data_to_send())
