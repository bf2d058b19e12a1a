"""Makes docs/licences.md, the licences of all that comes along with the package, from the metadata of what is
installed: `python docs/make_licences.py`, in an environment with every extra of the lock, on Linux."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parents[1]
PAGE = PROJECT / "docs" / "licences.md"
NOT_TOLD = frozenset({"test", "kerberos"})
"""Extras that are not: what tests need comes to nobody, what `kerberos` needs is built from the user's system."""
LONGEST = 60
"""Characters of a licence's name; what is longer in the field is the licence itself."""

VAGUE = frozenset({"LGPL", "BSD", "GPL"})
"""Their classifiers say more."""

HEAD = """\
# Licences

dsm-emulator is under the MIT License (`LICENSE`). What is installed with it, by whatever extra, as each package \
says in its metadata (`pip show`, `METADATA`); its own texts lie in its `.dist-info`. Made by `python \
docs/make_licences.py`, from the versions of `requirements.lock` on Linux; on Windows colorama (BSD-3-Clause) joins.

| Package | Comes with | Licence | Texts |
|---|---|---|---|
"""

WITHIN = """
In the package itself:

| File | Licence | Text |
|---|---|---|
| `emulator/printing/fonts/Arimo*.ttf` | OFL-1.1 | `Arimo-LICENSE.txt` beside them |
| `emulator/panel/page/vendor/htm-preact.js` | htm: Apache-2.0; preact: MIT | its first lines |

Of the system, where it has them, and never in a wheel: libjbig (GPL-2.0-or-later; only for `Format=jbig`), the \
Kerberos library (extra `kerberos`). What is under the LGPL is imported as it comes, unaltered, and can be \
replaced by any version of its own.
"""

CLASSIFIERS = {
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "SIL Open Font License 1.1 (OFL-1.1)": "OFL-1.1",
    "MIT License": "MIT",
    "BSD License": "BSD",
}


@dataclass
class Coming:
    """A package that comes along."""

    name: str
    by: set[str] = field(default_factory=set)
    """Extras; '' where it always does."""
    extras: set[str] = field(default_factory=set)
    """Of its own, that are asked for."""


def coming() -> dict[str, Coming]:
    """All of them, by name."""
    declared: dict[str, Any] = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = declared["optional-dependencies"]
    found: dict[str, Coming] = {}

    def add(requirements: Iterable[str], by: str) -> None:
        for each in map(Requirement, requirements):
            name = canonicalize_name(each.name)
            if name == "dsm-emulator":
                for extra in each.extras:
                    add(extras[extra], by)
                continue
            one = found.setdefault(name, Coming(name))
            if by in one.by and each.extras <= one.extras:
                continue
            one.by.add(by)
            one.extras |= each.extras
            add(needed(name, one.extras), by)

    add(declared["dependencies"], "")
    for extra, requirements in extras.items():
        if extra not in NOT_TOLD and extra != "all":
            add(requirements, extra)
    return found


def needed(name: str, extras: set[str]) -> Iterator[str]:
    """What a package with those extras asks for in turn, of this system and this Python."""
    for each in distribution(name).requires or ():
        marker = Requirement(each).marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield each


def licence_of(name: str) -> str:
    """As the package's metadata have it. Raises LookupError where they do not say."""
    metadata = distribution(name).metadata
    told = metadata.get("License-Expression") or metadata.get("License") or ""
    if told and len(told) <= LONGEST and told not in VAGUE:
        return told.strip()
    for each in metadata.get_all("Classifier") or ():
        found = re.match(r"License :: OSI Approved :: (.+)", each)
        if found:
            return CLASSIFIERS.get(found[1], found[1])
    if told:
        return told.strip().splitlines()[0]
    raise LookupError(f"{name} says nothing of its licence")


def row(one: Coming) -> str:
    """The line of a package."""
    metadata = distribution(one.name).metadata
    texts = len(metadata.get_all("License-File") or ())
    by = "always" if "" in one.by else ", ".join(f"`{each}`" for each in sorted(one.by))
    return f"| {metadata['Name']} | {by} | {licence_of(one.name).replace('|', '/')} | {texts or ''} |\n"


def page() -> str:
    """The whole page."""
    return HEAD + "".join(row(one) for _, one in sorted(coming().items())) + WITHIN


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
