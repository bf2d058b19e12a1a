"""Where a drawn page gets its traces of life and of the scanner, and its truth follows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from PIL import Image

from emulator.documents.invention import number_from
from emulator.documents.traces import TracePlan, apply
from emulator.documents.traces.order import Eye
from emulator.documents.traces.plan import Subject, TracedPage
from emulator.documents.truth import PageTruth, Polygon, Region, Trace
from emulator.imaging import affine


def age(
    image: Image.Image,
    truth: PageTruth,
    traces: Mapping[str, Any],
    seed: int,
    *,
    subject: Subject,
    feed_seed: int,
    back: Callable[[], Image.Image],
    next_page: Callable[[], tuple[Image.Image, PageTruth]],
    glass: tuple[int, int] | None = None,
) -> tuple[Image.Image, PageTruth]:
    """The page with `traces` (name -> `off`, `light`, `heavy` or a number from 0 to 1) on it, and its truth.

    - `subject`: what stamps and fax headers speak of.
    - `feed_seed`: of the traces that all pages have alike.
    - `glass`: size in pixels of what a scanner sees of the page; None: the page is as it was drawn, but for traces.

    `back` and `next_page` draw what is printed on the back and the sheet that follows, for traces that show them.
    The image is used up.
    """
    if not traces and glass is None:
        return image, truth
    plan = TracePlan(traces)
    if not plan and glass is None:
        return image, truth
    following = next_page() if "double_feed" in plan else None
    traced = apply(
        image,
        truth.ppi[0],
        plan,
        number_from("traces", seed),
        subject=subject,
        feed_seed=feed_seed,
        back=back() if "bleed_through" in plan else None,
        next_page=following[0] if following is not None else None,
        eye=None if glass is None else _eye(truth.ppi[0], number_from("look", seed), glass),
        take=True,
    )
    truth = _with_stamps(truth, traced)
    if traced.point_map is not None or traced.image.size != truth.image:
        move = traced.map if traced.map is not None else traced.point_map
        assert move is not None
        truth = truth.mapped(move, traced.image.size)
    for written in traced.written:
        own = replace(truth, words=written.words, lines=written.lines, fields=(), codes=(), tables=(), regions=())
        own = own.mapped(affine.IDENTITY, truth.image)  # what does not fit on the image is not there
        truth = truth.with_text(own.words, own.lines, written.source)
    for trace in traced.applied:
        if trace.name == "double_feed":
            corners: Any = trace.parameters["covered"]
            sheet: Polygon = tuple((x, y) for x, y in corners)
            truth = truth.covered(sheet, following[1] if following is not None else None)
    applied = (Trace(trace.name, trace.strength, trace.seed, dict(trace.parameters)) for trace in traced.applied)
    return traced.image, truth.with_traces(applied)


def _with_stamps(truth: PageTruth, traced: TracedPage) -> PageTruth:
    """The truth with the borders of the stamps, where they were set: before the page moved."""
    stamps = [
        Region("stamp", tuple((float(x), float(y)) for x, y in stamp["polygon"]), source="stamp")
        for trace in traced.applied
        if trace.name == "stamp"
        for stamp in trace.parameters["stamps"]  # type: ignore[attr-defined]  # a list of what is told of each
    ]
    if not stamps:
        return truth
    # What does not fit on the page is not there.
    return replace(truth, regions=(*truth.regions, *stamps)).mapped(affine.IDENTITY, truth.image)


def _eye(ppi: float, seed: int, glass: tuple[int, int]) -> Eye:
    from emulator.documents.look.eye import seen  # numpy

    return lambda image, still: seen(image, ppi, seed, glass, still=still)
