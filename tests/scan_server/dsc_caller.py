"""A client of WS-DSC that is not ours: text templates, the standard library's HTTP client, lxml."""

from __future__ import annotations

import asyncio

from scan_server_bench import NAMESPACES, Answer, envelope, post

DSC = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/configuration"
NAMES = {**NAMESPACES, "dsc": DSC}


def texts(answer: Answer, path: str) -> list[str]:
    """Texts of all elements (or attributes) at an XPath that may name dsc."""
    found = answer.root.xpath(path, namespaces=NAMES)
    return [each if isinstance(each, str) else each.text or "" for each in found]


class DscCaller:
    """Calls the operations of one WS-DSC service."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def call(self, operation: str, body: str) -> Answer:
        """A message to the service; `body` may use the prefix dsc."""
        data = envelope(self.url, f"{DSC}/{operation}", body).replace(
            b"<soap:Envelope ", f'<soap:Envelope xmlns:dsc="{DSC}" '.encode()
        )
        return await asyncio.to_thread(post, self.url, data)

    async def repository(self, *names: str) -> Answer:
        """GetRepositoryElements."""
        asked = "".join(f"<dsc:Name>{name}</dsc:Name>" for name in names)
        inside = f"<dsc:RequestedElements>{asked}</dsc:RequestedElements>"
        return await self.call("GetRepositoryElements", _request("GetRepositoryElements", inside))

    async def elements(self, token: str, *names: str) -> Answer:
        """GetPostScanJobElements."""
        asked = "".join(f"<dsc:Name>{name}</dsc:Name>" for name in names)
        inside = f"<dsc:JobToken>{token}</dsc:JobToken><dsc:RequestedElements>{asked}</dsc:RequestedElements>"
        return await self.call("GetPostScanJobElements", _request("GetPostScanJobElements", inside))

    async def cancel(self, token: str) -> Answer:
        """CancelPostScanJob."""
        inside = f"<dsc:JobToken>{token}</dsc:JobToken>"
        return await self.call("CancelPostScanJob", _request("CancelPostScanJob", inside))

    async def jobs(self, operation: str) -> Answer:
        """GetActiveJobs or GetJobHistory."""
        return await self.call(operation, _request(operation, ""))


def _request(operation: str, inside: str) -> str:
    return f"<dsc:{operation}Request>{inside}</dsc:{operation}Request>"
