"""What the tests of the scan server share: an office, a server on a free port, and a client that is not ours.

Requests are text templates sent by the standard library's HTTP client; answers are taken apart by lxml alone.
"""

from __future__ import annotations

import asyncio
import http.client
import ssl
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from emulator.dsm.constants import DSP

SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
PSP = "http://schemas.microsoft.com/windows/2008/02/imaging/postscan/psp"
FILTER = "http://schemas.microsoft.com/windows/2007/10/imaging/postscan/filter"
NAMESPACES = {
    "soap": SOAP,
    "wsa": WSA,
    "dsp": DSP,
    "wsd": "http://schemas.xmlsoap.org/ws/2005/04/discovery",
    "wsdp": "http://schemas.xmlsoap.org/ws/2006/02/devprof",
    "wsx": "http://schemas.xmlsoap.org/ws/2004/09/mex",
}
SID = "S-1-5-21-1-2-3-1001"
PSP_ID = "C4F199C7-6876-4549-A86E-A85035952448"
SOAP_TYPE = "application/soap+xml; charset=utf-8"
PACKAGE_TYPE = (
    'multipart/related; type="application/xop+xml"; boundary="b1"; start="<root@x>"; '
    'start-info="application/soap+xml"'
)
IMAGE = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20

USERS = f"""
domain = "contoso.example"
default_user = "joe"
[[user]]
name = "joe"
sid = "{SID}"
groups = ["Staff"]
[[user]]
name = "ann"
sid = "{SID}2"
"""


def file_share(*shares: str) -> str:
    """psp:Filter of a file share filter."""
    unc = "".join(f"<f:ShareUNC>{share}</f:ShareUNC>" for share in shares)
    config = (
        f'<f:FileShareConfig xmlns:f="{FILTER}/fileshare"><f:FileShares>{unc}</f:FileShares></f:FileShareConfig>'
    )
    return _filter("fileshare", config)


def email(*addresses: str, can_add: bool = False) -> str:
    """psp:Filter of an e-mail filter. `can_add`: a device may add addresses."""
    each = "".join(f"<e:EmailAddress>{address}</e:EmailAddress>" for address in addresses)
    allowed = ' e:CanAddAddresses="true"' if can_add else ""
    config = f"<e:SendToScanUser>false</e:SendToScanUser><e:SendToAddresses{allowed}>{each}</e:SendToAddresses>"
    return _filter("email", f'<e:EmailConfig xmlns:e="{FILTER}/email">{config}</e:EmailConfig>')


EMAIL = (
    f"<psp:Filter><psp:Dialect>{FILTER}/email</psp:Dialect><psp:Instructions>"
    f'<e:EmailConfig xmlns:e="{FILTER}/email"><e:SendToScanUser>true</e:SendToScanUser></e:EmailConfig>'
    "</psp:Instructions></psp:Filter>"
)
SHAREPOINT = (
    f"<psp:Filter><psp:Dialect>{FILTER}/sharepoint</psp:Dialect><psp:Instructions>"
    f'<s:SharePointConfig xmlns:s="{FILTER}/sharepoint"><s:SaveToMySite>true</s:SaveToMySite></s:SharePointConfig>'
    "</psp:Instructions></psp:Filter>"
)
UNKNOWN = (
    "<psp:Filter><psp:Dialect>urn:example:fax</psp:Dialect><psp:Instructions>"
    '<x:Fax xmlns:x="urn:example:fax">123</x:Fax></psp:Instructions></psp:Filter>'
)


def _filter(name: str, config: str) -> str:
    return (
        f"<psp:Filter><psp:Dialect>{FILTER}/{name}</psp:Dialect><psp:Instructions>{config}</psp:Instructions>"
        "</psp:Filter>"
    )


