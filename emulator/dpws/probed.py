"""Where one who answered a directed Probe, or told its metadata, can be asked further. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from emulator.dpws.discovery import ProbeMatch
from emulator.transport.url import read_url

MAX_ADDRESSES: Final = 8
"""Addresses at which Get is tried; a host has one or two."""


def may_be_followed(url: str, told_at: str) -> bool:
    """Whether `url`, told at another, is an HTTP URL that does not lead from a secure address to an open one."""
    there = read_url(url)
    if not there.host:
        return False
    return there.scheme == "https" or (there.scheme == "http" and read_url(told_at).scheme != "https")


def addresses_of(
    matches: Sequence[ProbeMatch], probed: str, usable: Callable[[str], bool]
) -> list[tuple[str, str]]:
    """Endpoint address (wsa:To) and URL, in the order in which Get is tried: every XAddr of every match, and at the
    end the URL that was probed, which is as good as any that is told: for each match that tells none, else for the
    first. `usable`: whether a URL may be asked; it is called once for each that is told."""
    found: dict[tuple[str, str], None] = {}
    silent = []
    for match in matches:
        told = [xaddr for xaddr in dict.fromkeys(match.xaddrs) if usable(xaddr)]
        found.update(dict.fromkeys((match.address, xaddr) for xaddr in told))
        silent += [] if told else [match.address]
    if not silent and probed not in (url for _, url in found):
        silent.append(matches[0].address if matches else probed)
    last = [(endpoint, probed) for endpoint in silent[: MAX_ADDRESSES // 2]]
    return [*list(found)[: MAX_ADDRESSES - len(last)], *last]
