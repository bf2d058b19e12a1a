"""ProbeMatches whose document type declarations declare entities that expand."""

from __future__ import annotations


def with_entities(octets: bytes, entities: str, use: str) -> bytes:
    """A declaration in front, and a reference at the end of XAddrs."""
    head, found, rest = octets.partition(b"?>")
    before, rest = (head + found, rest) if found else (b"", octets)
    assert b"</wsd:XAddrs>" in rest
    return (
        before
        + f"<!DOCTYPE x [{entities}]>".encode()
        + rest.replace(b"</wsd:XAddrs>", use.encode() + b"</wsd:XAddrs>")
    )


def of_text(octets: bytes) -> bytes:
    """A few kilobytes that become a million characters."""
    one, many = "x" * 1000, "&a;" * 1000
    return with_entities(octets, f'<!ENTITY a "{one}"><!ENTITY b "{many}">', "&b;")


def of_elements(octets: bytes) -> bytes:
    """Some hundred octets that become a million elements."""
    levels = ['<!ENTITY a0 "<x/><x/><x/><x/><x/><x/><x/><x/><x/><x/>">']
    levels += [f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 6)]
    return with_entities(octets, "".join(levels), "&a5;")
