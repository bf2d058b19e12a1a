"""WS-Transfer Get and the metadata that answers it (DPWS 2006/02, section 5), both ways."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lxml import etree

from emulator.dpws.constants import (
    GET,
    GET_RESPONSE,
    HOST,
    MAX_FIELD_SIZE,
    MAX_LIST,
    PREFIXES,
    RELATIONSHIP,
    THIS_DEVICE,
    THIS_MODEL,
    WSDP,
    WSX,
)
from emulator.dpws.eventing.reference import REFERENCE_SETS, EndpointReference
from emulator.dpws.lists import prefix_map, read_address, read_qnames, write_qnames
from emulator.soap import envelope
from emulator.soap.constants import WSA
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import Message
from emulator.soap.fault import xml_text
from emulator.soap.reading import ContentError, Cursor
from emulator.soap.xml import QName, local_name, namespace_of, place


@dataclass(frozen=True, slots=True)
class Extension:
    """A text element of another namespace at the end of ThisModel, ThisDevice or Hosted (their extension point)."""

    name: QName
    text: str


@dataclass(frozen=True, slots=True)
class ThisModel:
    """The model. Written are all fields but empty URLs: clients refuse a device without names or number.
    [dpws/this-model/section] [dpws/metadata/every-field]"""

    manufacturer: str
    model_name: str
    model_number: str = ""
    manufacturer_url: str = ""
    model_url: str = ""
    presentation_url: str = ""
    more: tuple[Extension, ...] = ()
    """Elements of other namespaces, as pnpx:DeviceCategory."""


@dataclass(frozen=True, slots=True)
class ThisDevice:
    """The one device. [dpws/this-device/section] [dpws/this-device/children]"""

    friendly_name: str
    firmware_version: str = ""
    serial_number: str = ""
    more: tuple[Extension, ...] = ()
    """Elements of other namespaces, as df:ContainerId."""


@dataclass(frozen=True, slots=True)
class HostedService:
    """A service of the host (or the host itself): where it is and of what types.

    `more_addresses`: further endpoint references, as a service on several address families has them.
    [dpws/relationship/service-id-unique]"""

    address: str
    types: tuple[QName, ...]
    service_id: str
    more_addresses: tuple[str, ...] = ()
    more: tuple[Extension, ...] = ()
    """Elements of other namespaces, as pnpx:CompatibleId and pnpx:HardwareId."""
    parameters: tuple[tuple[str, tuple[bytes, ...]], ...] = ()
    """Addresses whose endpoint references have reference properties or parameters, with these: the XML of header
    blocks that go with every message to the address (WS-Addressing 2004/08, section 2.3)."""

    def parameters_of(self, address: str) -> tuple[bytes, ...]:
        """Those of one address."""
        return dict(self.parameters).get(address, ())

    @property
    def addresses(self) -> tuple[str, ...]:
        """All endpoint addresses, in the order written."""
        return (self.address, *self.more_addresses)

    def has_type_in(self, namespace: str) -> bool:
        """Whether one of the types is in `namespace`, whatever its local name."""
        return any(name.namespace == namespace for name in self.types)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a host says of itself. `host` is None where it does not describe itself as a service."""

    this_model: ThisModel | None = None
    this_device: ThisDevice | None = None
    hosted: tuple[HostedService, ...] = ()
    host: HostedService | None = None

    def services_in(self, namespace: str) -> tuple[HostedService, ...]:
        """Hosted services with a type in `namespace` (docs/protocol/dsm.md 3: that is how WS-DSP is found)."""
        return tuple(service for service in self.hosted if service.has_type_in(namespace))


def get(to: str) -> Message:
    """A WS-Transfer Get for the endpoint address `to` (WSDAPI hosts refuse another To).
    [dpws/get/request] [dpws/get/to-is-the-endpoint-address] [wsdapi/get/to-equals-endpoint-address]"""
    return envelope.request(GET, to, None)


