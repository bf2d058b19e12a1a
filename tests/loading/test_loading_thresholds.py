"""Thresholds of a load run: what they mean, and that what names nothing is a mistake."""

from __future__ import annotations

import pytest

from emulator.options.load import LoadOptions, page_counts, seconds_of
from emulator.options.thresholds import thresholds_of

MEANT = {
    "p99>2s": ("job", "p99", "time", 2.0, 2.01, 2.0),
    "p99.9>=250ms": ("job", "p99.9", "time", 0.25, 0.25, 0.249),
    "SendImage.p50 > 1m": ("SendImage", "p50", "time", 60.0, 61.0, 60.0),
    "job.max>1.5s": ("job", "max", "time", 1.5, 1.6, 1.5),
    "Probe.mean>3ms": ("Probe", "mean", "time", 0.003, 0.004, 0.002),
    "errors>0": ("job", "errors", "count", 0.0, 1.0, 0.0),
    "errors>0.1%": ("job", "errors", "share", 0.001, 0.0011, 0.001),
    "CreatePostScanJob.errors>=5%": ("CreatePostScanJob", "errors", "share", 0.05, 0.05, 0.049),
    "jobs/s<20": ("job", "jobs/s", "rate", 20.0, 19.9, 20.0),
    "MB/s<=1": ("job", "MB/s", "rate", 1.0, 1.0, 1.1),
    "images<100": ("job", "images", "count", 100.0, 99.0, 100.0),
}


@pytest.mark.parametrize("text", MEANT)
def test_a_threshold_means_what_it_says(text: str) -> None:
    subject, metric, kind, value, crossed, kept = MEANT[text]
    (found,) = thresholds_of(text)
    assert (found.subject, found.metric, found.kind, str(found)) == (subject, metric, kind, text)
    assert found.value == pytest.approx(value)
    assert found.crossed_by(crossed) and not found.crossed_by(kept)


WRONG = {
    "": "is no threshold",
    " , ": "is no threshold",
    "p99>2s,": "is no threshold",
    "p99": "is no threshold",
    "p99=2s": "is no threshold",
    "p99>-2s": "is no threshold",
    "p99>2s errors>1": "is no threshold",
    "p99>2": "needs a unit of time",
    "p99>2%": "needs a unit of time",
    "mean>1": "needs a unit of time",
    "p0>1s": "'p0' is nothing that is measured",
    "p100>1s": "'p100' is nothing that is measured",
    "p999>1s": "did you mean p99?",
    "error>1%": "did you mean errors?",
    "latency>1s": "there are: mean, max, errors",
    "SendImages.p99>1s": "did you mean SendImage?",
    "sendimage.p99>1s": "is nothing of a load run",
    "EndPostScanJob.jobs>1": "is of the whole run",
    "SendImage.MB/s<1": "is of the whole run",
    "errors>1s": "a count, or a share",
    "errors>101%": "can never be",
    "jobs<3%": "has no unit %",
    "p99>1s,p99>2s": "are of the same",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_names_nothing_is_a_mistake(text: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        thresholds_of(text)
    assert WRONG[text] in str(caught.value) and str(caught.value).isprintable()


def test_bounds_on_both_sides_are_two_thresholds() -> None:
    assert [str(each) for each in thresholds_of("p99>1s,p99<1ms")] == ["p99>1s", "p99<1ms"]


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90.0), ("10m", 600.0), ("1h30m", 5400.0), ("250ms", 0.25), ("1.5s", 1.5)]
)
def test_times(text: str, seconds: float) -> None:
    assert seconds_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "10", "0s", "s", "1 m", "-1s", "1d", "1e3s", "0h0m", "١s"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        seconds_of(text)


def test_pages_of_a_job() -> None:
    assert page_counts(("3", "1-10")) == (range(3, 4), range(1, 11))
    assert LoadOptions().counts == (range(1, 2),)
    for text in ("0", "3-1", "-1", "1-", "x", "1,2", "100000"):
        with pytest.raises(ValueError, match="is no number of pages"):
            page_counts((text,))


def test_a_run_has_an_end() -> None:
    assert LoadOptions().seconds == 60.0
    assert LoadOptions(jobs=5).seconds is None
    assert LoadOptions(jobs=5, time="3s").seconds == 3.0
