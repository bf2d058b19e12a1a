"""Mutants of events that do not arrive, and of the end of a subscription."""

from __future__ import annotations

from typing import Any

from lxml import etree
from mutant import (
    NAMESPACES,
    Mutant,
    changed_request,
    events_to_the_first_address_alone,
    rewritten,
    swallowed,
    text,
    without,
)

END = "SubscriptionEnd"
EVENTS = ("eventing/*", "dsp/event/*", "bdsrr/*", "dsp/job-*", "notes/*", "dsc/*")


def _end_to_added(body: Any) -> None:
    """Who has named no EndTo is told at NotifyTo."""
    if body.find("{*}EndTo") is None:
        made = etree.fromstring(etree.tostring(body.find("{*}Delivery/{*}NotifyTo")))
        made.tag = f"{{{NAMESPACES['wse']}}}EndTo"
        body.insert(0, made)


MUTANTS = (
    Mutant("eventing/delivery/undeliverable", "told nobody", (swallowed(END),), also=EVENTS),
    Mutant(
        "eventing/delivery/undeliverable",
        "as if it were shutting down",
        (rewritten(text("//wse:Status", f"{NAMESPACES['wse']}/SourceShuttingDown"), END),),
        also=EVENTS,
    ),
    Mutant(
        "eventing/subscription-end/body",
        "no manager",
        (rewritten(without("//wse:SubscriptionManager"), END),),
        also=EVENTS,
    ),
    Mutant(
        "eventing/subscription-end/status",
        "a word of its own",
        (rewritten(text("//wse:Status", "DeliveryFailure"), END),),
        also=EVENTS,
    ),
    Mutant(
        "eventing/subscription-end/to-end-to-alone",
        "to NotifyTo",
        (changed_request("Subscribe", _end_to_added),),
        also=EVENTS,
    ),
    Mutant(
        "eventing/delivery/others-not-held-up",
        "others get nothing",
        (events_to_the_first_address_alone(),),
        also=EVENTS,
    ),
)
