"""The process in which WSDiscovery reads: `python -m emulator.witness.child HANDLE`. It expands entities and
builds what it is told to, so it has little memory and little time. It opens no socket: the package is given
datagrams as if it had received them."""

from __future__ import annotations

import base64
import json
import logging
import os
import sys
import warnings
from collections.abc import Iterable
from typing import Any, Final
from xml.dom import minidom
from xml.parsers import expat

from emulator.imaging.decoding.memory_bound import OUT_OF_MEMORY, MemoryBound
from emulator.imaging.decoding.serving import end_after, serve

MOST_TEXT: Final = 500
"""Characters of a value that are told."""
MOST_VALUES: Final = 50
"""Of a list."""


def read(octets: bytes, sender: str) -> dict[str, Any]:
    """What the package makes of a datagram: the services that it lists, and which it would resolve. Whatever it
    raises is told."""
    from wsdiscovery.discovery import ThreadedWSDiscovery
    from wsdiscovery.message import parseSOAPMessage

    class Client(ThreadedWSDiscovery):  # type: ignore[misc]  # it has no types
        """Without a network: what it would send is noted."""

        def __init__(self) -> None:
            super().__init__()
            self.listed: list[Any] = []
            self.resolves: list[str] = []

        def _addRemoteService(self, service: Any) -> None:  # noqa: N802 - the package's name
            self.listed.append(service)

        def _sendResolve(self, epr: Any) -> None:  # noqa: N802 - the package's name
            self.resolves.append(_text(epr))

    client = Client()
    try:
        envelope = parseSOAPMessage(octets, sender)
        if envelope is None:
            return {"problem": "it passes it over"}
        client.envReceived(envelope, (sender, 3702))
        versions = [_text(each.getMetadataVersion()) for each in envelope.getProbeResolveMatches()]
    except MemoryError:
        raise
    except Exception as error:
        return {"problem": f"it cannot read it: {type(error).__name__}: {_text(error)}"}
    return {
        "sees": [
            {**_service(each), "metadata_version": versions[number] if number < len(versions) else ""}
            for number, each in enumerate(client.listed[:MOST_VALUES])
        ],
        "resolves": client.resolves[:MOST_VALUES],
    }


def _service(service: Any) -> dict[str, Any]:
    return {
        "address": _text(service.getEPR()),
        "types": _texts(f"{{{each.getNamespace()}}}{each.getLocalname()}" for each in service.getTypes()),
        "scopes": _texts(each.getValue() for each in service.getScopes()),
        "xaddrs": _texts(service.getXAddrs()),
    }


def _text(value: Any) -> str:
    text = str(value)
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}... ({len(text)} characters)"


def _texts(values: Iterable[Any]) -> list[str]:
    found = list(values)
    more = [f"... ({len(found)} values)"] if len(found) > MOST_VALUES else []
    return [_text(each) for each in found[:MOST_VALUES]] + more


_parse_string = minidom.parseString


def _parse(*arguments: Any, **keywords: Any) -> Any:
    """minidom's parseString, for the package: that takes a lack of memory for one more envelope that it cannot
    read."""
    try:
        return _parse_string(*arguments, **keywords)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except expat.ExpatError as error:
        if error.code == expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]:
            os._exit(OUT_OF_MEMORY)
        raise


class _Child:
    def __init__(self) -> None:
        self._bound = MemoryBound()

    def answer(self, request: bytes) -> bytes:
        """Where there is no memory the process ends."""
        asked = json.loads(request)
        self._bound.set(asked["memory"])
        self._bound.watch(on=True)
        end_after(asked["seconds"])
        try:
            found = read(base64.b64decode(asked["octets"]), asked["sender"])
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        finally:
            end_after(0)
            self._bound.watch(on=False)
        return json.dumps(found).encode()


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # nobody reads them here
    logging.disable()
    sys.setrecursionlimit(1000)
    minidom.parseString = _parse
    serve(_Child().answer)
