"""The truth of a page: what a reader should find on it, and where, in pixels of the image.

Polygons are lists of points (x, y); pixel (0, 0) covers the square from (0, 0) to (1, 1). They follow the page
through every map: `PageTruth.mapped`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, TypeAlias

from emulator.imaging.affine import Affine

Point: TypeAlias = tuple[float, float]
Polygon: TypeAlias = tuple[Point, ...]
PointMap: TypeAlias = Callable[[Sequence[Point]], list[Point]]
_Where: TypeAlias = Callable[[Polygon], tuple[Polygon, bool] | None]
"""What is left of a polygon and whether that is less than it was; None: nothing."""

FORMAT: Final = "dsm-emulator page truth 3"
FORMATS_READ: Final = ("dsm-emulator page truth 1", "dsm-emulator page truth 2", FORMAT)
"""The first had no tables, and did not say what words come from; the second had no regions."""
SET_FORMAT: Final = "dsm-emulator set truth 1"
DOCUMENT: Final = "document"
_SEGMENT: Final = 1 / 24  # of the longer side: edges are cut so short before a map that bends them
_WHOLE: Final = 0.995  # of its area that a polygon may lose at the edge and still count as whole


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it stands on the page."""

    text: str
    language: str
    polygon: Polygon
    line: int
    """Number of its line on the page, from 0."""
    hand: bool = False
    """Handwriting."""
    partly: bool = False
    """Some of it lies outside of the image."""
    source: str = DOCUMENT
    """What its ink comes from: the document itself, or the trace of that name: `stamp`, `fax` (the header line),
    `double_feed` (the sheet that was fed together with this one)."""


@dataclass(frozen=True, slots=True)
class Line:
    """Words that stand on one base line and belong together."""

    text: str
    language: str
    polygon: Polygon
    number: int
    partly: bool = False
    source: str = DOCUMENT
    """As of its words."""


@dataclass(frozen=True, slots=True)
class Field:
    """A piece of information that somebody may want to take from the page."""

    name: str
    value: str
    polygon: Polygon
    partly: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table; cells without ink are none."""

    column: str
    """Key of its column: the same in every language."""
    text: str
    """As it stands on the page."""
    value: str
    """As a program stores it."""
    line: int
    """Number of the line that it is."""
    polygon: Polygon
    partly: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: an item, a booking, a rate of tax."""

    number: int
    """In its document, from 1: a table that runs on over pages counts on."""
    polygon: Polygon
    cells: tuple[Cell, ...]
    partly: bool = False
    """Some of it lies outside of the image, or some of its cells do."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that have the same columns."""

    name: str
    """What its rows are: `items`, `bookings`, `taxes`."""
    columns: tuple[str, ...]
    """Keys, in the order in which the document's language has the columns."""
    polygon: Polygon
    header: tuple[Cell, ...]
    """What stands above the columns; its value is its text."""
    rows: tuple[Row, ...]
    partly: bool = False


