"""Every trace that a plan asks for, in the order of life: paper, copies, feed, optics and sensor."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from random import Random
from types import MappingProxyType
from typing import Final, cast

from PIL import Image

from emulator.documents.look import Seen
from emulator.documents.traces import feed
from emulator.documents.traces.plan import (
    TRACE_NAMES,
    AppliedTrace,
    Parameters,
    Point,
    Subject,
    TracedPage,
    TracePlan,
)
from emulator.documents.traces.sheet import Sheet, mapped
from emulator.imaging import affine

MAX_SEED: Final = 2**64 - 1

Trace = Callable[[Sheet, float, Random], Parameters | None]
"""Changes the sheet as strong as told (more than 0, up to 1); tells what it drew, or None if there was nothing to
show. All chance comes from the generator."""

Eye = Callable[[Image.Image, bool], Seen]
"""What a scanner sees of an image (mode `L` or `RGB`, which stays as it is), and whether it lies as it was laid."""

TRACES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "tinted_paper": "tinted_paper:tint",
        "thermal_fade": "thermal_fade:fade",
        "folds": "folds:fold",
        "punch_holes": "punch_holes:punch",
        "staples": "staples:staple",
        "stains": "stains:stain",
        "stamp": "stamp:stamp",
        "highlighter": "marks:highlight",
        "pen": "marks:write_on",
        "bleed_through": "bleed_through:show_back",
        "gutter": "gutter:bend",
        "photocopy": "photocopy:photocopy",
        "fax": "fax:fax",
        "skew": "feed:skew",
        "feed_shift": "feed:shift",
        "double_feed": "double_feed:overlap",
        "uneven_light": "uneven_light:light_unevenly",
        "dark_edges": "dark_edges:darken_edges",
        "streaks": "streaks:streak",
        "dust": "dust:scatter",
        "noise": "noise:add_noise",
    }
)
"""Module and function of each trace, in their order; imported when the trace is asked for."""

assert tuple(TRACES) == TRACE_NAMES

_AFTER_THE_FEED: Final = frozenset(TRACE_NAMES[TRACE_NAMES.index("double_feed") :])

_OF_THE_WAY: Final = frozenset({"skew", "feed_shift", "double_feed"})
_OF_THE_SCANNER: Final = frozenset(TRACE_NAMES[TRACE_NAMES.index("uneven_light") :])

_OF_THE_FEED: Final = frozenset({"streaks"})
"""The dirt on the glass stays where it is while sheets pass."""


def apply(
    image: Image.Image,
    ppi: float,
    plan: TracePlan,
    seed: int,
    *,
    subject: Subject | None = None,
    feed_seed: int | None = None,
    back: Image.Image | None = None,
    next_page: Image.Image | None = None,
    eye: Eye | None = None,
    take: bool = False,
) -> TracedPage:
    """Put the traces of `plan` on a page (mode `1`, `L` or `RGB`, `ppi` pixels per inch both ways).

    The same image, plan and seed give the same bytes, in any order and on any number of threads.

    - `subject`: the document that the page belongs to, of which stamps and fax headers speak.
    - `feed_seed`: of what a whole feed has alike, the streaks (None: `seed`).
    - `back`: the back of the sheet, for bleed-through.
    - `next_page`: the sheet after it, for a double feed (None: a blank one).
    - `eye`: what the scanner sees of the sheet, before its light, its glass and its sensor leave their traces; told
      whether the sheet has been moved. The image may then be larger.

    `image` stays as it is unless it is given away with `take`, which saves the memory of one page. Of a page of
    mode `1` all but black and white is lost again at the end.

    Raises ValueError for another mode, a resolution that is not positive, a seed outside 0 to 2**64 - 1.
    """
    if image.mode not in {"1", "L", "RGB"}:
        raise ValueError(f"traces go on pages of mode 1, L or RGB, not {image.mode}")
    if not ppi > 0:
        raise ValueError(f"{ppi} pixels per inch: a number above 0 is needed")
    if not 0 <= seed <= MAX_SEED:
        raise ValueError(f"seed {seed} is outside 0 to {MAX_SEED}")
    bilevel = image.mode == "1"
    sheet = Sheet(image.convert("L") if bilevel else image, ppi, back, next_page, owned=take or bilevel)
    sheet.subject = subject or sheet.subject
    applied = []
    still = not _OF_THE_WAY.isdisjoint(plan)
    for name, strength in plan.items():
        if name in _AFTER_THE_FEED:
            feed.move(sheet)
        if name in _OF_THE_SCANNER and eye is not None:
            applied += _looked(sheet, eye, still)
            eye = None
        own = seed_of(feed_seed if name in _OF_THE_FEED and feed_seed is not None else seed, name)
        parameters = _trace(name)(sheet, strength, Random(own))  # noqa: S311  # draws dirt, guards nothing
        if parameters is not None:
            applied.append(AppliedTrace(name, strength, own, MappingProxyType(parameters)))
    feed.move(sheet)
    if eye is not None:
        applied += _looked(sheet, eye, still)
    result = sheet.image.convert("1", dither=Image.Dither.NONE) if bilevel else sheet.image
    to_traced, bent = sheet.to_traced, sheet.bent

    def move(points: Sequence[Point]) -> list[Point]:
        return mapped(to_traced, points if bent is None else bent(points))

    still = to_traced == affine.IDENTITY and bent is None
    return TracedPage(
        result,
        None if still else move,
        tuple(applied),
        tuple(sheet.written()),
        to_traced if bent is None else None,
    )


def _looked(sheet: Sheet, eye: Eye, still: bool) -> list[AppliedTrace]:
    seen = eye(sheet.image, still)
    sheet.replace(seen.image)
    sheet.to_traced = sheet.to_traced.then(seen.motion.whole)
    return [AppliedTrace("look", 1.0, seen.seed, MappingProxyType(seen.parameters))]


def seed_of(seed: int, name: str) -> int:
    """A seed of 64 bits for one trace of a page: what one trace draws does not hang on which others there are."""
    return int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:8], "big")


def _trace(name: str) -> Trace:
    module, function = TRACES[name].split(":")
    return cast("Trace", getattr(import_module(f"emulator.documents.traces.{module}"), function))
