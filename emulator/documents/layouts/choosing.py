"""Which of a kind's plans a document follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

if TYPE_CHECKING:
    from emulator.documents.kinds.kind import Job

_AT_HOME: Final = 2
"""A plan of one's own country comes so much oftener than one of anybody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A way to lay a kind of paper out."""

    name: str
    """As a set's `layout` has it."""
    countries: tuple[str, ...] = ()
    """Those whose papers look so, by ISO 3166-1; empty: anybody's do."""
    paper: str = ""
    """The size it is made for, where that is not the kind's: it is chosen only for sheets of that size."""


_P = TypeVar("_P", bound=Plan)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Alternatives:
    options: tuple[Any, ...]


def one_of(*options: _T) -> _T:
    """Blocks of which a seed chooses one when the plan is. Until then its field holds them all, whatever its
    type says."""
    return cast("_T", _Alternatives(options))


def plan_of(plans: Sequence[_P], job: Job) -> _P:
    """The plan that the set names, or one by the document's seed among those of its country and paper; with one
    block for each part."""
    chosen = _chosen(plans, job)
    random = job.random("blocks")
    blocks = {
        each.name: random.choice(value.options)
        for each in fields(chosen)
        if isinstance(value := getattr(chosen, each.name), _Alternatives)
    }
    return replace(chosen, **blocks) if blocks else chosen


def _chosen(plans: Sequence[_P], job: Job) -> _P:
    named = job.options.get("layout")
    if named is not None:
        return next(plan for plan in plans if plan.name == named)
    paper = job.size if any(plan.paper == job.size for plan in plans) else ""
    weights = [
        0
        if plan.paper != paper or (plan.countries and job.country.code not in plan.countries)
        else _AT_HOME
        if plan.countries
        else 1
        for plan in plans
    ]
    return job.random("layout").choices(plans, weights)[0]
