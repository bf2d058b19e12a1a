"""Files of a store that are nobody's yet, found by content and by likeness. Each is looked at once, however many
jobs lack images and however many files no job explains."""

from __future__ import annotations

from collections import defaultdict, deque

from emulator.jobs.manifest import ImageRecord
from emulator.jobs.store_files import StoreFiles


class Lookalikes:
    """Files that may be an image with other content: with its first 4096 octets, or of its size; the one that was
    added last first."""

    def __init__(self, store: StoreFiles) -> None:
        self._store = store
        self._there: dict[int, None] = {}
        self._by_head: dict[str, list[int]] = defaultdict(list)
        self._by_size: dict[int, list[int]] = defaultdict(list)

    def add(self, number: int) -> None:
        """There is another one."""
        self._there[number] = None
        file = self._store.files[number]
        self._by_head[file.head_sha256].append(number)
        self._by_size[file.bytes].append(number)

    def drop(self, number: int) -> None:
        """It is none any more. Safe where it was none."""
        self._there.pop(number, None)

    def take(self, image: ImageRecord, *, by_head: bool) -> int | None:
        """One that is like the image, which is then none any more; None where there is none.

        - `image`: as it was sent.
        - `by_head`: by the beginning; else by the size.
        """
        numbers = self._by_head.get(image.head_sha256) if by_head else self._by_size.get(image.bytes)
        while numbers:
            number = numbers.pop()
            if number in self._there:
                del self._there[number]
                return number
        return None

    @property
    def left(self) -> list[int]:
        """Those that are there, in the order in which they were added."""
        return list(self._there)


class FreeFiles:
    """See the module."""

    def __init__(self, store: StoreFiles) -> None:
        self._store = store
        self.numbers = dict.fromkeys(range(len(store.files)))
        """Of the files, in order."""
        self._by_content = {content: deque(numbers) for content, numbers in store.by_content.items()}
        self._alike: Lookalikes | None = None
        """Made when it is first asked for: where nothing is missing, never."""

    def claim(self, number: int) -> bool:
        """Return whether the file was nobody's; from now on it is somebody's."""
        if number not in self.numbers:
            return False
        del self.numbers[number]
        if self._alike is not None:
            self._alike.drop(number)
        return True

    def release(self, number: int) -> None:
        """It is nobody's again."""
        self.numbers[number] = None
        self._by_content[self._store.files[number].sha256].append(number)
        if self._alike is not None:
            self._alike.add(number)

    def take(self, content: str, count: int | None = None, *, until: float | None = None) -> list[int]:
        """Claim files of that content.

        - `content`: SHA-256.
        - `count`: how many at most; None: all.
        - `until`: none that is younger (seconds since the epoch).
        """
        taken: list[int] = []
        younger: list[int] = []
        numbers = self._by_content.get(content, deque())
        while numbers and (count is None or len(taken) < count):
            number = numbers.popleft()
            if number not in self.numbers:
                continue
            if until is not None and self._store.files[number].path.stat().st_mtime > until:
                younger.append(number)
            else:
                self.claim(number)
                taken.append(number)
        numbers.extendleft(reversed(younger))
        return taken

    def alike(self, image: ImageRecord, *, by_head: bool) -> int | None:
        """Claim a file that is like an image (see Lookalikes)."""
        if self._alike is None:
            self._alike = Lookalikes(self._store)
            for number in self.numbers:
                self._alike.add(number)
        found = self._alike.take(image, by_head=by_head)
        if found is not None:
            self.claim(found)
        return found
