"""The metadata of a host."""

from __future__ import annotations

from typing import Any, Final

from emulator.conformance import requests
from emulator.conformance.asked_peer import AskedPeer
from emulator.conformance.check import check
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import expect, require, require_order
from emulator.conformance.names import DSC, DSP, GET_RESPONSE, WSDP, WSX, Name
from emulator.conformance.peer import ScanServerPeer
from emulator.conformance.reading import Envelope
from emulator.conformance.services import hosted_types
from emulator.conformance.structures import MANY

MODEL_ORDER: Final = ("Manufacturer", "ManufacturerUrl", "ModelName", "ModelNumber", "ModelUrl", "PresentationUrl")
DEVICE_ORDER: Final = ("FriendlyName", "FirmwareVersion", "SerialNumber")
URLS: Final = ("ManufacturerUrl", "ModelUrl", "PresentationUrl", "Address", "ServiceId")


async def _metadata(peer: AskedPeer[Any]) -> tuple[Exchange, Envelope]:
    """The metadata, asked once."""
    peer.require_found()
    assert peer.described is not None
    return peer.described, expect(peer.described).answer("the metadata")


@check("dsp/sequence/metadata-of-every-service", "dpws/get/response")
async def metadata(peer: AskedPeer[Any]) -> None:
    """A Get is answered with GetResponse and metadata that name the services with their addresses."""
    answer, told = await _metadata(peer)
    require(told.action.strip() == GET_RESPONSE, f"wsa:Action {told.action}", GET_RESPONSE, [answer])
    sections = told.all("/soap:Envelope/soap:Body/wsx:Metadata/wsx:MetadataSection")
    require(bool(sections), "no wsx:MetadataSection", "one or more", [answer])
    for each in told.all("//wsdp:Hosted"):
        address = each.findtext("{*}EndpointReference/{*}Address") or ""
        require(bool(address.strip()), "a Hosted without an address", "an address", [answer], each)


@check("dpws/get/without-discovery", "wsdapi/wsdbit/get-without-discovery", "dpws/get/to-the-url-accepted")
async def get_without_discovery(peer: AskedPeer[Any]) -> None:
    """A Get to the URL is answered, whoever has not probed before."""
    peer.require_found()
    answer = await peer.speaker.send(peer.url, requests.get(peer.url), operation="Get")
    told = expect(answer).answer("the metadata")
    require(told.fault is None and bool(told.all("//wsx:Metadata")), "no metadata", "the metadata", [answer])


@check("dpws/namespace/of-metadata", "dpws/namespace/of-2006-02")
async def metadata_namespaces(peer: AskedPeer[Any]) -> None:
    """The metadata are of wsx and of DPWS 2006/02."""
    answer, told = await _metadata(peer)
    require(bool(told.all("//wsx:Metadata")), f"the body {told.body_name}", f"{Name(WSX, 'Metadata')}", [answer])
    require(bool(told.all("//wsdp:Relationship")), "no wsdp:Relationship", "wsdp:Relationship", [answer])


@check("dpws/metadata/dialects")
async def metadata_dialects(peer: AskedPeer[Any]) -> None:
    """The Dialect of each section is that of its content."""
    answer, told = await _metadata(peer)
    for each in told.all("//wsx:MetadataSection[wsdp:*]"):
        local = each[0].tag.rpartition("}")[2]
        dialect = each.get("Dialect", "")
        require(dialect == f"{WSDP}/{local}", f"Dialect {dialect}", f"{WSDP}/{local}", [answer], each)


@check("dpws/this-model/section", "dpws/this-device/section", "wsdapi/get/this-model-and-this-device")
async def model_and_device(peer: AskedPeer[Any]) -> None:
    """The metadata have ThisModel and ThisDevice."""
    answer, told = await _metadata(peer)
    for name in ("ThisModel", "ThisDevice"):
        require(len(told.all(f"//wsdp:{name}")) == 1, f"no {name}", f"wsdp:{name}", [answer])


@check("dpws/this-model/children")
async def this_model(peer: AskedPeer[Any]) -> None:
    """ThisModel has its children in order, Manufacturer and ModelName among them."""
    answer, told = await _metadata(peer)
    for each in told.all("//wsdp:ThisModel"):
        require_order(answer, each, MODEL_ORDER, {"Manufacturer": (1, MANY), "ModelName": (1, MANY)})


@check("dpws/this-device/children")
async def this_device(peer: AskedPeer[Any]) -> None:
    """ThisDevice has its children in order, FriendlyName among them."""
    answer, told = await _metadata(peer)
    for each in told.all("//wsdp:ThisDevice"):
        require_order(answer, each, DEVICE_ORDER, {"FriendlyName": (1, MANY)})