def instructions(*filters: str, name: str = "Invoice", go_on: str = "") -> str:
    """Content of PostScanInstructions."""
    continue_ = f"<psp:ContinueOnError>{go_on}</psp:ContinueOnError>" if go_on else ""
    return (
        f"{continue_}<psp:DocumentRootName>{name}</psp:DocumentRootName>"
        f"<psp:FiltersToProcess>{''.join(filters)}</psp:FiltersToProcess>"
    )


PLAIN = instructions(file_share(r"\\files\In"))


def office(folder: Path, content: str = PLAIN, *, access: str = "[]", extensions: str = "") -> Path:
    """A folder directory with one scan process."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "users.toml").write_text(USERS, "utf-8")
    (folder / "p.toml").write_text(
        f'identifier = "{PSP_ID}"\ndisplay_name = "Test"\nserver_name = ""\naccess = {access}\npsp = "p.xml"\n',
        "utf-8",
    )
    (folder / "p.xml").write_text(
        f'<psp:PostScanProcess xmlns:psp="{PSP}"><psp:ScanRepository>scan.example</psp:ScanRepository>'
        '<psp:ScanTicket xmlns:w="http://schemas.microsoft.com/windows/2006/08/wdp/scan"><w:JobDescription>'
        "<w:JobName>n</w:JobName><w:JobOriginatingUserName>u</w:JobOriginatingUserName></w:JobDescription>"
        f"</psp:ScanTicket><psp:PostScanInstructions>{content}</psp:PostScanInstructions>{extensions}"
        "</psp:PostScanProcess>",
        "utf-8",
    )
    return folder


def envelope(to: str, action: str, body: str, headers: str = "") -> bytes:
    """A request as text."""
    namespaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    return (
        f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope {namespaces}><soap:Header><wsa:To>{to}</wsa:To>'
        f"<wsa:Action>{action}</wsa:Action><wsa:MessageID>urn:uuid:{uuid.uuid4()}</wsa:MessageID>{headers}"
        f"</soap:Header><soap:Body>{body}</soap:Body></soap:Envelope>"
    ).encode()


def token_request(operation: str, token: str) -> str:
    """Body of the operations that hold a JobToken alone."""
    return f"<dsp:{operation}Request><dsp:JobToken>{token}</dsp:JobToken></dsp:{operation}Request>"


def image_request(token: str, document_id: int | str = 1, format: str = "jfif", cid: str = "image@x") -> str:
    """Body of SendImage."""
    return (
        f"<dsp:SendImageRequest><dsp:JobToken>{token}</dsp:JobToken><dsp:DocumentDescription><dsp:DocumentId>"
        f"{document_id}</dsp:DocumentId><dsp:Format>{format}</dsp:Format></dsp:DocumentDescription><dsp:ImageData>"
        f'<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:{cid}"/></dsp:ImageData>'
        "</dsp:SendImageRequest>"
    )


def package(root: bytes, image: bytes = IMAGE, *, boundary: str = "b1") -> bytes:
    """Root part and one attachment."""
    return (
        f'--{boundary}\r\nContent-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"\r\n'
        "Content-Transfer-Encoding: binary\r\nContent-ID: <root@x>\r\n\r\n"
    ).encode() + root + (
        f"\r\n--{boundary}\r\nContent-Type: image/jpeg\r\nContent-Transfer-Encoding: binary\r\n"
        "Content-ID: <image@x>\r\n\r\n"
    ).encode() + image + f"\r\n--{boundary}--\r\n".encode()  # fmt: skip


@dataclass
class Answer:
    """Status and document of an answer."""

    status: int
    data: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> Any:
        return etree.fromstring(self.data)

    def text(self, path: str) -> str:
        """Text of the first element at an XPath with the usual prefixes."""
        found = self.root.xpath(path, namespaces=NAMESPACES)
        return "" if not found else (found[0] if isinstance(found[0], str) else found[0].text or "")

    @property
    def fault(self) -> tuple[str, str, str]:
        """Local names of code and subcode, and the text of the detail; '' where there is none."""
        return (
            self.text("//soap:Fault/soap:Code/soap:Value").rpartition(":")[2],
            self.text("//soap:Fault/soap:Code/soap:Subcode/soap:Value").rpartition(":")[2],
            "".join(self.root.xpath("//soap:Detail//text()", namespaces=NAMESPACES)),
        )


def post(url: str, body: bytes, content_type: str = SOAP_TYPE, tls: ssl.SSLContext | None = None) -> Answer:
    """One POST on a connection of its own. Blocks."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    if tls is not None:
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=60, context=tls)
    try:
        headers = {"Content-Type": content_type} if content_type else {}
        connection.request("POST", parts.path, body, headers)
        response = connection.getresponse()
        return Answer(response.status, response.read(), {k.lower(): v for k, v in response.getheaders()})
    finally:
        connection.close()


