"""The store's calls to the disk, counted, made to fail, made fatal, or written down: by its own list of them."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any, Self

from emulator.scan_server.disk import DiskCalls, calls

NAMES = tuple(vars(DiskCalls()))
"""All of them: a call that the store learns to make is counted without a word here."""

ERRNOS = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EIO, errno.EMFILE)

_TO = ("link", "rename", "replace", "rename_new")
"""Those with two paths: the second is told."""

MODES = ("links", "no links", "no links, no conditional rename")


@contextlib.contextmanager
def replaced(**others: Callable[..., Any]) -> Iterator[None]:
    """Calls of these names are others within."""
    before = {name: getattr(calls, name) for name in others}
    try:
        for name, other in others.items():
            setattr(calls, name, other)
        yield
    finally:
        for name, own in before.items():
            setattr(calls, name, own)


def _fails(number: int) -> Callable[..., None]:
    def call(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return call


def without_links() -> contextlib.AbstractContextManager[None]:
    """A file system without hard links, as FAT."""
    return replaced(link=_fails(errno.EPERM))


def file_system(mode: str) -> contextlib.AbstractContextManager[None]:
    """One of MODES."""
    without: dict[str, Callable[..., None]] = {}
    if mode != "links":
        without["link"] = _fails(errno.EPERM)
    if mode.endswith("rename"):
        without["rename_new"] = _fails(errno.EINVAL)
    return replaced(**without)


class Wrapping:
    """Within `with`, every call of the store to the disk goes through `_wrapped`."""

    def __enter__(self) -> Self:
        self._within = contextlib.ExitStack()
        self._within.enter_context(replaced(**{name: self._wrapped(name, getattr(calls, name)) for name in NAMES}))
        return self

    def __exit__(self, *_: object) -> None:
        self._within.close()

    def _wrapped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        raise NotImplementedError


class Watched(Wrapping):
    """Within `with`, every call is counted, and `before` is told it: name, number from 1, path."""

    def __init__(self, before: Callable[[str, int, str], None] = lambda name, number, path: None) -> None:
        self.count = 0
        self._before = before
        self._lock = threading.Lock()
        self._paths: dict[int, str] = {}

    def _wrapped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            with self._lock:
                self.count += 1
                number = self.count
            of = arguments[1] if name in _TO else arguments[0]
            path = self._paths.get(of, "?") if isinstance(of, int) else os.fspath(of)
            self._before(name, number, path)
            result = real(*arguments)
            if name == "open":
                self._paths[result] = path
            return result

        return call


class FailsOnce(Watched):
    """Call number `at` fails with that errno, all others do what they do."""

    def __init__(self, at: int, number: int) -> None:
        super().__init__(self._fail)
        self._at, self._errno = at, number
        self.failed = ("", "")
        """The call that failed and its path."""

    def _fail(self, name: str, number: int, path: str) -> None:
        if number == self._at:
            self.failed = name, path
            raise OSError(self._errno, os.strerror(self._errno), path)


class FailsFromThen(Watched):
    """From call number `at` on every call fails with that errno, as far as it would; with ENOSPC what needs no
    room still works."""

    NEED_ROOM = ("write", "link", "mkdir")

    def __init__(self, at: int, number: int) -> None:
        super().__init__(self._fail)
        self._at, self._errno = at, number

    def _fail(self, name: str, number: int, path: str) -> None:
        if number >= self._at and (self._errno != errno.ENOSPC or name in self.NEED_ROOM):
            raise OSError(self._errno, os.strerror(self._errno), path)