@check("dpws/relationship/type")
async def relationship_type(peer: AskedPeer[Any]) -> None:
    """The Type of the Relationship is that of a host."""
    answer, told = await _metadata(peer)
    for each in told.all("//wsdp:Relationship"):
        said = each.get("Type", "")
        require(said == f"{WSDP}/host", f"Type {said}", f"{WSDP}/host", [answer], each)


@check("dpws/relationship/children", "wsdapi/get/no-relationship-without-services")
async def relationship(peer: AskedPeer[Any]) -> None:
    """A Relationship has a Host at most, then a Hosted for each service."""
    answer, told = await _metadata(peer)
    require(bool(told.all("//wsdp:Relationship")), "no Relationship", "one", [answer])
    for each in told.all("//wsdp:Relationship"):
        require_order(answer, each, ("Host", "Hosted"), {"Host": (0, 1), "Hosted": (1, MANY)})


@check("dpws/relationship/hosted-children")
async def hosted_children(peer: AskedPeer[Any]) -> None:
    """Hosted has EndpointReference, Types and ServiceId, in this order."""
    answer, told = await _metadata(peer)
    for each in told.all("//wsdp:Hosted"):
        counts = {"EndpointReference": (1, MANY), "Types": (1, 1), "ServiceId": (1, 1)}
        require_order(answer, each, ("EndpointReference", "Types", "ServiceId"), counts)


@check("dpws/relationship/host-children")
async def host_children(peer: AskedPeer[Any]) -> None:
    """Host has EndpointReference, Types and ServiceId."""
    answer, told = await _metadata(peer)
    for each in told.all("//wsdp:Host"):
        counts = {"EndpointReference": (1, 1), "Types": (1, 1), "ServiceId": (1, 1)}
        require_order(answer, each, ("EndpointReference", "Types", "ServiceId"), counts)


@check("dpws/relationship/service-id-unique")
async def service_ids(peer: AskedPeer[Any]) -> None:
    """No two services have the same ServiceId, and each is a URI."""
    answer, told = await _metadata(peer)
    ids = [(each.text or "").strip() for each in told.all("//wsdp:Hosted/wsdp:ServiceId")]
    require(len(ids) == len(set(ids)), f"the ids {', '.join(ids)}", "one of its own for each", [answer])
    for each in ids:
        require(":" in each, f"ServiceId {each}", "a URI", [answer])


@check("dpws/metadata/string-length", "discovery/timing/max-field-size", "wsdapi/metadata/length-limits")
async def string_length(peer: AskedPeer[Any]) -> None:
    """Strings of the metadata have at most 256 characters."""
    answer, told = await _metadata(peer)
    for each in told.all("//wsdp:ThisModel/* | //wsdp:ThisDevice/*"):
        if each.tag.rpartition("}")[2] not in URLS:
            count = len(each.text or "")
            require(count <= 256, f"{count} characters", "at most 256", [answer], each)


@check("dpws/metadata/uri-length", "discovery/timing/max-uri-size")
async def uri_length(peer: AskedPeer[Any]) -> None:
    """URIs of the metadata have at most 2048 octets."""
    answer, told = await _metadata(peer)
    for each in told.root.iter():
        if isinstance(each.tag, str) and each.tag.rpartition("}")[2] in URLS:
            count = len((each.text or "").encode())
            require(count <= 2048, f"{count} octets", "at most 2048", [answer], each)


@check("dpws/metadata/below-32-kib", "discovery/timing/max-envelope-size")
async def metadata_size(peer: AskedPeer[Any]) -> str:
    """The metadata are below 32767 octets."""
    answer, _ = await _metadata(peer)
    count = len(answer.body)
    require(count <= 32767, f"{count} octets", "at most 32767", [answer])
    return f"{count} octets"


@check("dsp/address/type-of-an-emulated-server")
async def service_type(peer: ScanServerPeer) -> None:
    """Whether the service is of the type dsp:RepositoryProcessingServiceType."""
    answer, told = await _metadata(peer)
    names = [each for each in hosted_types(told) if each.namespace == DSP]
    wanted = Name(DSP, "RepositoryProcessingServiceType")
    require(wanted in names, f"the type {', '.join(map(str, names))}", str(wanted), [answer])


@check("dsp/address/two-hosted-services")
async def two_services(peer: ScanServerPeer) -> None:
    """Whether WS-DSP and WS-DSC are two hosted services."""
    answer, told = await _metadata(peer)
    spaces = {name.namespace for name in hosted_types(told)}
    require({DSP, DSC} <= spaces, "one of them alone", "both", [answer])


@check("notes/c-37/services-have-addresses-of-their-own")
async def two_addresses(peer: ScanServerPeer) -> None:
    """WS-DSP and WS-DSC have two addresses."""
    peer.require_configuration()
    answer, _ = await _metadata(peer)
    require(peer.service != peer.configuration, f"both at {peer.service}", "two addresses", [answer])
