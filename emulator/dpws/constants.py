"""Namespaces, actions and limits of WS-Discovery, DPWS, WS-Transfer and WS-Eventing, each with its source."""

from __future__ import annotations

from typing import Final

from emulator.soap.xml import QName

# The law: [discovery/namespace/of-2005-04]
WSD: Final = "http://schemas.xmlsoap.org/ws/2005/04/discovery"  # WS-Discovery 2005/04
# The law: [dpws/namespace/of-2006-02]
WSDP: Final = "http://schemas.xmlsoap.org/ws/2006/02/devprof"  # DPWS 2006/02
# The law: [discovery/namespace/of-2009-01]
WSD_2009: Final = "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01"  # WS-Discovery 1.1
# The law: [dpws/namespace/of-2009-01]
DPWS_2009: Final = "http://docs.oasis-open.org/ws-dd/ns/dpws/2009/01"  # DPWS 1.1
# The law: [dpws/namespace/of-metadata]
WXF: Final = "http://schemas.xmlsoap.org/ws/2004/09/transfer"  # WS-Transfer 2004/09
# The law: [dpws/namespace/of-metadata]
WSX: Final = "http://schemas.xmlsoap.org/ws/2004/09/mex"  # WS-MetadataExchange 2004/09
# The law: [eventing/namespace/of-2004-08]
WSE: Final = "http://schemas.xmlsoap.org/ws/2004/08/eventing"  # WS-Eventing 2004/08
# The law: [dpws/namespace/of-windows-extensions]
PNPX: Final = "http://schemas.microsoft.com/windows/pnpx/2005/10"  # PnP-X: how Windows installs a device
# The law: [dpws/namespace/of-windows-extensions]
DF: Final = "http://schemas.microsoft.com/windows/2008/09/devicefoundation"  # device containers of Windows

PREFIXES: Final = {WSD: "wsd", WSDP: "wsdp", DPWS_2009: "dpws", WSX: "wsx", WSE: "wse", PNPX: "pnpx", DF: "df"}
"""The prefixes of docs/protocol/dpws.md section 1: some clients match the literal text `wsdp:Device`.
[clients/wsd-python/types-as-text] [discovery/types/usual-prefixes]"""

PROBE: Final = WSD + "/Probe"  # WS-Discovery 2005/04, section 5.2
PROBE_MATCHES: Final = WSD + "/ProbeMatches"  # WS-Discovery 2005/04, section 5.3
RESOLVE_MATCHES: Final = WSD + "/ResolveMatches"  # WS-Discovery 2005/04, section 6.3
# The law: [discovery/hello/to-the-discovery-urn] [discovery/probe/to-the-discovery-urn]
# The law: [discovery/bye/to-the-discovery-urn] [discovery/resolve/to-the-discovery-urn]
DISCOVERY_TO: Final = "urn:schemas-xmlsoap-org:ws:2005:04:discovery"  # WS-Discovery 2005/04, section 2.4
DISCOVERY_TO_2009: Final = "urn:docs-oasis-open-org:ws-dd:ns:discovery:2009:01"  # WS-Discovery 1.1, 3.1.1
# The law: [discovery/multicast/groups-and-port]
DISCOVERY_PORT: Final = 3702  # WS-Discovery 2005/04, section 2.4; UDP
DISCOVERY_GROUP_IPV4: Final = "239.255.255.250"  # [discovery/multicast/groups-and-port]
DISCOVERY_GROUP_IPV6: Final = "ff02::c"  # [discovery/multicast/groups-and-port]

# The law: [dpws/get/request]
GET: Final = WXF + "/Get"  # WS-Transfer 2004/09, section 3.1
GET_RESPONSE: Final = WXF + "/GetResponse"  # [dpws/get/response]
GET_METADATA: Final = WSX + "/GetMetadata/Request"  # WS-MetadataExchange 2004/09, section 4.1
GET_METADATA_RESPONSE: Final = WSX + "/GetMetadata/Response"
# The law: [dpws/metadata/large-metadata-support]
LARGE_METADATA_SUPPORT: Final = QName(  # MS-DPWSSN: the client takes metadata of any size
    "http://schemas.microsoft.com/windows/dpws/LargeMetadataSupport/2007/08", "LargeMetadataSupport"
)
WSDL_DIALECT: Final = "http://schemas.xmlsoap.org/wsdl/"  # WS-MetadataExchange 2004/09, section 3: WSDL 1.1

