"""Messages written by hand and sent by the standard library's HTTP client: nothing of ours in between."""

from __future__ import annotations

import http.client
import socket
import uuid
from urllib.parse import urlsplit

DSP = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing"
FSF = "http://schemas.microsoft.com/windows/2007/10/imaging/postscan/filter/fileshare"
BOUNDARY = "MIMEBoundary-5f0d"
PACKAGE_TYPE = (
    f'multipart/related; type="application/xop+xml"; boundary="{BOUNDARY}"; '
    'start="<0.root@device.example>"; start-info="application/soap+xml"'
)
CREATE = (
    "<dsp:CreatePostScanJobRequest><dsp:UserIdentifier>S-1-5-21-1</dsp:UserIdentifier>"
    "<dsp:PSP_Identifier>C4F199C7-6876-4549-A86E-A85035952448</dsp:PSP_Identifier>"
    '<dsp:PostScanInstructions xmlns:psp="http://schemas.microsoft.com/windows/2008/02/imaging/postscan/psp">'
    "<psp:DocumentRootName>Invoice</psp:DocumentRootName><psp:FiltersToProcess><psp:Filter>"
    f'<psp:Dialect>{FSF}</psp:Dialect><psp:Instructions><f:FileShareConfig xmlns:f="{FSF}"/></psp:Instructions>'
    "</psp:Filter></psp:FiltersToProcess></dsp:PostScanInstructions></dsp:CreatePostScanJobRequest>"
)


def envelope(to: str, operation: str, body: str) -> bytes:
    """A request with prefixes of its own."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
        f'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:dsp="{DSP}" '
        f'xmlns:xop="http://www.w3.org/2004/08/xop/include"><s:Header><a:To>{to}</a:To>'
        f"<a:Action>{DSP}/{operation}</a:Action><a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID>"
        "<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address>"
        f"</a:ReplyTo></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def send_image(to: str, token: str, document_id: int) -> bytes:
    """A SendImage request that names the attachment of `package`."""
    return envelope(
        to,
        "SendImage",
        f"<dsp:SendImageRequest><dsp:JobToken>{token}</dsp:JobToken><dsp:DocumentDescription>"
        f"<dsp:DocumentId>{document_id}</dsp:DocumentId><dsp:Format>png</dsp:Format></dsp:DocumentDescription>"
        '<dsp:ImageData><xop:Include href="cid:1.image@device.example"/></dsp:ImageData></dsp:SendImageRequest>',
    )


def package(root: bytes, attachment: bytes) -> bytes:
    """Root part and attachment (layout: dpws.md section 7)."""
    return b"".join(
        (
            f'--{BOUNDARY}\r\nContent-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"\r\n'
            "Content-Transfer-Encoding: binary\r\nContent-ID: <0.root@device.example>\r\n\r\n".encode(),
            root,
            f"\r\n--{BOUNDARY}\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n"
            "Content-ID: <1.image@device.example>\r\n\r\n".encode(),
            attachment,
            f"\r\n--{BOUNDARY}--\r\n".encode(),
        )
    )


def post(
    url: str, body: bytes, content_type: str = "application/soap+xml; charset=utf-8", *, half_close: bool = False
) -> tuple[int, str]:
    """POST on a connection of its own; status and body of the answer. `half_close`: nothing more comes from us,
    and the server may close without an answer (status 0)."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request("POST", parts.path, body, {"Content-Type": content_type})
        if half_close:
            connection.sock.shutdown(socket.SHUT_WR)
        response = connection.getresponse()
        return response.status, response.read().decode("utf-8", "replace")
    except http.client.RemoteDisconnected:
        if not half_close:
            raise
        return 0, ""
    finally:
        connection.close()


def post_package(url: str, body: bytes, *, half_close: bool = False) -> tuple[int, str]:
    """POST a package."""
    return post(url, body, PACKAGE_TYPE, half_close=half_close)
