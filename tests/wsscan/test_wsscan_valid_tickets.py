"""A ticket is honoured if, and only if, DocumentFinalParameters mark nothing of it Override, and then every value
is the one that was asked for; what is made of any other is honoured. Random tickets against each profile."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from wsscan_tickets import LIKELY_TICKETS, TICKET, TICKETS
from wsscan_tickets import ticket as ticket_of

from emulator.device.profile import DeviceProfile, list_profiles
from emulator.device.ticket_repair import corrected
from emulator.imaging.encode import require_supported
from emulator.imaging.pages import UnsupportedSetting
from emulator.soap.deviations import Deviations
from emulator.soap.schema import violations
from emulator.wsscan.final_parameters import final_parameters
from emulator.wsscan.resolution import Resolved, TicketRejected, resolve
from emulator.wsscan.resolving.record import TicketChange, TicketProblem
from emulator.wsscan.values.ticket import ScanTicket
from emulator.wsscan.xml.ticket import read_requested_ticket, write_ticket

PROFILES = {profile.name: profile for profile in list_profiles()}


def supported(profile: DeviceProfile, asked: ScanTicket) -> Resolved:
    """As the device does it. Raises TicketRejected, UnsupportedSetting."""
    resolved = resolve(asked, profile.configuration(), profile.default_ticket())
    require_supported(resolved.ticket)
    return resolved


def asked_values(structure: Any, path: str = "") -> dict[str, Any]:
    """Path -> value of every setting that a ticket gives."""
    found: dict[str, Any] = {}
    for name in structure.__dataclass_fields__:
        value = getattr(structure, name)
        if hasattr(value, "must_honor") and hasattr(value, "value"):
            found[f"{path}{name}"] = value.value
        elif hasattr(value, "__dataclass_fields__"):
            found |= asked_values(value, f"{path}{name}/")
    return found


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@settings(max_examples=60, deadline=None)
@given(asked=LIKELY_TICKETS | TICKETS)
@example(asked=ticket_of("<Scaling><ScalingWidth>1000</ScalingWidth><ScalingHeight>1000</ScalingHeight></Scaling>"))
@example(asked=ticket_of("<InputSource>Film</InputSource><Format>tiff-multi-g4</Format>"))
def test_valid_means_that_nothing_is_changed_and_what_is_corrected_is_valid(
    profile: DeviceProfile, asked: ScanTicket
) -> None:
    # The law: [wscn/validate-scan-ticket/valid] [wscn/validate-scan-ticket/invalid]
    decide = partial(supported, profile)
    try:
        resolved = decide(asked)
    except (TicketRejected, UnsupportedSetting):
        honoured = False
    else:
        honoured = resolved.honoured
        final = final_parameters(resolved)
        size_alone = frozenset({"InputSize"}) if resolved.ticket.size_auto_detect else frozenset()
        assert honoured == (not final.overridden - size_alone)
        if honoured:
            _given_as_asked(asked, resolved)
    if honoured:
        return
    better = corrected(asked, decide, profile.default_ticket())
    again = decide(better)
    assert again.honoured and better.job_description == asked.job_description
    # It travels: what the client reads is the ticket that was meant, of right types, and valid by schema.
    written = write_ticket(better, TICKET)
    assert violations(written) == []
    assert decide(read_requested_ticket(written, Deviations())).ticket == again.ticket


def _given_as_asked(asked: ScanTicket, resolved: Resolved) -> None:
    """Every value that the ticket gives and that means something is the one in effect."""
    given = asked_values(final_parameters(resolved).ticket.document_parameters)
    ticket = resolved.ticket
    for path, value in asked_values(asked.document_parameters).items():
        if path == "input_size":
            assert (
                ticket.size_auto_detect
                if value.auto_detect
                else (value.media_size is None or ticket.input_size == value.media_size)
            )
        elif path == "exposure":
            leaves = value.settings
            assert not value.auto or ticket.exposure.auto
            if leaves is not None and not value.auto:
                for name in ("contrast", "brightness", "sharpness"):
                    assert getattr(leaves, name) in (None, getattr(ticket.exposure, name))
        elif path in given or ticket.back is not None or not path.startswith("media_back"):
            without_meaning = path == "film_scan_mode" and ticket.input_source != "Film"
            assert without_meaning or given[path] == value, path


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_the_default_ticket_of_each_profile_is_valid(profile: DeviceProfile) -> None:
    """It can be submitted as it is (DefaultScanTicket page).
    [wscn/default-scan-ticket/can-be-submitted] [wscn/default-scan-ticket/every-option]"""
    assert supported(profile, profile.default_ticket()).honoured


@given(st.sampled_from(list(PROFILES.values())), TICKETS)
@settings(max_examples=20, deadline=None)
def test_what_the_program_does_not_do_is_corrected_too(profile: DeviceProfile, asked: ScanTicket) -> None:
    """The profile promises more than there is memory or a library for."""

    def decide(ticket: ScanTicket) -> Resolved:
        resolved = supported(profile, ticket)
        if resolved.ticket.scaling != (100, 100) or resolved.ticket.format.startswith("tiff"):
            raise UnsupportedSetting("not here")
        return resolved

    default = profile.default_ticket()
    try:
        assume(decide(default).honoured)
    except UnsupportedSetting:
        assume(False)
    better = corrected(asked, decide, default)
    assert decide(better).honoured


def test_what_is_told_of_a_ticket_is_one_line_whatever_a_client_wrote_into_it() -> None:
    told = [
        TicketChange("MediaFront/ColorProcessing", "Gra\nyscale8", "RGB24", 1, "not Gra\nyscale8"),
        TicketProblem("Format", "not jf\r\nif", 6),
    ]
    assert [str(each).splitlines() for each in told] == [
        ["MediaFront/ColorProcessing: RGB24 instead of Gra yscale8 (not Gra yscale8)"],
        ["Format: not jf if"],
    ]
