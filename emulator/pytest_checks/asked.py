"""What is to be judged by a run of pytest: whom, by which options, which checks there are."""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

import pytest

from emulator.conformance.check import Subject, all_checks
from emulator.conformance.runner import FIRST, LAST
from emulator.conformance.selection import GradeName, Selection, UnknownCheck, matching
from emulator.conformance.waivers import WaiverError, read_waivers

PREFIX: Final = "dsm-check-"
"""Of the names of all collectors of checks."""
_OURS: Final = ("--select", "--skip", "--report", "--overwrite", "--waivers", "--json")
"""Options of `check` that are not to be given by hand."""
_TRUST: Final = ("ca_file", "client_cert", "client_key", "client_password_file")
_OF_SERVERS: Final = ("directory", "user")


@dataclass(frozen=True, slots=True)
class AskedChecks:
    """Of one peer."""

    subject: Subject
    url: str
    options: tuple[str, ...]
    """Of the command `check server` or `check device`, without those that say which checks are run."""
    wanted: frozenset[str]
    """Ids of checks that a run of all would run."""
    report: Path | None
    """Folder of the report; None: nobody wants it."""

    @property
    def group(self) -> str:
        """How the collector is called, and what its node ids begin with."""
        return f"{PREFIX}{self.subject}"

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id that has a verdict, in the order of a run."""
        return (FIRST, *all_checks(self.subject), LAST)

    def why_not(self, id: str) -> str:
        """Why that check is not run; '' where it is."""
        if id in self.wanted or id in (FIRST, LAST):
            return ""
        return (
            "it waits for a time limit of the documents: --slow in dsm_check_args runs it"
            if all_checks(self.subject)[id].slow and "--slow" not in self.options
            else "dsm_check_args leave it out"
        )

    def matching(self, pattern: str) -> list[str]:
        """The ids that a node id means. Raises pytest.UsageError."""
        if pattern in self.ids:
            return [pattern]
        try:
            return matching(pattern, all_checks(self.subject))
        except UnknownCheck as error:
            raise pytest.UsageError(f"{self.group}: {error}") from None


def asked_checks(config: pytest.Config) -> list[AskedChecks]:
    """What options and ini file ask for. Raises pytest.UsageError."""
    urls = {each: config.getoption(f"dsm_check_{each}") for each in (Subject.SERVER, Subject.DEVICE)}
    urls = {subject: url for subject, url in urls.items() if url}
    if len(urls) > 1 and config.getoption("dsm_waivers"):
        raise pytest.UsageError("--dsm-waivers is for --dsm-check-server or --dsm-check-device, one in a run")
    return [_asked(config, subject, url) for subject, url in urls.items()]


def _asked(config: pytest.Config, subject: Subject, url: str) -> AskedChecks:
    given = [*(config.getini("dsm_check_args") or ()), *_words(config.getoption("dsm_check_args") or "")]
    for word in given:
        if word.split("=", 1)[0] in _OURS:
            raise pytest.UsageError(f"dsm_check_args: {word} is not for them; -k and node ids say what is run")
    names = (*_TRUST, *(_OF_SERVERS if subject is Subject.SERVER else ()))
    options = [
        word
        for name in names
        if (value := config.getoption(f"dsm_{name}")) is not None
        for word in (f"--{name.replace('_', '-')}", str(value))
    ]
    if config.getoption("dsm_insecure"):
        options.append("--insecure")
    waivers = config.getoption("dsm_waivers")
    if waivers:
        try:
            read_waivers(Path(waivers), all_checks(subject))
        except WaiverError as error:
            raise pytest.UsageError("\n".join([f"--dsm-waivers {error}", *map(str, error.problems[1:])])) from None
        options += ["--waivers", str(waivers)]
    report = config.getoption("dsm_check_report")
    return AskedChecks(
        subject,
        url,
        (*options, *given),
        _wanted(subject, given),
        None if report is None else Path(report) / subject,
    )


def _wanted(subject: Subject, given: Sequence[str]) -> frozenset[str]:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--gentle", action="store_true")
    parser.add_argument("--grade", default="may", choices=get_args(GradeName))
    try:
        found, _ = parser.parse_known_args(given)
    except argparse.ArgumentError as error:
        raise pytest.UsageError(f"dsm_check_args: {error}") from None
    selection = Selection(grade=found.grade, gentle=found.gentle, slow=found.slow)
    return frozenset(each.id for each in selection.of(all_checks(subject)))


def _words(text: str) -> list[str]:
    words = shlex.split(text, posix=os.name != "nt")
    return [word.strip('"') for word in words] if os.name == "nt" else words