RegionKind: TypeAlias = Literal["picture", "signature", "table", "stamp"]


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the page that is something else than running text."""

    kind: RegionKind
    """`picture`: photographs, drawings, logos; `signature`; `table`; `stamp`: of rubber, and seals."""
    polygon: Polygon
    partly: bool = False
    source: str = DOCUMENT
    """Whose ink it is, as of words."""


@dataclass(frozen=True, slots=True)
class Code:
    """A bar code, 2-D code or patch code."""

    kind: str
    """zxing's names: `QRCode`, `Code128`; `Patch`."""
    value: str
    polygon: Polygon
    """Without the quiet zone."""
    module: float
    """Width of a module in pixels."""
    partly: bool = False


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace of life or of the scanner that was put on the page."""

    name: str
    strength: float
    """0 to 1."""
    seed: int
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class PageTruth:
    """All that is known of one page."""

    set: str
    seed: int
    index: int
    """Number of the page in its source, from 0."""
    kind: str
    language: str
    document: int
    """Number of its document in the source, from 0."""
    page_of_document: int
    """From 1."""
    pages_in_document: int
    side: str
    """`front` or `back`."""
    sheet: tuple[int, int]
    """Width and height in 1/1000 inch as it is fed."""
    image: tuple[int, int]
    """Pixels."""
    ppi: tuple[float, float]
    blank: bool
    words: tuple[Word, ...] = ()
    lines: tuple[Line, ...] = ()
    fields: tuple[Field, ...] = ()
    codes: tuple[Code, ...] = ()
    traces: tuple[Trace, ...] = ()
    tables: tuple[Table, ...] = ()
    regions: tuple[Region, ...] = ()

    def __repr__(self) -> str:
        what = "blank" if self.blank else f"{len(self.words)} words, {len(self.fields)} fields"
        return f"<PageTruth {self.kind}, {self.language}, {self.image[0]}x{self.image[1]}: {what}>"

    def mapped(
        self, point_map: Affine | PointMap, image: tuple[int, int], ppi: tuple[float, float] | None = None
    ) -> PageTruth:
        """The truth of an image that `point_map` made of this one: every polygon is moved and cut to the new
        `image` (pixels). What lies outside is left out; what is cut is marked `partly`. `ppi`: of the new
        image, where it is another."""
        move = _point_map(point_map, self.image)
        straight = isinstance(point_map, Affine)
        longest = max(*self.image, 1) * _SEGMENT

        def where(polygon: Polygon) -> tuple[Polygon, bool] | None:
            points = polygon if straight else _finer(polygon, longest)
            return _clip(tuple(move(points)), image)

        words = tuple(_moved(self.words, where))
        # A line is what is left of its words: its text must not promise what was cut away.
        lines = []
        for line in _moved(self.lines, where):
            rest = [word for word in words if word.line == line.number]
            if rest:
                lines.append(replace(line, text=_joined(line, rest, self.words)))
        factor = _factor(move, self.image) if self.codes else 1.0
        return replace(
            self,
            image=image,
            ppi=ppi or self.ppi,
            words=words,
            lines=tuple(lines),
            fields=tuple(_moved(self.fields, where)),
            codes=tuple(replace(code, module=round(code.module * factor, 3)) for code in _moved(self.codes, where)),
            tables=tuple(_moved_tables(self.tables, where)),
            regions=tuple(_moved(self.regions, where)),
        )

    def covered(self, sheet: Polygon, beneath: PageTruth | None) -> PageTruth:
        """The truth of an image on which another sheet lies: `sheet` is the convex polygon that it covers, from
        its upper left corner clockwise, `beneath` the truth of what is printed on it. What it hides is left out,
        what it hides in part is marked, and its own words and codes can be read."""
        words = tuple(_uncovered(self.words, sheet))
        lines = []
        for line in _uncovered(self.lines, sheet):
            rest = [word for word in words if word.line == line.number]
            if rest:
                lines.append(replace(line, text=_joined(line, rest, self.words)))
        found = replace(
            self,
            words=words,
            lines=tuple(lines),
            fields=tuple(_uncovered(self.fields, sheet)),
            codes=tuple(_uncovered(self.codes, sheet)),
            tables=tuple(_moved_tables(self.tables, lambda polygon: _rest(polygon, sheet))),
            regions=tuple(_uncovered(self.regions, sheet)),
        )
        if beneath is None:
            return found
        (x, y), (right_x, right_y), _, (low_x, low_y) = sheet
        width, height = beneath.image
        place = Affine(
            (right_x - x) / width, (low_x - x) / height, x, (right_y - y) / width, (low_y - y) / height, y
        )
        other = beneath.mapped(place, self.image)
        found = found.with_text(other.words, other.lines, "double_feed")
        theirs = (replace(region, source="double_feed") for region in other.regions)
        return replace(found, codes=(*found.codes, *other.codes), regions=(*found.regions, *theirs))

    def with_text(self, words: Iterable[Word], lines: Iterable[Line], source: str) -> PageTruth:
        """The same page with more to read on it that comes from `source`; the lines get numbers of their own."""
        first = 1 + max((line.number for line in self.lines), default=-1)
        return replace(
            self,
            words=(*self.words, *(replace(word, line=word.line + first, source=source) for word in words)),
            lines=(*self.lines, *(replace(line, number=line.number + first, source=source) for line in lines)),
        )

    def with_traces(self, traces: Iterable[Trace]) -> PageTruth:
        """The same page with traces on it."""
        return replace(self, traces=(*self.traces, *traces))


def _point_map(point_map: Affine | PointMap, image: tuple[int, int]) -> PointMap:
    if isinstance(point_map, Affine):
        single = point_map
        return lambda points: [single(x, y) for x, y in points]
    return point_map


def _factor(move: PointMap, image: tuple[int, int]) -> float:
    """Return by how much the map enlarges, in the middle of the image."""
    x, y = image[0] / 2, image[1] / 2
    (ax, ay), (bx, by), (cx, cy) = move([(x, y), (x + 1, y), (x, y + 1)])
    return float(abs((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) ** 0.5)


def _joined(line: Line, rest: Sequence[Word], all_words: Sequence[Word]) -> str:
    whole = sum(word.line == line.number for word in all_words)
    return line.text if len(rest) == whole else " ".join(word.text for word in rest)


def _moved(items: Iterable[Any], where: _Where) -> Iterable[Any]:
    for item in items:
        found = where(item.polygon)
        if found is None:
            continue
        polygon, cut = found
        same = polygon == item.polygon and (item.partly or not cut)
        yield item if same else replace(item, polygon=polygon, partly=item.partly or cut)


def _moved_tables(tables: Iterable[Table], where: _Where) -> Iterable[Table]:
    """Cells are moved one by one; a row is there as long as one of its cells is."""
    for table in tables:
        rows = []
        for row in table.rows:
            cells = tuple(_moved(row.cells, where))
            if cells and (place := where(row.polygon)) is not None:
                cut = place[1] or len(cells) < len(row.cells) or any(cell.partly for cell in cells)
                rows.append(replace(row, polygon=place[0], cells=cells, partly=row.partly or cut))
        place = where(table.polygon)
        if rows and place is not None:
            header = tuple(_moved(table.header, where))
            cut = place[1] or len(rows) < len(table.rows) or any(row.partly for row in rows)
            partly = table.partly or cut
            yield replace(table, polygon=place[0], header=header, rows=tuple(rows), partly=partly)


def _uncovered(items: Iterable[Any], sheet: Polygon) -> Iterable[Any]:
    return _moved(items, lambda polygon: _rest(polygon, sheet))


def _rest(polygon: Polygon, sheet: Polygon) -> tuple[Polygon, bool] | None:
    """A polygon of which another sheet may hide a part, and whether it does; None where nothing is left."""
    hidden = area(_inside(polygon, sheet)) / max(area(polygon), 1e-9)
    return (polygon, hidden > 1 - _WHOLE) if hidden < _WHOLE else None


def _inside(polygon: Polygon, sheet: Polygon) -> Polygon:
    """The part of a polygon inside of a convex one that goes clockwise."""
    points: list[Point] = list(polygon)
    for (ax, ay), (bx, by) in zip(sheet, (*sheet[1:], sheet[0]), strict=True):
        sides = [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for x, y in points]
        result: list[Point] = []
        for at, (point, side) in enumerate(zip(points, sides, strict=True)):
            before, other = points[at - 1], sides[at - 1]
            if (side >= 0) != (other >= 0):
                t = other / (other - side)
                result.append((before[0] + (point[0] - before[0]) * t, before[1] + (point[1] - before[1]) * t))
            if side >= 0:
                result.append(point)
        points = result
        if not points:
            return ()
    return tuple(points)


def _finer(polygon: Polygon, longest: float) -> Polygon:
    points: list[Point] = []
    for (ax, ay), (bx, by) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        pieces = max(1, int(max(abs(bx - ax), abs(by - ay)) // longest) + 1)
        points += [(ax + (bx - ax) * n / pieces, ay + (by - ay) * n / pieces) for n in range(pieces)]
    return tuple(points)


def area(polygon: Sequence[Point]) -> float:
    """Return the area of a polygon, in square pixels; never negative."""
    if not polygon:
        return 0.0
    total = 0.0
    for (ax, ay), (bx, by) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        total += ax * by - bx * ay
    return abs(total) / 2


def _clip(polygon: Polygon, image: tuple[int, int]) -> tuple[Polygon, bool] | None:
    """The part inside of the image (Sutherland and Hodgman), and whether that is less than it was."""
    width, height = image
    if all(0 <= x <= width and 0 <= y <= height for x, y in polygon):
        return polygon, False
    before = area(polygon)
    points: list[Point] = list(polygon)
    for axis, limit, sign in ((0, 0.0, 1), (0, float(width), -1), (1, 0.0, 1), (1, float(height), -1)):
        points = _cut(points, axis, limit, sign)
        if not points:
            return None
    after = area(points)
    if after <= 0:
        return None
    return tuple(points), after < before * _WHOLE


def _cut(points: list[Point], axis: int, limit: float, sign: int) -> list[Point]:
    result: list[Point] = []
    for a, b in zip([points[-1], *points[:-1]], points, strict=True):
        inside_a, inside_b = sign * (a[axis] - limit) >= 0, sign * (b[axis] - limit) >= 0
        if inside_a != inside_b:
            t = (limit - a[axis]) / (b[axis] - a[axis])
            crossing = [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]
            crossing[axis] = limit
            result.append((crossing[0], crossing[1]))
        if inside_b:
            result.append(b)
    return result


def bounds(polygons: Iterable[Polygon]) -> Polygon:
    """The upright rectangle around polygons."""
    xs, ys = zip(*(point for polygon in polygons for point in polygon), strict=True)
    left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    return (left, top), (right, top), (right, bottom), (left, bottom)
