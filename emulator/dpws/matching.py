"""Whether a target answers a Probe (WS-Discovery 2005/04, section 5.1), and the fault for who asks by a rule that
nobody knows."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from emulator.dpws.discovery import Probe
from emulator.dpws.versions import V2005, DiscoveryVersion
from emulator.soap.fault import Fault
from emulator.soap.xml import QName


def is_match(asked: Probe, types: Sequence[QName], scopes: Sequence[str]) -> bool | None:
    """Whether a target of these types and scopes answers; None when the rule is not supported.

    An unprefixed or undeclared name in the Probe is compared by its local name alone.
    [clients/wsd-python/types-as-text] [clients/go-mfp/types-by-local-name]
    [discovery/match/every-type] [discovery/match/namespace-and-local-name] [discovery/match/every-scope]
    [discovery/match/empty-probe-answered] [discovery/match/default-rule]"""
    rule = asked.version.rules.get(asked.match_by)
    if rule is None:
        return None
    has = asked.version.types(types)
    for wanted in asked.types:
        if not any(wanted == own or (not wanted.namespace and wanted.local == own.local) for own in has):
            return False
    return rule(asked.scopes, scopes)


def matching_rule_not_supported(version: DiscoveryVersion = V2005) -> Fault:
    """wsd:MatchingRuleNotSupported, the answer to a directed Probe whose MatchBy is not known (section 5.2).
    [discovery/match/unknown-rule-fault] [discovery/match/unknown-rule-reason]"""
    detail = etree.Element(f"{{{version.namespace}}}SupportedMatchingRules", nsmap={"wsd": version.namespace})
    detail.text = " ".join(version.rules)
    return Fault(
        "Sender",
        QName(version.namespace, "MatchingRuleNotSupported"),
        "the matching rule specified is not supported",
        detail,
        action=version.action("fault"),
        prefix="wsd",
    )