SUBSCRIBE: Final = WSE + "/Subscribe"  # WS-Eventing 2004/08, section 3.1
RENEW: Final = WSE + "/Renew"  # WS-Eventing 2004/08, section 3.2
GET_STATUS: Final = WSE + "/GetStatus"  # WS-Eventing 2004/08, section 3.3
UNSUBSCRIBE: Final = WSE + "/Unsubscribe"  # WS-Eventing 2004/08, section 3.4
SUBSCRIPTION_END: Final = WSE + "/SubscriptionEnd"  # WS-Eventing 2004/08, section 3.5
# The law: [eventing/fault/action]
EVENTING_FAULT: Final = WSE + "/fault"  # WS-Eventing 2004/08, section 6
# The law: [eventing/delivery/push]
PUSH: Final = WSE + "/DeliveryModes/Push"  # WS-Eventing 2004/08, section 3.1: the mode where none is named
# The law: [eventing/subscription-end/status]
DELIVERY_FAILURE: Final = WSE + "/DeliveryFailure"  # WS-Eventing 2004/08, section 3.5: status of an end
SOURCE_SHUTTING_DOWN: Final = WSE + "/SourceShuttingDown"
SOURCE_CANCELING: Final = WSE + "/SourceCanceling"
# The law: [eventing/filter/dialect]
ACTION_DIALECT: Final = WSDP + "/Action"  # DPWS 2006/02, section 6.1.2: filter by a list of actions
XPATH_DIALECT: Final = "http://www.w3.org/TR/1999/REC-xpath-19991116"
"""What a filter is in that names no dialect (WS-Eventing 2004/08, section 3.1)."""
# The law: [eventing/fault/action]
DPWS_FAULT: Final = WSDP + "/fault"  # DPWS 2006/02, appendix II: action of its own faults
IDENTIFIER: Final = QName(WSE, "Identifier")  # WS-Eventing 2004/08, section 3.1: which subscription is meant

# The law: [dpws/metadata/dialects]
THIS_MODEL: Final = WSDP + "/ThisModel"  # DPWS 2006/02, section 5.1: dialects of metadata sections
THIS_DEVICE: Final = WSDP + "/ThisDevice"
RELATIONSHIP: Final = WSDP + "/Relationship"
# The law: [dpws/relationship/type]
HOST: Final = WSDP + "/host"  # DPWS 2006/02, section 5.2: type of the relationship

DEVICE_TYPE: Final = QName(WSDP, "Device")
"""Stands among the Types of every device: Windows needs it (WSDAPI). [discovery/types/wsdp-device]
[wsdapi/discovery/wsdp-device]"""
DEVICE_TYPE_2009: Final = QName(DPWS_2009, "Device")
"""The same in DPWS 1.1."""

# The law: [dpws/metadata/device-category]
DEVICE_CATEGORY: Final = QName(PNPX, "DeviceCategory")  # in ThisModel; WSD-python refuses a device without it
# The law: [dpws/hosted/compatible-id]
COMPATIBLE_ID: Final = QName(PNPX, "CompatibleId")  # in Hosted: what Windows finds a driver by
HARDWARE_ID: Final = QName(PNPX, "HardwareId")  # [dpws/hosted/hardware-id]
# The law: [dpws/metadata/container-id] [notes/c-05/container-id-in-braces] [notes/c-32/container-id-dialect]
CONTAINER_ID: Final = QName(DF, "ContainerId")  # in ThisDevice; Windows 10 derives it from the EPR instead

STABLE_DISCOVERY_PATH: Final = "/StableWSDiscoveryEndpoint/schemas-xmlsoap-org_ws_2005_04_discovery"
"""Where a directed Probe finds any WSDAPI host, whatever its metadata path (WSDAPI).
[discovery/directed/stable-endpoint]"""

# The law: [discovery/match/default-rule]
MATCH_RFC2396: Final = WSD + "/rfc2396"  # WS-Discovery 2005/04, section 5.1: rules for scopes
MATCH_UUID: Final = WSD + "/uuid"
MATCH_LDAP: Final = WSD + "/ldap"
MATCH_STRCMP0: Final = WSD + "/strcmp0"
# The law: [discovery/match/default-rule]
MATCH_RFC3986_2009: Final = WSD_2009 + "/rfc3986"  # WS-Discovery 1.1, section 5.1
MATCH_UUID_2009: Final = WSD_2009 + "/uuid"
MATCH_LDAP_2009: Final = WSD_2009 + "/ldap"
MATCH_STRCMP0_2009: Final = WSD_2009 + "/strcmp0"
MATCH_NONE_2009: Final = WSD_2009 + "/none"

MAX_FIELD_SIZE: Final = 256
"""Characters of a metadata string (DPWS 2006/02, appendix I; WSDAPI enforces it).
[discovery/timing/max-field-size] [dpws/metadata/string-length] [wsdapi/metadata/length-limits]"""
MAX_URI_SIZE: Final = 2048
"""Octets of a URI (DPWS 2006/02, appendix I). [discovery/timing/max-uri-size] [dpws/metadata/uri-length]"""
MAX_LIST: Final = 256
"""Entries of a list (types, scopes, addresses, matches, services) that are read; the rest is ignored.
No document gives a number; a device has a handful."""
MAX_DATAGRAM: Final = 32767
"""Octets of a datagram that are read: MAX_ENVELOPE_SIZE of DPWS 2006/02, appendix I.
[discovery/timing/max-envelope-size] [soap/udp/size]"""
MAX_SENT_DATAGRAM: Final = 4096
"""Octets of a datagram that are sent: WSD-python reads no more of one.
[clients/wsd-python/datagrams-of-4096-octets] [clients/all/what-a-device-emits]"""
MAX_MESSAGE_ID: Final = 256
"""Characters of a MessageID that is answered; it comes back in RelatesTo. A `urn:uuid:` has 45."""
MAX_REFERENCE: Final = 16 * 1024
"""Octets of the reference parameters and properties of one endpoint reference that are taken; they are kept, and
come back with every event. No document gives a number; a client has one parameter of some 100 octets."""
MAX_FILTER: Final = 16 * 1024
"""Characters of a filter that are read. WS-Scan has nine events, whose actions have some 80 characters each."""
