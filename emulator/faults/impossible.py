"""An alteration has nothing to act on."""

from __future__ import annotations


class Impossible(ValueError):
    """What passes has not what the alteration is of: no such element, no attachment, no XML any more. `str()` is
    one line for people. What fails so is told: a fault that fired and changed nothing would be a lie."""
