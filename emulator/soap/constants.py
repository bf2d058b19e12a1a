"""Namespaces and names of SOAP 1.2, WS-Addressing and XOP, each with its source."""

from __future__ import annotations

from typing import Final

# The law: [soap/envelope/namespace]
SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"  # SOAP 1.2 part 1, section 5
# The law: [addressing/namespace/of-2004-08]
WSA: Final = "http://schemas.xmlsoap.org/ws/2004/08/addressing"  # WS-Addressing 2004/08
XOP: Final = "http://www.w3.org/2004/08/xop/include"  # XOP 1.0, section 2.1
XML: Final = "http://www.w3.org/XML/1998/namespace"  # Namespaces in XML 1.0, section 3

# The law: [addressing/anonymous/address]
ANONYMOUS: Final = WSA + "/role/anonymous"  # WS-Addressing 2004/08, section 2
# The law: [clients/sane-airscan/fault-by-status-or-action] [addressing/action/of-a-fault]
FAULT_ACTION: Final = WSA + "/fault"  # WS-Addressing 2004/08, section 4

# The law: [addressing/namespace/of-2005-08]
WSA_2005: Final = "http://www.w3.org/2005/08/addressing"  # WS-Addressing 1.0; WS-Discovery 1.1 uses it
ANONYMOUS_2005: Final = WSA_2005 + "/anonymous"  # WS-Addressing 1.0 Core, section 2.1
FAULT_ACTION_2005: Final = WSA_2005 + "/fault"  # WS-Addressing 1.0 SOAP Binding, section 6
REPLY_2005: Final = WSA_2005 + "/reply"  # WS-Addressing 1.0 Core, section 3.1

SOAP_MEDIA_TYPE: Final = "application/soap+xml"  # SOAP 1.2 part 2, appendix A
SOAP_CONTENT_TYPE: Final = "application/soap+xml; charset=utf-8"  # [soap/http/content-type]
XOP_MEDIA_TYPE: Final = "application/xop+xml"  # XOP 1.0, section 5
# The law: [mtom/outer/multipart-related]
MULTIPART_RELATED: Final = "multipart/related"  # RFC 2387

MAX_ENVELOPE_BYTES: Final = 8 * 1024 * 1024
"""Largest envelope read, in bytes. DPWS 2006/02 Appendix I says 32767, but an image may come inline as
base64 instead of as an attachment, so the reader is more generous than any sender need be."""

MAX_XML_DEPTH: Final = 64
"""Deepest nesting read. The deepest message of DSM nests 14 elements; what is left is for vendors."""

MAX_XML_ELEMENTS: Final = 100_000
"""Most elements read in one document: some tenths of a second of work. The largest messages are the Documents of a
job with thousands of images, and ProbeMatches of a host with thousands of devices: four and seven elements each."""

MAX_REQUESTED_NAMES: Final = 100
"""Most names of elements that one request may ask for, and most ElementData of an answer; documented are at most
four. Each is answered, so that a long list would cost many times its own size."""
MAX_NOT_UNDERSTOOD: Final = 16
"""Most headers that a fault says are not understood, and MAX_TOLD_NAME the longest name of one: an answer is not
many times as long as what is asked."""
MAX_TOLD_NAME: Final = 2048

MAX_NAMESPACES: Final = 256
"""Most namespace prefixes in force at one element that are read. A message of DSM has about eight."""
