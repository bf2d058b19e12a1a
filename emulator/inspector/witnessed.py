"""What the witness sees of what a search has brought, beside our own reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emulator.dpws.findings import Found, KeptDatagram
from emulator.witness.witness import Reading, Seen, readings_of


@dataclass(frozen=True, slots=True)
class WitnessWord:
    """What it says of one target, or of a datagram that is none of ours."""

    source: str
    """IP address that the datagram came from."""
    reading: Reading
    differs: tuple[str, ...] = ()
    """In what it sees otherwise than we do: address, types, scopes, xaddrs, metadata_version."""

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {"source": self.source, **self.reading.as_dict(), "differs": list(self.differs)}

    def __str__(self) -> str:
        if self.reading.problem:
            return _line(self.reading.problem)
        if not self.differs:
            return "sees the same"
        (seen, *_) = self.reading.sees
        told = {name: getattr(seen, name) for name in self.differs}
        texts = {name: value if isinstance(value, str) else " ".join(value) for name, value in told.items()}
        return _line("sees otherwise: " + "; ".join(f"{name} {text or 'none'}" for name, text in texts.items()))


async def witnessed(
    found: Sequence[Found], datagrams: Sequence[KeptDatagram]
) -> tuple[dict[str, WitnessWord], list[WitnessWord]]:
    """Its word on each target, by endpoint address, by the first datagram that tells of it; and on what we do not
    read as an answer."""
    readings = await readings_of([(each.octets, each.source) for each in datagrams])
    words: dict[str, WitnessWord] = {}
    others: list[WitnessWord] = []
    for each, reading in zip(datagrams, readings, strict=True):
        if not each.addresses:
            others.append(WitnessWord(each.source, reading))
        for one in found:
            if one.match.address in each.addresses and one.match.address not in words:
                words[one.match.address] = _word(one, each.source, reading)
    for one in found:
        words.setdefault(one.match.address, WitnessWord(one.source, Reading(problem="it was not shown to it")))
    return words, others


def _word(found: Found, source: str, reading: Reading) -> WitnessWord:
    match = found.match
    seen = next((each for each in reading.sees if each.address == match.address), None)
    if seen is None:
        return WitnessWord(source, reading, () if reading.problem else ("address",))
    ours = Seen(
        match.address,
        tuple(each.clark for each in match.types),
        tuple(match.scopes),
        tuple(match.xaddrs),
        str(match.metadata_version),
    )
    alike = Reading((seen, *(each for each in reading.sees if each is not seen)), reading.problem)
    return WitnessWord(source, alike, differences(seen, ours))


def differences(seen: Seen, ours: Seen) -> tuple[str, ...]:
    """Names of what two readings differ in; the order of types, scopes and URLs does not count, and a URL that
    another answer of the same target has brought is no difference."""
    found = [name for name in ("types", "scopes") if set(getattr(seen, name)) != set(getattr(ours, name))]
    if not set(seen.xaddrs) <= set(ours.xaddrs) or (ours.xaddrs and not seen.xaddrs):
        found.append("xaddrs")
    if seen.metadata_version != ours.metadata_version:
        found.append("metadata_version")
    return tuple(found)


def _line(text: str) -> str:
    """Text of a peer on one line, without what could play with a terminal."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:1000]