def get_response(
    asked: Message, metadata: Metadata, *, prefixes: Mapping[str, str] | None = None, action: str = GET_RESPONSE
) -> Message:
    """The answer to a Get. `prefixes`: namespace -> prefix wanted in Types; `action`: of the response, for the
    operation of another document that is answered with the same metadata.
    [dpws/get/response] [dpws/metadata/dialects] [wsdapi/get/this-model-and-this-device]
    [wsdapi/get/no-relationship-without-services]"""
    services = (*((metadata.host,) if metadata.host else ()), *metadata.hosted)
    declared = prefix_map((name for service in services for name in service.types), prefixes or {})
    root = etree.Element(f"{{{WSX}}}Metadata", nsmap={"wsx": WSX, "wsdp": WSDP, "wsa": WSA, **declared})
    if metadata.this_model is not None:
        _write_model(_section(root, THIS_MODEL), metadata.this_model)
    if metadata.this_device is not None:
        device = etree.SubElement(_section(root, THIS_DEVICE), f"{{{WSDP}}}ThisDevice")
        _add(device, "FriendlyName", metadata.this_device.friendly_name)
        _add(device, "FirmwareVersion", metadata.this_device.firmware_version)
        _add(device, "SerialNumber", metadata.this_device.serial_number)
        _write_more(device, metadata.this_device.more)
    if services:
        relationship = etree.SubElement(_section(root, RELATIONSHIP), f"{{{WSDP}}}Relationship")
        relationship.set("Type", HOST)
        if metadata.host is not None:
            _write_service(relationship, "Host", metadata.host, declared)
        for service in metadata.hosted:
            _write_service(relationship, "Hosted", service, declared)
    return envelope.response(asked, root, action)


def _section(root: etree._Element, dialect: str) -> etree._Element:
    section = etree.SubElement(root, f"{{{WSX}}}MetadataSection")
    section.set("Dialect", dialect)
    return section


def _add(parent: etree._Element, name: str, text: str) -> None:
    """A string, cut to what WSDAPI accepts; an empty optional one is left out.
    [dpws/metadata/string-length]"""
    if text:
        etree.SubElement(parent, f"{{{WSDP}}}{name}").text = text[: MAX_FIELD_SIZE - 1]


def _write_model(section: etree._Element, model: ThisModel) -> None:
    # The law: [dpws/this-model/children] [clients/wsd-python/full-metadata] [clients/go-mfp/full-metadata]
    element = etree.SubElement(section, f"{{{WSDP}}}ThisModel")
    _add(element, "Manufacturer", model.manufacturer)
    _add(element, "ManufacturerUrl", model.manufacturer_url)
    _add(element, "ModelName", model.model_name)
    _add(element, "ModelNumber", model.model_number)
    _add(element, "ModelUrl", model.model_url)
    _add(element, "PresentationUrl", model.presentation_url)
    _write_more(element, model.more)


def _write_more(parent: etree._Element, more: Iterable[Extension]) -> None:
    for extension in more:
        # Declared here, by the name that PnP-X documents print: a reader may look for the literal text.
        name = extension.name
        prefix = PREFIXES.get(name.namespace)
        element = etree.SubElement(parent, name.clark, nsmap={prefix: name.namespace} if prefix else None)
        element.text = xml_text(extension.text)[: MAX_FIELD_SIZE - 1]


def _read_more(cursor: Cursor) -> tuple[Extension, ...]:
    """The text elements of other namespaces; what holds elements itself is passed over."""
    found: list[Extension] = []
    for child in cursor.element:
        namespace = namespace_of(child) if isinstance(child.tag, str) else ""
        if namespace and namespace not in (WSDP, WSA) and not len(child) and len(found) < MAX_LIST:
            text = (child.text or "").strip()[:MAX_FIELD_SIZE]
            found.append(Extension(QName(namespace, local_name(child)), text))
    return tuple(found)


def _write_service(parent: etree._Element, name: str, service: HostedService, declared: Mapping[str, str]) -> None:
    # The law: [dpws/relationship/hosted-children] [dpws/relationship/host-children]
    # The law: [dpws/relationship/children] [dpws/relationship/endpoint-for-each-address-family]
    # The law: [clients/wsd-python/service-id] [clients/sane-airscan/hosted-service]
    # The law: [clients/sane-airscan/all-hosted-endpoints]
    element = etree.SubElement(parent, f"{{{WSDP}}}{name}")
    for address in service.addresses:
        reference = etree.SubElement(element, f"{{{WSA}}}EndpointReference")
        etree.SubElement(reference, f"{{{WSA}}}Address").text = address
    etree.SubElement(element, f"{{{WSDP}}}Types").text = write_qnames(service.types, declared)
    etree.SubElement(element, f"{{{WSDP}}}ServiceId").text = service.service_id
    _write_more(element, service.more)


