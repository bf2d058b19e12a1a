"""The options of `load`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from emulator.environment.option_model import APath, Option, Texts
from emulator.environment.options import TrustOptions
from emulator.options.groups import (
    OUTPUT,
    PAGES,
    SERVER,
    AskedDirectory,
    PageFiles,
    ProfileOption,
    ReportOptions,
    StoreOptions,
    TicketOptions,
)
from emulator.options.scan import JobTimes, NamedTarget
from emulator.options.thresholds import DEFAULT_THRESHOLDS, Threshold, thresholds_of

LOAD: Final = "Load"

#: `--calibrate none`: nothing is sent to a sink.
NOT_CALIBRATED: Final = "none"

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_TIME: Final = re.compile(r"(?:[0-9]{1,7}(?:\.[0-9]{1,3})?(?:ms|s|m|h))+")
_PART: Final = re.compile(r"([0-9.]+)(ms|s|m|h)")
_PAGES: Final = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")


def seconds_of(text: str) -> float:
    """Seconds of `90s`, `10m`, `1h30m`, `250ms`. Raises ValueError for anything else, and for nothing at all."""
    if _TIME.fullmatch(text) is None:
        raise ValueError(f"{text!r:.60} is no time: a number and ms, s, m or h, as 90s, 10m, 1h30m")
    seconds = round(sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text)), 6)
    if not seconds:
        raise ValueError(f"{text!r:.60} is no time that passes")
    return seconds


def _is_time(text: str | None) -> str | None:
    if text is not None:
        seconds_of(text)
    return text


def page_counts(texts: Sequence[str]) -> tuple[range, ...]:
    """Return from how many pages to how many, of each text: `3`, `1-10`. Raises ValueError."""
    found = []
    for text in texts:
        match = _PAGES.fullmatch(text)
        if match is None or not 1 <= int(match[1]) <= int(match[2] or match[1]):
            raise ValueError(f"{text!r:.60} is no number of pages, and no two of them: 3, or 1-10")
        found.append(range(int(match[1]), int(match[2] or match[1]) + 1))
    return tuple(found)


def _are_page_counts(texts: tuple[str, ...]) -> tuple[str, ...]:
    page_counts(texts)
    return texts


def _are_thresholds(text: str | None) -> str | None:
    if text is not None:
        thresholds_of(text)
    return text


def _is_time_or_none(text: str) -> str:
    return text if text == NOT_CALIBRATED else str(_is_time(text))


class LoadOptions(
    NamedTarget,
    TicketOptions,
    StoreOptions,
    ProfileOption,
    PageFiles,
    AskedDirectory,
    JobTimes,
    ReportOptions,
):
    """Options of `load`; each says what its command line option of the same name says."""

    users: Annotated[int, Field(ge=1), Option("Devices that have a job at once.", LOAD, "N")] = 10
    spawn_rate: Annotated[
        float, Field(gt=0, allow_inf_nan=False), Option("Devices that begin in a second.", LOAD, "N")
    ] = 10.0
    time: Annotated[
        str | None,
        AfterValidator(_is_time),
        Option(
            "So long jobs begin: 90s, 10m, 1h30m.", LOAD, "TIME", default="1m; with --jobs until all have ended"
        ),
    ] = None
    jobs: Annotated[
        int | None, Field(ge=1), Option("Jobs in all.", LOAD, "N", default="as many as --time allows")
    ] = None
    rate: Annotated[
        float | None,
        Field(gt=0, le=100_000, allow_inf_nan=False),
        Option(
            "Jobs that begin in a second, whatever became of those before; latencies count from when a job should "
            "have begun.",
            LOAD,
            "N",
            default="each device begins its next job when the last has ended",
        ),
    ] = None
    pages: Annotated[
        Texts,
        AfterValidator(_are_page_counts),
        Option(
            "Pages of a job, or from how many to how many: 1-10. Repeatable: each job has one of these.",
            PAGES,
            "N|A-B",
            default="1",
        ),
    ] = ()
    fail_if: Annotated[
        str | None,
        AfterValidator(_are_thresholds),
        Option(
            "What is a failure: p99>2s,errors>0.1%,SendImage.p90>300ms,jobs/s<20.",
            LOAD,
            "THRESHOLDS",
            default="errors>0",
        ),
    ] = None
    drain: Annotated[
        str,
        AfterValidator(_is_time),
        Option("Longest time that jobs may go on after the end; then they are cancelled.", LOAD, "TIME"),
    ] = "30s"
    give_up: Annotated[
        str,
        AfterValidator(_is_time),
        Option("End the run when for so long jobs have failed and none has ended well.", LOAD, "TIME"),
    ] = "1m"
    calibrate: Annotated[
        str,
        AfterValidator(_is_time_or_none),
        Option(
            "So long the same goes to a sink of this machine first, to tell who is the limit; none: not at all.",
            LOAD,
            "TIME|none",
        ),
    ] = "2s"
    strict: Annotated[bool, Option("A deviation of the scan server from the documents is a failure.", SERVER)] = (
        False
    )
    manifests: Annotated[
        APath | None,
        Option(
            "Folder of manifests, one a job, for verify.",
            OUTPUT,
            "DIR",
            default="manifests/ of --report, else none",
            completion="folder",
        ),
    ] = None
    trust: TrustOptions = TrustOptions()

    @property
    def seconds(self) -> float | None:
        """So long jobs begin; None: until all of `jobs` have ended."""
        if self.time is not None:
            return seconds_of(self.time)
        return 60.0 if self.jobs is None else None

    @property
    def counts(self) -> tuple[range, ...]:
        """Return from how many pages to how many a job may have."""
        return page_counts(self.pages) or (range(1, 2),)

    @property
    def calibration(self) -> float:
        """Seconds; 0: none."""
        return 0.0 if self.calibrate == NOT_CALIBRATED else seconds_of(self.calibrate)

    @property
    def thresholds(self) -> tuple[Threshold, ...]:
        """What is a failure."""
        return thresholds_of(self.fail_if or DEFAULT_THRESHOLDS)
