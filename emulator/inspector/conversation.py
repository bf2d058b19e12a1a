"""What is asked of one device or server, one request after the other, and what it did wrong meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Final

from lxml import etree

from emulator.dpws.answer import Read, T
from emulator.dpws.client import CallFailed, NotTrusted, RefusedUs, SoapClient, Unreachable
from emulator.dpws.metadata import Metadata
from emulator.dpws.metadata_search import resolved
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.tracing import write_trace
from emulator.environment.trusting import client_tls_now
from emulator.layers import Layers
from emulator.options.asking import PeerOptions
from emulator.soap.deviations import Deviation
from emulator.soap.envelope import Message
from emulator.transport.client import StreamClient
from emulator.transport.http import HttpClient, TimeLimits

_HINTS: Final[dict[type[CallFailed], str]] = {
    Unreachable: "is it switched on, and are address and port right?",
    NotTrusted: "--ca-file names the roots of a private CA, --insecure takes any certificate",
    RefusedUs: "--client-cert shows a certificate to a peer that wants one",
}


class Conversation:
    """Asks one peer, and keeps what departs from the documents."""

    def __init__(self, client: HttpClient, timeout: float = 10.0) -> None:
        self.client = client
        self._soap = SoapClient(client, TimeLimits(timeout, timeout))
        self._deviations: dict[tuple[str, Deviation], None] = {}
        self._parameters: dict[str, tuple[bytes, ...]] = {}

    def parameters_of(self, url: str) -> tuple[bytes, ...]:
        """The header blocks that go with messages to the service at `url`, as metadata asked for here have told."""
        return self._parameters.get(url, ())

    @property
    def deviations(self) -> list[tuple[str, Deviation]]:
        """Operation and deviation, each once."""
        return list(self._deviations)

    async def ask(self, url: str, asked: Message, read: Read[T], *, answer_action: str = "") -> T:
        """The content of the answer. Raises CallFailed."""
        operation = asked.action.rpartition("/")[2]
        blocks = tuple(etree.fromstring(each) for each in self.parameters_of(url))
        asked = replace(asked, headers=(*asked.headers, *blocks))
        try:
            answer = await self._soap.ask(url, asked, read, answer_action=answer_action)
        except CallFailed as error:
            self._note(operation, error.deviations)
            raise
        self._note(operation, answer.deviations)
        if isinstance(answer.content, Metadata):
            for service in answer.content.hosted:
                for address, blocks_of_service in service.parameters:
                    self._parameters[resolved(address, url)] = blocks_of_service
        return answer.content

    def note(self, deviations: Iterable[Deviation]) -> None:
        """Keep deviations that are not in the content of a message; their places are operations."""
        for deviation in deviations:
            self._note(deviation.place, (deviation,))

    def _note(self, operation: str, deviations: tuple[Deviation, ...]) -> None:
        self._deviations.update({(operation, deviation): None for deviation in deviations})


@asynccontextmanager
async def conversation(options: PeerOptions) -> AsyncIterator[Conversation]:
    """A conversation over the network; its connections and its trace are closed behind the block.
    Raises LabError for files that cannot be used."""
    async with AsyncExitStack() as stack:
        layers = Layers()
        write_trace(options.trace, layers, stack, overwrite=options.overwrite)
        client = StreamClient(await client_tls_now(options.trust), layers=layers)
        stack.push_async_callback(client.aclose)
        yield Conversation(client, options.timeout)


def lab_error(error: CallFailed) -> LabError:
    """The error for people."""
    return LabError(str(error), ExitCode(error.exit_hint), _HINTS.get(type(error), ""))
