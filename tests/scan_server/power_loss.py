"""A model of a power cut: what a disk may hold after the first n calls that were written down.

What was synced is there. Of all else anything may be there or not, in any combination: each change of names (a file
or folder made, linked, renamed, removed) whose folder, or one of whose two folders, has not been synced since; of a
file that was not synced since it was written, nothing, half, or all. A rename is one change, as journals make it.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from disk_calls import Wrapping

Key = tuple[int, str]
"""A folder's number and a name in it."""
Change = dict[Key, int | None]
"""What the names are afterwards: the number of a file or folder, or None."""


class Recorder(Wrapping):
    """Within `with`, every call of the store that does not fail is written down."""

    def __init__(self) -> None:
        self.events: list[tuple[str, tuple[Any, ...], Any]] = []
        self._lock = threading.RLock()

    def _wrapped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            with self._lock:  # in the order in which they happen
                result = real(*arguments)
                told = (arguments[0], bytes(arguments[1][:result])) if name == "write" else arguments
                self.events.append((name, told, result))
                return result

        return call

    def acknowledged(self, image: bytes) -> None:
        """From here on it must not be lost."""
        self.events.append(("acknowledged", (image,), None))


@dataclass
class Disk:
    """What the calls up to now have made, and what of it surely lasts."""

    root: Path
    names: dict[Key, int] = field(default_factory=dict)
    lasting: dict[Key, int] = field(default_factory=dict)
    pending: list[Change] = field(default_factory=list)
    """Changes of names that a power cut may lose, the oldest first."""
    folders: set[int] = field(default_factory=lambda: {0})
    now: dict[int, bytes] = field(default_factory=dict)
    """Content of files."""
    synced: dict[int, bytes] = field(default_factory=dict)
    acknowledged: list[bytes] = field(default_factory=list)
    _open: dict[int, int] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def happens(self, name: str, arguments: tuple[Any, ...], result: Any) -> None:
        """The next call."""
        match name:
            case "acknowledged":
                self.acknowledged.append(arguments[0])
            case "open":
                self._open[result] = self._opened(Path(arguments[0]), arguments[1])
            case "write":
                number = self._open[arguments[0]]
                self.now[number] += arguments[1]
            case "fsync":
                self._sync(self._open[arguments[0]])
            case "mkdir":
                number = next(self._numbers)
                self.folders.add(number)
                self._change({self._key(Path(arguments[0])): number})
            case "link":
                source, target = map(self._key, map(Path, arguments))
                self._change({target: self.names[source]})
            case "rename" | "replace" | "rename_new":
                source, target = map(self._key, map(Path, arguments))
                self._change({source: None, target: self.names[source]} if source != target else {})
            case "unlink" | "rmdir":
                self._change({self._key(Path(arguments[0])): None})
            case _:
                raise AssertionError(f"a call that the model does not know: {name}")

    def _opened(self, path: Path, flags: int) -> int:
        if path == self.root or not path.is_relative_to(self.root):
            return 0
        key = self._key(path)
        if key not in self.names:
            assert flags & os.O_CREAT, path
            number = next(self._numbers)
            self.now[number] = b""
            self._change({key: number})
        return self.names[key]

    def _key(self, path: Path) -> Key:
        folder = 0
        *above, name = path.relative_to(self.root).parts
        for each in above:
            folder = self.names[folder, each]
        return folder, name

    def _change(self, change: Change) -> None:
        _apply(self.names, change)
        self.pending.append(change)

    def _sync(self, number: int) -> None:
        if number not in self.folders:
            self.synced[number] = self.now[number]
            return
        later: list[Change] = []
        done: set[Key] = set()
        for change in reversed(self.pending):
            if any(folder == number for folder, _ in change):
                _apply(self.lasting, {key: value for key, value in change.items() if key not in done})
                done |= set(change)
            elif left := {key: value for key, value in change.items() if key not in done}:
                # What has been made to last since is not undone by what came before it.
                later.append(left)
        self.pending = later[::-1]

    def states(self) -> Iterator[Tree]:
        """What may be found after a power cut now."""
        for chosen in itertools.product((False, True), repeat=len(self.pending)):
            names = dict(self.lasting)
            for take, change in zip(chosen, self.pending, strict=True):
                if take:
                    _apply(names, change)
            tree = _tree(names, self.folders)
            unsure = sorted({number for number in tree.values() if self.synced.get(number) != self.now.get(number)})
            for contents in itertools.product(*(self._contents(number) for number in unsure)):
                sure = {number: self.now.get(number, b"") for number in tree.values()}
                sure.update(zip(unsure, contents, strict=True))
                yield Tree(tuple((path, number, sure[number]) for path, number in sorted(tree.items())))

    def _contents(self, number: int) -> list[bytes]:
        before, now = self.synced.get(number, b""), self.now[number]
        return list(dict.fromkeys((before, now[: (len(before) + len(now)) // 2], now)))


def _apply(names: dict[Key, int], change: Change) -> None:
    for key, number in change.items():
        if number is None:
            names.pop(key, None)
        else:
            names[key] = number


def _tree(names: dict[Key, int], folders: set[int]) -> dict[str, int]:
    """Paths below the root; what no folder leads to is gone."""
    found: dict[str, int] = {}
    inside: dict[int, list[tuple[str, int]]] = {}
    for (folder, name), number in names.items():
        inside.setdefault(folder, []).append((name, number))
    waiting = [("", 0)]
    while waiting:
        path, folder = waiting.pop()
        for name, number in inside.get(folder, ()):
            found[f"{path}{name}"] = number
            if number in folders:
                found[f"{path}{name}/"] = found.pop(f"{path}{name}")
                waiting.append((f"{path}{name}/", number))
    return found


@dataclass(frozen=True)
class Tree:
    """One state: paths (folders end with a slash), which file each is, contents."""

    entries: tuple[tuple[str, int, bytes], ...]

    def build(self, root: Path) -> None:
        """On a real disk, with links where two paths are one file."""
        root.mkdir()
        made: dict[int, Path] = {}
        for path, number, content in self.entries:
            if path.endswith("/"):
                (root / path).mkdir()
            elif number in made:
                os.link(made[number], root / path)
            else:
                (root / path).write_bytes(content)
                made[number] = root / path