#: Not the loop's own threads: the server under test needs those.
_THREADS = ThreadPoolExecutor(24)


class Caller:
    """Calls the operations of one server."""

    def __init__(self, service_url: str, tls: ssl.SSLContext | None = None) -> None:
        self.url = service_url
        self._tls = tls

    async def raw(self, body: bytes, content_type: str = SOAP_TYPE) -> Answer:
        """Any octets."""
        return await asyncio.get_running_loop().run_in_executor(
            _THREADS, post, self.url, body, content_type, self._tls
        )

    async def call(self, operation: str, body: str) -> Answer:
        """A message to the service."""
        return await self.raw(envelope(self.url, f"{DSP}/{operation}", body))

    async def create(self, content: str = PLAIN, *, sid: str = SID, psp_id: str = PSP_ID) -> Answer:
        """CreatePostScanJob."""
        return await self.call(
            "CreatePostScanJob",
            f"<dsp:CreatePostScanJobRequest><dsp:UserIdentifier>{sid}</dsp:UserIdentifier><dsp:PSP_Identifier>"
            f'{psp_id}</dsp:PSP_Identifier><dsp:PostScanInstructions xmlns:psp="{PSP}">{content}'
            "</dsp:PostScanInstructions></dsp:CreatePostScanJobRequest>",
        )

    async def job(self, content: str = PLAIN, **options: str) -> str:
        """The token of a new job."""
        answer = await self.create(content, **options)
        assert answer.status == 200, answer.data
        return answer.text("//dsp:JobToken")

    async def send(
        self, token: str, document_id: int | str = 1, image: bytes = IMAGE, format: str = "jfif"
    ) -> Answer:
        """SendImage with an attachment."""
        root = envelope(self.url, f"{DSP}/SendImage", image_request(token, document_id, format))
        return await self.raw(package(root, image), PACKAGE_TYPE)

    async def with_token(self, operation: str, token: str) -> Answer:
        """EndPostScanJob or CancelPostScanJob."""
        return await self.call(operation, token_request(operation, token))

    async def elements(self, token: str, *names: str) -> Answer:
        """GetPostScanJobElements."""
        asked = "".join(f"<dsp:Name>{name}</dsp:Name>" for name in names or ("dsp:JobStatus",))
        return await self.call(
            "GetPostScanJobElements",
            f"<dsp:GetPostScanJobElementsRequest><dsp:JobToken>{token}</dsp:JobToken><dsp:RequestedElements>{asked}"
            "</dsp:RequestedElements></dsp:GetPostScanJobElementsRequest>",
        )

    async def ended(self, token: str, *, seconds: float = 60) -> Answer:
        """JobStatus once the state is final."""
        for _ in range(int(seconds * 50)):
            answer = await self.elements(token)
            if answer.text("//dsp:JobState") in ("Completed", "Aborted", "Canceled"):
                return answer
            await asyncio.sleep(0.02)
        raise AssertionError(f"not ended: {answer.data!r}")


def images_below(folder: Path) -> list[Path]:
    """Files of a store that anybody can see, without the server's own."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
