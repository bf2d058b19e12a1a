"""Stands between a client and a directory: passes octets on, keeps them, and can break in between."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass(eq=False)
class Relay:
    """What passed."""

    port: int
    to_server: bytes = b""
    to_client: bytes = b""
    answers: int = 0
    """Pieces that the directory has sent."""
    sockets: list[socket.socket] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)


@contextlib.contextmanager
def relay(address: str, port: int, on_answer: Callable[[Relay], bool] = lambda wire: True) -> Iterator[Relay]:
    """`on_answer` is asked before each piece of the directory's is passed on; False ends the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = Relay(listener.getsockname()[1])

        def pump(source: socket.socket, target: socket.socket, *, answers: bool) -> None:
            with contextlib.suppress(OSError):
                while data := source.recv(65536):
                    if answers:
                        wire.answers += 1
                        wire.to_client += data
                        if not on_answer(wire):
                            break
                    else:
                        wire.to_server += data
                    target.sendall(data)
            for each in (source, target):
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    try:
                        server = socket.create_connection((address, port), 5)
                    except OSError:
                        client.close()
                        continue
                    wire.sockets += [client, server]
                    for source, target, answers in ((client, server, False), (server, client, True)):
                        thread = threading.Thread(
                            target=pump, args=(source, target), kwargs={"answers": answers}, daemon=True
                        )
                        thread.start()
                        wire.threads.append(thread)

        acceptor = threading.Thread(target=accept, daemon=True)
        acceptor.start()
        try:
            yield wire
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            for each in wire.sockets:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            for thread in (acceptor, *wire.threads):
                thread.join(5)
            for each in wire.sockets:
                each.close()
