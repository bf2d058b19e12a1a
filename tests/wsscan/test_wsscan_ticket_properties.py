"""Any ticket of ours survives the wire; any tree from outside gives a ticket or a ContentError."""

from __future__ import annotations

import copy
import random

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from wsscan_tickets import TICKET, TICKETS

from emulator.device.profile import load_profile
from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError
from emulator.soap.xml import parse_xml
from emulator.wsscan.constants import WSCN, WSCN_2006_01
from emulator.wsscan.resolution import Resolved, TicketRejected, resolve
from emulator.wsscan.values.ticket import ScanTicket
from emulator.wsscan.xml.ticket import read_ticket, write_ticket


@settings(max_examples=200, deadline=None)
@given(TICKETS)
def test_a_ticket_survives_the_wire(ticket: ScanTicket) -> None:
    deviations = Deviations()
    octets = etree.tostring(write_ticket(ticket, TICKET))
    assert read_ticket(parse_xml(octets), deviations) == ticket
    assert not list(deviations)


def _spoil(root: etree._Element, chance: random.Random) -> None:
    """A few wrong words, texts, attributes and places in a tree that was right."""
    for _ in range(chance.randint(1, 8)):
        nodes = list(root.iter())
        node, other = chance.choice(nodes), chance.choice(nodes)
        what = chance.randrange(6)
        if what == 0:
            node.text = chance.choice(["", "0", "1", "-1", "300", "true", "png", "ADF", " RGB24 ", "9" * 30, "x:y"])
        elif what == 1:
            node.set(chance.choice(MUST_HONOR), chance.choice(["true", "0", "maybe", ""]))
        elif what == 2:
            namespace = chance.choice([WSCN_2006_01, "urn:other", WSCN])
            node.tag = f"{{{namespace}}}{chance.choice(nodes).tag.partition('}')[2]}"
        elif what == 3 and node is not root:
            node.getparent().remove(node)
        elif what == 4:
            other.append(copy.deepcopy(node))
        else:
            node[:] = sorted(node, key=lambda child: chance.random())


MUST_HONOR = ("MustHonor", f"{{{WSCN}}}MustHonor", f"{{{WSCN_2006_01}}}MustHonor")


@settings(max_examples=200, deadline=None)
@given(TICKETS, st.integers(0, 2**32))
def test_any_tree_is_a_ticket_or_a_content_error(good: ScanTicket, seed: int) -> None:
    tree = write_ticket(good, TICKET)
    _spoil(tree, random.Random(seed))
    try:
        ticket = read_ticket(tree, Deviations())
    except ContentError as error:
        assert error.argument and "\n" not in str(error)
        return
    assert isinstance(ticket, ScanTicket)
    _resolves_or_is_rejected(ticket)


@settings(max_examples=200, deadline=None)
@given(TICKETS)
def test_any_ticket_is_resolved_within_the_devices_means_or_rejected(ticket: ScanTicket) -> None:
    _resolves_or_is_rejected(ticket)


OFFICE = load_profile("office-mfp")
DEVICE, DEFAULT = OFFICE.configuration(), OFFICE.default_ticket()


def _resolves_or_is_rejected(ticket: ScanTicket) -> None:
    try:
        resolved = resolve(ticket, DEVICE, DEFAULT)
    except TicketRejected as rejected:
        assert rejected.problems
        assert all(1 <= problem.rule <= 20 for problem in rejected.problems)
        assert "\n" not in str(rejected)
        return
    _lies_within_means(resolved)


def _lies_within_means(resolved: Resolved) -> None:
    effective = resolved.ticket
    assert effective.format in DEVICE.device_settings.formats
    assert effective.input_source in DEVICE.input_sources
    means = DEVICE.device_settings
    assert effective.rotation in means.rotations
    assert effective.scaling[0] in means.scaling_width and effective.scaling[1] in means.scaling_height
    assert 0 <= effective.compression_quality_factor <= 100
    assert effective.images_to_transfer >= (effective.input_source == "Platen")
    assert (effective.back is None) == (effective.input_source != "ADFDuplex")
    source = DEVICE.source(effective.input_source)
    assert source is not None
    for side in (effective.front, effective.back):
        if side is None:
            continue
        assert source.supports(side.resolution)
        assert side.color_processing in source.colors
        region = side.scan_region
        assert region.x_offset >= 0 and region.y_offset >= 0 and region.width >= 1 and region.height >= 1
        assert region.x_offset + region.width <= effective.input_size.width <= source.maximum_size.width
        assert region.y_offset + region.height <= effective.input_size.height <= source.maximum_size.height
    assert not resolved.overridden & resolved.used_default
    assert all(1 <= change.rule <= 20 and change.reason for change in resolved.changes)
