"""The twenty rules by which a ticket is resolved, each with its clause."""

from __future__ import annotations

from enum import IntEnum


class TicketRule(IntEnum):
    """A rule; its number is that of docs/protocol/ws-scan.md section 5."""

    clause: str
    """The id of its clause in the law book."""

    def __new__(cls, number: int, clause: str) -> TicketRule:
        rule = int.__new__(cls, number)
        rule._value_ = number
        rule.clause = clause
        return rule

    UNKNOWN_ELEMENT = 1, "wscn/validation/unknown-element-ignored"
    SUBSTITUTED = 2, "wscn/validation/unsupported-value-substituted"
    MUST_HONOR = 3, "wscn/validation/must-honor-or-reject"
    CONFLICT = 4, "wscn/validation/conflicting-must-honor"
    DEFAULT = 5, "wscn/validation/absent-element-by-default"
    FORMAT = 6, "wscn/validation/format-not-supported"
    LOSSLESS_QUALITY = 7, "wscn/validation/lossless-quality-100"
    LOSSLESS_QUALITY_DEMANDED = 8, "wscn/validation/lossless-quality-must-honor"
    ALL_IS_ONE = 9, "wscn/validation/zero-images-of-platen"
    ALL_OF_THE_FEEDER = 10, "wscn/validation/zero-images-of-feeder"
    DUPLEX_SIDES = 11, "wscn/validation/duplex-counts-sides"
    NO_FILM = 12, "wscn/validation/film-scan-mode-without-film"
    NO_BACK = 13, "wscn/validation/media-back-without-duplex"
    BACK_AS_FRONT = 14, "wscn/validation/duplex-without-media-back"
    REGION_ABSENT = 15, "wscn/validation/region-absent"
    REGION_OUTSIDE = 16, "wscn/validation/region-wholly-outside"
    REGION_TRIMMED = 17, "wscn/validation/region-trimmed-and-reported"
    BEYOND_DETECTED = 18, "wscn/validation/region-outside-detected-size"
    BOTH_OF_A_CHOICE = 19, "wscn/validation/both-children-of-a-choice"
    SCALING = 20, "wscn/validation/scaling-out-of-range"
