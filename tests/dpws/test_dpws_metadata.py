"""WS-Transfer Get and its answer: what we write, and what of others' writing is read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from emulator.dpws import constants, metadata
from emulator.dpws.metadata import HostedService, Metadata, ThisDevice, ThisModel
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import Message, read_envelope, write_envelope
from emulator.soap.fault import FaultError
from emulator.soap.reading import ContentError
from emulator.soap.xml import QName, XmlRefused

DSP = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing"
DSC = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/configuration"
NS = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "x": "http://schemas.xmlsoap.org/ws/2004/09/mex",
    "p": "http://schemas.xmlsoap.org/ws/2006/02/devprof",
}
SERVER = Metadata(
    ThisModel("Contoso", "Scan Server", "1", "http://contoso.example/"),
    ThisDevice("DSM1", "1.0", "42"),
    (
        HostedService("https://dsm1:5362/ScanServer/1", (QName(DSP, "RepositoryProcessingServiceType"),), "uri:1"),
        HostedService(
            "https://dsm1:5362/ScanServer/2",
            (QName(DSC, "RepositoryConfigurationServiceType"), QName("urn:v", "X")),
            "uri:2",
            ("https://[::1]:5362/ScanServer/2",),
        ),
    ),
    HostedService("urn:uuid:1", (constants.DEVICE_TYPE,), "uri:0"),
)


def over_the_wire(message: Message) -> tuple[Message, etree._Element]:
    data = write_envelope(message)
    received = read_envelope(data)
    assert not list(received.deviations)
    return received.message, etree.fromstring(data)


def test_get_has_an_empty_body_and_goes_to_the_endpoint_address() -> None:
    # The law: [dpws/get/request] [dpws/get/to-is-the-endpoint-address] [wsdapi/get/to-equals-endpoint-address]
    message, document = over_the_wire(metadata.get("urn:uuid:1"))
    assert message.action == "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
    assert message.to == "urn:uuid:1"
    body = document.find("s:Body", NS)
    assert body is not None and len(body) == 0 and not body.text


def test_metadata_comes_back_as_it_was_written(no_deviations: Deviations) -> None:
    # The law: [dpws/namespace/of-2006-02] [dpws/namespace/of-metadata] [dpws/namespace/of-windows-extensions]
    # The law: [dpws/metadata/container-id] [dpws/relationship/endpoint-for-each-address-family]
    # The law: [dpws/this-model/section] [dpws/this-model/children] [dpws/this-device/section]
    # The law: [dpws/this-device/children] [dpws/relationship/type] [dpws/relationship/children]
    # The law: [dpws/relationship/hosted-children] [dpws/relationship/host-children] [dpws/metadata/dialects]
    asked = metadata.get("urn:uuid:1")
    answer, document = over_the_wire(metadata.get_response(asked, SERVER, prefixes={DSP: "dsp", DSC: "dsc"}))
    assert answer.action == "http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse"
    assert answer.relates_to == asked.message_id
    assert metadata.read_metadata(answer, no_deviations) == SERVER
    assert [section.get("Dialect") for section in document.iterfind(".//x:MetadataSection", NS)] == [
        f"{NS['p']}/{name}" for name in ("ThisModel", "ThisDevice", "Relationship")
    ]
    types = [element.text for element in document.iterfind(".//p:Types", NS)]
    assert types[0] == "wsdp:Device"  # the literal prefix that some clients look for
    assert types[1] == "dsp:RepositoryProcessingServiceType"
    model = document.find(".//p:ThisModel", NS)
    assert model is not None
    assert [etree.QName(child).localname for child in model] == [
        "Manufacturer",
        "ManufacturerUrl",
        "ModelName",
        "ModelNumber",
    ]
    (relationship,) = document.iterfind(".//p:Relationship", NS)
    named = [etree.QName(child).localname for child in relationship]
    assert named == ["Host"] + ["Hosted"] * (len(named) - 1) and len(named) > 1
    for service in relationship:
        names = [etree.QName(child).localname for child in service if child.tag.startswith(f"{{{NS['p']}}}")]
        assert names == ["Types", "ServiceId"]
        assert etree.QName(service[0]).localname == "EndpointReference"


def test_the_dsp_service_is_the_one_with_a_type_in_the_dsp_namespace() -> None:
    # The law: [dsp/address/types-in-the-namespace] [notes/silent/dsp-service-by-namespace]
    other_name = HostedService("https://dsm1/9", (QName("urn:v", "X"), QName(DSP, "AnythingAtAll")), "uri:9")
    found = Metadata(hosted=(SERVER.hosted[1], other_name)).services_in(DSP)
    assert found == (other_name,)
    assert SERVER.hosted[1].addresses == ("https://dsm1:5362/ScanServer/2", "https://[::1]:5362/ScanServer/2")


def test_strings_are_cut_to_what_windows_takes() -> None:
    # The law: [dpws/metadata/string-length] [wsdapi/metadata/length-limits] [discovery/timing/max-field-size]
    answer = metadata.get_response(metadata.get("x"), Metadata(ThisModel("m" * 300, "n"), ThisDevice("f" * 255)))
    _, document = over_the_wire(answer)
    assert len(document.findtext(".//p:Manufacturer", "", NS)) < 256
    assert document.findtext(".//p:FriendlyName", "", NS) == "f" * 255


#: Prefixes of its own, several Relationships, languages, no Dialect, white space, vendors' elements, no ids.
FOREIGN = b"""<?xml version="1.0"?>
<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"
  xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:v="urn:vendor">
