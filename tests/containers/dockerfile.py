"""Reads our Dockerfile, and does its steps in a clean Debian root: what the file says and what is tested are one.

`python:3.13-slim` is Debian with a Python of its own; here it is Debian's Python 3.13 under the same names.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
KNOWN = frozenset(
    {"FROM", "ENV", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
)


@dataclass
class Stage:
    """A FROM and what stands below it."""

    base: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)
    """Instruction and what it says."""

    def said(self, instruction: str) -> list[str]:
        return [text for name, text in self.steps if name == instruction]

    def one(self, instruction: str) -> list[str]:
        """Of one that has the form of a JSON list."""
        (text,) = self.said(instruction)
        return [str(each) for each in json.loads(text)]

    @property
    def health(self) -> list[str]:
        (text,) = self.said("HEALTHCHECK")
        return [str(each) for each in json.loads(text.partition("CMD ")[2])]

    @property
    def variables(self) -> dict[str, str]:
        return dict(pair.split("=", 1) for text in self.said("ENV") for pair in shlex.split(text))


def read_dockerfile(text: str) -> list[Stage]:
    """Raises ValueError for an instruction that is not known here."""
    stages: list[Stage] = []
    joined = re.sub(r"\\\n\s*", "", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    for line in filter(None, map(str.strip, joined.splitlines())):
        name, _, says = line.partition(" ")
        if name not in KNOWN:
            raise ValueError(f"{name} is nothing that the test can do")
        if name == "FROM":
            base, _, alias = says.partition(" AS ")
            stages.append(Stage(base, alias))
        else:
            stages[-1].steps.append((name, says.strip()))
    return stages


def context_files(patterns: Sequence[str]) -> list[Path]:
    """What .dockerignore leaves of the project, relative; `*`, `!NAME` and `**/NAME` are all that is read of it."""
    kept = {each[1:] for each in patterns if each.startswith("!")}
    never = {each.removeprefix("**/") for each in patterns if each.startswith("**/")}
    if "*" not in patterns:
        raise ValueError("the test reads a list of what is wanted alone")
    found = []
    for top in sorted(kept):
        for path in [PROJECT / top, *(PROJECT / top).rglob("*")]:
            parts = path.relative_to(PROJECT).parts
            if path.is_file() and not any(fnmatch(part, each) for part in parts for each in never):
                found.append(path.relative_to(PROJECT))
    return found


class Roots:
    """Does stages; each has a root of its own, a copy of the base."""

    def __init__(self, base: Path, folder: Path, network: Mapping[str, str]) -> None:
        """`base`: a clean Debian; `folder`: for the roots; `network`: variables by which pip finds its index."""
        self._base = base
        self._folder = folder
        self._network = network
        self._named: dict[str, Path] = {}

    def build(self, stages: Sequence[Stage]) -> Path:
        """The root of the last one."""
        root = self._base
        for number, stage in enumerate(stages):
            if stage.base != "python:3.13-slim":
                raise ValueError(f"{stage.base}: the test has another base")
            root = self._folder / f"stage-{number}"
            subprocess.run(["cp", "-a", "--reflink=auto", str(self._base), str(root)], check=True)
            self._do(stage, root)
            self._named[stage.name] = root
        return root

    def _do(self, stage: Stage, root: Path) -> None:
        where, variables = "/", dict[str, str]()
        for name, says in stage.steps:
            if name == "ENV":
                variables |= dict(pair.split("=", 1) for pair in shlex.split(says))
            elif name == "WORKDIR":
                where = says
                (root / where.lstrip("/")).mkdir(parents=True, exist_ok=True)
            elif name == "COPY":
                self._copy(says, root, where)
            elif name == "RUN":
                run_in(root, ["/bin/sh", "-c", says], {**variables, **self._network}, where)

    def _copy(self, says: str, root: Path, where: str) -> None:
        if says.startswith("--from="):
            stage, source, target = says.removeprefix("--from=").split()
            shutil.copytree(self._named[stage] / source.lstrip("/"), root / target.lstrip("/"), symlinks=True)
            return
        if says != ". .":
            raise ValueError(f"COPY {says}: the test copies the context")
        for path in context_files((PROJECT / ".dockerignore").read_text().split()):
            target = root / where.lstrip("/") / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / path, target)


MOUNTED = """
mount --make-rprivate /
mount -t proc proc "$ROOT/proc"
mount --bind /dev "$ROOT/dev"
for pair in $VOLUMES; do mkdir -p "$ROOT${pair#*:}"; mount --bind "${pair%%:*}" "$ROOT${pair#*:}"; done
[ -z "$HOSTS" ] || mount --bind "$HOSTS" "$ROOT/etc/hosts"
exec chroot --userspec="$WHO" "$ROOT" /bin/sh -c 'cd "$0" && exec "$@"' "$0" "$@"
"""


def in_root(
    root: Path,
    command: Sequence[str],
    variables: Mapping[str, str],
    where: str,
    *,
    who: int = 0,
    volumes: Mapping[Path, str] | None = None,
    hosts: Path | None = None,
    before: Sequence[str] = (),
) -> tuple[list[str], dict[str, str]]:
    """The command line and the environment that run a command in that root, as that user, without anything of
    ours. `before`: what runs it (a network namespace)."""
    told = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        **variables,
        "ROOT": str(root),
        "WHO": f"{who}:{who}",
        "VOLUMES": " ".join(f"{here}:{there}" for here, there in (volumes or {}).items()),
        "HOSTS": "" if hosts is None else str(hosts),
    }
    return [*before, "unshare", "-m", "/bin/sh", "-ec", MOUNTED, where, *command], told


def run_in(root: Path, command: Sequence[str], variables: Mapping[str, str], where: str = "/") -> str:
    """As root; what it said. AssertionError where it fails."""
    line, told = in_root(root, command, variables, where)
    done = subprocess.run(line, env=told, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def octets_of(folder: Path) -> int:
    """Of all files in it, links counted once."""
    seen, size = set[tuple[int, int]](), 0
    for path in folder.rglob("*"):
        stat = path.lstat()
        if (stat.st_dev, stat.st_ino) not in seen:
            seen.add((stat.st_dev, stat.st_ino))
            size += stat.st_size
    return size


ROOT_USER = hasattr(os, "geteuid") and os.geteuid() == 0
