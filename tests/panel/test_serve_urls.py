"""Which URL of a device the ready line of `run` names first."""

from __future__ import annotations

from emulator.panel.serve import asked_first, at_host_of


def test_the_interface_that_was_asked_for_comes_first_and_all_are_listed() -> None:
    found = (
        "http://127.0.0.1:1/u",
        "http://192.0.2.2:1/u",
        "http://[::1]:1/u",
        "http://[fd00::2]:1/u",
        "https://mfp/u",
    )
    first = asked_first(found)
    assert first[:3] == ("http://192.0.2.2:1/u", "http://[fd00::2]:1/u", "https://mfp/u") and set(first) == set(
        found
    )
    assert at_host_of(first[0], "http://127.0.0.1:1/u/WSDScanner") == "http://192.0.2.2:1/u/WSDScanner"