<e:Header><w:Action>http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse</w:Action>
<w:MessageID>urn:uuid:fb5ab95c-08ef-4cc2-8ec0-c4be667b1862</w:MessageID></e:Header>
<e:Body><m:Metadata xmlns:m="http://schemas.xmlsoap.org/ws/2004/09/mex">
<m:MetadataSection Dialect="urn:vendor"><v:Own>1</v:Own></m:MetadataSection>
<m:MetadataSection>
 <h:Relationship xmlns:h="http://schemas.xmlsoap.org/ws/2006/02/devprof" Type="x">
  <h:Hosted><w:EndpointReference><w:Address>http://a/dsc</w:Address></w:EndpointReference>
   <h:Types xmlns:c="http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/configuration">c:S</h:Types>
   <h:ServiceId>uri:c</h:ServiceId></h:Hosted>
  <h:Hosted><h:Types>v:Nowhere</h:Types><h:ServiceId>uri:n</h:ServiceId></h:Hosted>
 </h:Relationship></m:MetadataSection>
<m:MetadataSection Dialect="http://schemas.xmlsoap.org/ws/2006/02/devprof/Relationship">
 <Relationship xmlns="http://schemas.xmlsoap.org/ws/2006/02/devprof" Type="x">
  <Hosted>
   <w:EndpointReference><w:Address>
      https://dsm1:5362/ScanServer/4d15d73c
   </w:Address><w:ReferenceProperties><v:P/></w:ReferenceProperties></w:EndpointReference>
   <w:EndpointReference><w:Address>https://10.0.0.1:5362/ScanServer/4d15d73c</w:Address></w:EndpointReference>
   <Types xmlns:rp="http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing">
     v:Thing rp:WhateverItIsCalled </Types><v:CompatibleId/>
  </Hosted></Relationship></m:MetadataSection>
<m:MetadataSection><h:ThisModel xmlns:h="http://schemas.xmlsoap.org/ws/2006/02/devprof">
 <h:Manufacturer xml:lang="en">Contoso</h:Manufacturer><h:Manufacturer xml:lang="de">Kontoso</h:Manufacturer>
 </h:ThisModel></m:MetadataSection>
</m:Metadata></e:Body></e:Envelope>"""


def test_foreign_metadata_is_read_and_told() -> None:
    # The law: [wsdapi/get/several-relationships] [dpws/this-model/languages] [dpws/this-device/languages]
    received = read_envelope(FOREIGN)
    deviations = Deviations()
    found = metadata.read_metadata(received.message, deviations)
    (service,) = found.services_in(DSP)
    assert service.addresses == (
        "https://dsm1:5362/ScanServer/4d15d73c",
        "https://10.0.0.1:5362/ScanServer/4d15d73c",
    )
    assert service.types == (QName("urn:vendor", "Thing"), QName(DSP, "WhateverItIsCalled"))
    assert [hosted.service_id for hosted in found.hosted] == ["uri:c", ""]
    assert found.this_model == ThisModel("Contoso", "")
    assert found.this_device is None
    told = [(deviation.id, deviation.detail) for deviation in deviations]
    assert ("address-white-space", "") in told
    for missing in ("ThisDevice", "ModelName", "ServiceId", "EndpointReference/Address"):
        assert ("element-missing", missing) in told


@pytest.mark.parametrize("body", [None, etree.Element("Metadata"), etree.Element("{urn:x}html")])
def test_a_body_that_is_no_metadata_is_a_content_error(body: etree._Element | None) -> None:
    with pytest.raises(ContentError, match="Metadata"):
        metadata.read_metadata(Message("urn:x", body), Deviations())


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_message_gives_a_value_or_a_named_error(data: st.DataObject) -> None:
    message = bytearray(FOREIGN)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(message) - 1))
        length = data.draw(st.integers(0, 60))
        message[at : at + length] = data.draw(st.binary(max_size=20))
    try:
        received = read_envelope(bytes(message))
        found = metadata.read_metadata(received.message, received.deviations)
        assert all(service.address for service in found.hosted)
    except (XmlRefused, FaultError, ContentError):
        pass
