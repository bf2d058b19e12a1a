"""What does not belong into a report: secrets never, names where the user says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from emulator.conformance.order import Order

SECRET_HEADERS: Final = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "www-authenticate"}
)
_USER_INFO: Final = re.compile(r"(?<=://)[^/@\s]+@")


class Redaction:
    """Takes names out of texts."""

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        """`names`: what is taken out -> what stands in its place."""
        self._names = dict(sorted((names or {}).items(), key=lambda item: -len(item[0])))

    @classmethod
    def of(cls, order: Order, url: str) -> Redaction:
        """User, scan process and host of a run."""
        user = order.user_name.partition("@")[0]
        names = {
            order.user: "[user's SID]",
            order.user_name: "[user]",
            user: "[user]",
            order.scan_process: "[scan process]",
            order.display_name: "[scan process]",
            **{name: "[scan process]" for each in order.others for name in (each.scan_process, each.display_name)},
        }
        return cls({**_of_host(url), **{name: shown for name, shown in names.items() if len(name) > 2}})

    @classmethod
    def of_host(cls, url: str) -> Redaction:
        """The host of a URL alone."""
        return cls(_of_host(url))

    def text(self, text: str) -> str:
        """A text without what does not belong there."""
        text = _USER_INFO.sub("", text)
        for name, shown in self._names.items():
            pattern = rf"(?<![\w.-]){re.escape(name)}(?![\w-])"
            text = shown.join(re.split(pattern, text, flags=re.IGNORECASE))
        return text

    def header(self, name: str, value: str) -> str:
        """The value of a header of HTTP."""
        return "[secret]" if name.lower() in SECRET_HEADERS else self.text(value)


def _of_host(url: str) -> dict[str, str]:
    host = urlsplit(url).hostname or ""
    return {host: "[host]"} if len(host) > 2 else {}