def read_metadata(message: Message, deviations: Deviations) -> Metadata:
    """The metadata in a GetResponse. Raises ContentError when the body is none.

    Sections are told by their content, so a missing or foreign Dialect does no harm; several
    Relationship sections are joined; a missing ThisModel or ThisDevice is noted.
    [wsdapi/get/several-relationships] [dpws/relationship/type]"""
    body = message.body
    if body is None:
        raise ContentError("Metadata", "the Body is empty")
    if local_name(body) != "Metadata" or namespace_of(body) != WSX:
        raise ContentError("Metadata", f"the Body holds {local_name(body)}")
    model: ThisModel | None = None
    device: ThisDevice | None = None
    host: HostedService | None = None
    hosted: list[HostedService] = []
    for section in Cursor(body, (WSX,), deviations).children("MetadataSection"):
        content = Cursor(section.element, (WSDP,), deviations)
        if model is None and (element := content.child("ThisModel")) is not None:
            model = _read_model(element)
        if device is None and (element := content.child("ThisDevice")) is not None:
            device = _read_device(element)
        for relationship in content.children("Relationship"):
            own = relationship.child("Host")
            host = host or (None if own is None else _read_service(own))
            for element in relationship.children("Hosted"):
                service = _read_service(element)
                if service is not None and len(hosted) < MAX_LIST:
                    hosted.append(service)
    for name, found in (("ThisModel", model), ("ThisDevice", device)):
        if found is None:
            deviations.note("element-missing", place(body), name)
    return Metadata(model, device, tuple(hosted), host)


def _text(parent: Cursor, name: str) -> str:
    """The first of several language versions; '' where there is none.
    [dpws/this-model/languages] [dpws/this-device/languages]"""
    first = next(parent.children(name), None)
    if first is None:
        return ""
    text = first.text(max_length=MAX_FIELD_SIZE).strip()
    return text[:MAX_FIELD_SIZE]


def _read_model(cursor: Cursor) -> ThisModel:
    for name in ("Manufacturer", "ModelName"):
        if next(cursor.children(name), None) is None:
            cursor.deviations.note("element-missing", place(cursor.element), name)
    return ThisModel(
        _text(cursor, "Manufacturer"),
        _text(cursor, "ModelName"),
        _text(cursor, "ModelNumber"),
        read_address(cursor.child("ManufacturerUrl")),
        read_address(cursor.child("ModelUrl")),
        read_address(cursor.child("PresentationUrl")),
        _read_more(cursor),
    )


def _read_device(cursor: Cursor) -> ThisDevice:
    if next(cursor.children("FriendlyName"), None) is None:
        cursor.deviations.note("element-missing", place(cursor.element), "FriendlyName")
    return ThisDevice(
        _text(cursor, "FriendlyName"),
        _text(cursor, "FirmwareVersion"),
        _text(cursor, "SerialNumber"),
        _read_more(cursor),
    )


def _read_service(cursor: Cursor) -> HostedService | None:
    """A Host or Hosted; None (and noted) where it has no address."""
    references = Cursor(cursor.element, (WSA,), cursor.deviations).children("EndpointReference")
    found = [each for reference in references if (each := _read_reference(reference)) is not None][:MAX_LIST]
    addresses = [address for address, _ in found]
    if not addresses:
        cursor.deviations.note("element-missing", place(cursor.element), "EndpointReference/Address")
        return None
    service_id = cursor.child("ServiceId")
    if service_id is None:
        cursor.deviations.note("element-missing", place(cursor.element), "ServiceId")
    return HostedService(
        addresses[0],
        read_qnames(cursor.child("Types")),
        read_address(service_id),
        tuple(addresses[1:]),
        _read_more(cursor),
        tuple((address, parameters) for address, parameters in found if parameters),
    )


def _read_reference(reference: Cursor) -> tuple[str, tuple[bytes, ...]] | None:
    """Address and parameters; None where there is no address, and, noted, where the parameters cannot go with a
    message: without them the address means something else."""
    address = read_address(reference.child("Address"))
    if not address:
        return None
    if not any(reference.child(name) is not None for name in REFERENCE_SETS):
        return address, ()
    try:
        parameters = EndpointReference.read(reference.element, reference.deviations).parameters
    except ContentError as error:
        reference.deviations.note("reference-header", place(reference.element), str(error))
        return None
    return address, tuple(etree.tostring(each) for each in parameters)
