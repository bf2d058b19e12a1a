"""The description of a hosted service, over HTTP (`?wsdl`) and by WS-MetadataExchange GetMetadata."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qs, quote

from lxml import etree

from emulator.dpws.call import Call, Inner, Reply
from emulator.dpws.constants import GET_METADATA, GET_METADATA_RESPONSE, WSDL_DIALECT, WSX
from emulator.soap.envelope import response
from emulator.transport.http import IncomingRequest, OutgoingResponse

_XSD: Final = "http://www.w3.org/2001/XMLSchema"
_LOCATED: Final = frozenset({f"{{{_XSD}}}import", f"{{{_XSD}}}include"})
_SOAP_ADDRESS: Final = "{http://schemas.xmlsoap.org/wsdl/soap12/}address"
_HEADERS: Final = (("Content-Type", "text/xml; charset=utf-8"),)


class WsdlPages:
    """A WSDL and the schemas that it imports, each at an address of its own under that of the service."""

    def __init__(
        self, path: str, wsdl: bytes, schemas: Mapping[str, bytes], *, more: Mapping[str, bytes] | None = None
    ) -> None:
        """`path`: of the service; `schemas`: file name -> document; `more`: further WSDLs, of which `?wsdl=NAME` is
        the one of that name. All are the project's own documents."""
        self._path = path
        self._documents = {
            ("wsdl", ""): wsdl,
            **{("wsdl", name): document for name, document in (more or {}).items()},
            **{("xsd", name): document for name, document in schemas.items()},
        }

    def answer(self, request: IncomingRequest, base_url: str) -> OutgoingResponse | None:
        """The page that a GET asks for: 404 for one that there is not; None for a request without a query.
        `base_url`: scheme, host and port at which the peer reached us; all addresses in the page begin so."""
        if request.method not in ("GET", "HEAD") or not request.query:
            return None
        if request.query.lower() in ("wsdl", "singlewsdl"):
            wanted = ("wsdl", "")
        else:
            kind, names = next(iter(parse_qs(request.query, max_num_fields=4).items()), ("", [""]))
            wanted = (kind.lower(), names[0])
        document = self._documents.get(wanted)
        if document is None:
            return OutgoingResponse(404, close=True)
        own = wanted == ("wsdl", "")
        body = b"" if request.method == "HEAD" else self._located(document, base_url + self._path, own=own)
        return OutgoingResponse(200, body, _HEADERS)

    def _located(self, document: bytes, service_url: str, *, own: bool) -> bytes:
        """The document with the addresses of this host: wsdl2h and zeep follow them. `own`: it describes this
        service, which is then at its address."""
        root = etree.fromstring(document)
        for element in root.iter():
            location = element.get("schemaLocation", "")
            if element.tag in _LOCATED and location:
                element.set("schemaLocation", f"{service_url}?xsd={quote(location.rpartition('/')[2])}")
            elif own and element.tag == _SOAP_ADDRESS:
                element.set("location", service_url)
        return etree.tostring(root, encoding="utf-8", xml_declaration=True)


class MetadataExchange:
    """The layer of a hosted service that answers GetMetadata (WS-MetadataExchange 2004/09, 4.1) with the address of
    its WSDL."""

    def __init__(self, wsdl_url: Callable[[Call], str]) -> None:
        """`wsdl_url`: address of the WSDL for the peer of a call."""
        self._wsdl_url = wsdl_url

    async def __call__(self, call: Call, inner: Inner) -> Reply:
        """Raises what the layers further in raise."""
        if call.message.action != GET_METADATA:
            return await inner(call)
        await call.content_read()
        root = etree.Element(f"{{{WSX}}}Metadata", nsmap={"wsx": WSX})
        section = etree.SubElement(root, f"{{{WSX}}}MetadataSection")
        section.set("Dialect", WSDL_DIALECT)
        etree.SubElement(section, f"{{{WSX}}}Location").text = self._wsdl_url(call)
        return response(call.message, root, GET_METADATA_RESPONSE)
