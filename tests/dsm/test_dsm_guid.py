"""GUIDs as DSM writes them."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.dsm.guid import format_guid, from_octets, parse_guid, to_octets

TEXT = "C4F199C7-6876-4549-A86E-A85035952448"


@pytest.mark.parametrize("text", [TEXT, TEXT.lower(), f"{{{TEXT}}}", f"  {TEXT}\n", "c4f199C7-6876-4549-a86E-A85035952448"])  # fmt: skip  # noqa: E501
def test_a_guid_is_read_in_every_form_of_the_documents(text: str) -> None:
    # The law: [dsp/create-post-scan-job/psp-identifier-compared-as-guid]
    # The law: [dsp/create-post-scan-job/psp-identifier-as-text] [notes/c-05/psp-identifier-compared-as-a-guid]
    # The law: [notes/c-05/psp-identifier-sent]
    assert format_guid(parse_guid(text)) == TEXT


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT[:-1],
        TEXT + "0",
        "{" + TEXT,
        TEXT + "}",
        "{{" + TEXT + "}}",
        TEXT.replace("-", ""),
        TEXT.replace("C", "G"),
        "urn:uuid:" + TEXT,
        TEXT.replace("-", "\u2010"),
        TEXT.replace("4", "\u0664"),
    ],
)
def test_what_is_no_guid_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no GUID"):
        parse_guid(text)


def test_the_octets_of_the_directory_lie_as_windows_lays_them() -> None:
    # The law: [adds/schema/psp-identifier-is-a-guid] [notes/silent/psp-identifier-octets]
    octets = bytes.fromhex("c799f1c4 7668 4945 a86e a85035952448".replace(" ", ""))
    assert format_guid(from_octets(octets)) == TEXT
    assert to_octets(UUID(TEXT)) == octets


@pytest.mark.parametrize("length", [0, 15, 17, 36])
def test_a_guid_has_16_octets(length: int) -> None:
    with pytest.raises(ValueError, match=f"of {length} octets instead of 16"):
        from_octets(bytes(length))


@settings(max_examples=50, deadline=None)
@given(st.uuids())
def test_any_guid_comes_back(identifier: UUID) -> None:
    assert parse_guid(format_guid(identifier)) == from_octets(to_octets(identifier)) == identifier
