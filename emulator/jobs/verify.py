"""Proof by content hash that what a server stored is what was sent, at any depth and under any name.

Each job is judged by its own manifest. A file belongs to the job whose result names its place; what no result names
is shared out by content: first to the jobs that are judged, then to the other jobs that are known of the store.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from emulator.dsm.outcome import JobOutcome
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.jobs.checking import CheckFindings
from emulator.jobs.free_files import FreeFiles, Lookalikes
from emulator.jobs.known_jobs import KnownJob, known_jobs
from emulator.jobs.manifest import ImageRecord, Manifest, ManifestError, read_manifest
from emulator.jobs.store_files import StoredFile, StoreFiles, hash_file, manifests_in, stored_files

__all__ = ["Judged", "Proof", "StoredFile", "Verification", "hash_file", "stored_files", "verify", "verify_folder"]

_CLEAN: Final = frozenset({JobOutcome.COMPLETED, JobOutcome.COMPLETED_WITH_WARNINGS, JobOutcome.NOT_AWAITED})
"""Outcomes after which every share has every image, or will have."""

_TOLD: Final = ("delivered", "missing", "altered", "duplicate", "unacknowledged", "surplus")


@dataclass(slots=True, repr=False)
class Verification:
    """What the comparison found of one job. `ok` judges the images that the server acknowledged."""

    outcome: str = ""
    """How the job ended, as its manifest says; '' where it has no result: the run was killed, or goes on."""
    reason: str = ""
    """Why it failed, as its manifest says."""
    delivered: list[ImageRecord] = field(default_factory=list)
    missing: list[ImageRecord] = field(default_factory=list)
    """Acknowledged, but nothing in the store has or resembles their content (or not often enough)."""
    altered: list[tuple[ImageRecord, StoredFile]] = field(default_factory=list)
    """Acknowledged and missing, but a file of other content is at their place, or has the same size or the same
    first 4096 octets."""
    duplicate: list[tuple[ImageRecord, list[StoredFile]]] = field(default_factory=list)
    """Stored more often than the known jobs ask for; the list holds every file of that content."""
    unacknowledged: list[tuple[ImageRecord, StoredFile]] = field(default_factory=list)
    """Stored although the manifest holds no acknowledgement (the sender was stopped before it came)."""
    surplus: list[StoredFile] = field(default_factory=list)
    """Files that no known job explains."""

    @property
    def proved(self) -> bool:
        """At least one image of the job is there: of nothing, nothing is proved."""
        return bool(self.delivered or self.unacknowledged)

    @property
    def ok(self) -> bool:
        """Something is proved, and nothing acknowledged is missing, altered or doubled."""
        return self.proved and not (self.missing or self.altered or self.duplicate)

    def __repr__(self) -> str:
        told = [f"{len(found)} {name}" for name in _TOLD if (found := getattr(self, name))]
        return f"<Verification {self.outcome or 'without result'}: {', '.join(told) or 'nothing delivered'}>"


def verify(
    manifest: Manifest, folder: Path, *, copies: int | None = None, others: Sequence[KnownJob] = ()
) -> Verification:
    """Compare one manifest with the files below `folder`.

    `copies`: how often each image must be there. By default what the scan process asks for, once for each
    share; of a job that did not complete cleanly once at the least (not every share may have got it, and what no
    share got is in the server's unfinished folder). `others`: jobs that explain further files. Raises OSError.
    """
    return _Comparison([manifest], others, StoreFiles(folder), copies).judged()[0]


class _Job:
    """A job in the comparison: what it asks for, and which files are its own."""

    def __init__(self, manifest: Manifest, copies: int | None) -> None:
        self.manifest = manifest
        clean = manifest.result is not None and manifest.result.get("outcome") in _CLEAN
        least = (manifest.copies if clean else 1) if copies is None else copies
        self.least = least
        """How often each image must be there."""
        self.most = manifest.copies if copies is None else copies
        self.acknowledged = _by_hash(manifest.acknowledged)
        known = {image.document_id for image in manifest.acknowledged}
        self.open = _by_hash(image for image in manifest.sent if image.document_id not in known)
        self.own: dict[str, list[int]] = defaultdict(list)
        """SHA-256 -> numbers of the files that are the job's."""
        self.elsewise: list[int] = []
        """Files at its places whose content it did not send."""

    def lacks(self, content: str, each: int) -> int:
        """Files of acknowledged images that it lacks, where each is there `each` times."""
        return len(self.acknowledged.get(content, ())) * each - len(self.own[content])

    def may_take(self, content: str) -> int:
        """Files that it may have yet: of images that were not acknowledged too."""
        return self.lacks(content, self.most) + len(self.open.get(content, ())) * self.most


class _Comparison:
    """Shares the files out among the jobs; each file once."""

    def __init__(
        self, manifests: Sequence[Manifest], others: Sequence[KnownJob], store: StoreFiles, copies: int | None
    ) -> None:
        self._store = store
        self._free = FreeFiles(store)
        self._jobs = [_Job(manifest, copies) for manifest in manifests]
        self._others = [(known, _Job(known.manifest, None)) for known in others]
        for job in (*self._jobs, *(job for _, job in self._others)):
            self._take_places(job)
        self._claim_elsewise(self._jobs)
        self._share_out()

    def _claim_elsewise(self, jobs: Iterable[_Job]) -> None:
        for job in jobs:
            job.elsewise = [number for number in job.elsewise if self._free.claim(number)]

    def _take_places(self, job: _Job) -> None:
        for number in self._store.at_places_of(job.manifest):
            content = self._store.files[number].sha256
            if content not in job.acknowledged and content not in job.open:
                job.elsewise.append(number)
            elif self._free.claim(number):
                job.own[content].append(number)

    def _take(self, job: _Job, content: str, count: int, *, until: float | None = None) -> None:
        """Take at most `count` free files of that content; `until`: none that is younger."""
        job.own[content] += self._free.take(content, count, until=until)

    def _share_out(self) -> None:
        for job in self._jobs:  # what each must have goes before what one of them may have
            for content in job.acknowledged:
                self._take(job, content, job.lacks(content, job.least))
        for job in self._jobs:
            for content in (*job.acknowledged, *job.open):
                self._take(job, content, job.may_take(content))
        # Not before: what others did not send may be what a judged job did, under the same name in another store.
        self._claim_elsewise(job for _, job in self._others)
        for known, job in self._others:
            for content in (*job.acknowledged, *job.open):
                self._take(job, content, job.may_take(content), until=known.until)

    def judged(self) -> list[Verification]:
        """One verification a job."""
        found = [self._judge(job) for job in self._jobs]
        surplus = self._store.paths(self._free.numbers)
        for each in found:
            each.surplus = surplus
        return found

    def _judge(self, job: _Job) -> Verification:
        outcome = Verification(*_told(job.manifest))
        unproved: list[ImageRecord] = []
        for content, images in job.acknowledged.items():
            own = job.own[content]
            proved = len(own) // job.least
            outcome.delivered += images[:proved]
            unproved += images[proved:]
            left = self._free.take(content)
            wanted = (len(images) + len(job.open.get(content, ()))) * job.most
            if left or len(own) > wanted:
                outcome.duplicate.append((images[0], self._store.paths((*own, *left))))
        for content, images in job.open.items():
            spare = job.own[content][len(job.acknowledged.get(content, ())) * job.most :]
            for place, number in enumerate(spare):
                image = images[min(place // job.most, len(images) - 1)]
                outcome.unacknowledged.append((image, self._store.files[number]))
        self._look_alike(job, unproved, outcome)
        return outcome

    def _look_alike(self, job: _Job, unproved: Sequence[ImageRecord], outcome: Verification) -> None:
        """Tell altered from missing: by the place, the beginning, the size. Each file is looked at once."""
        own = Lookalikes(self._store)
        for number in reversed(job.elsewise):
            own.add(number)
        still: list[ImageRecord] = []
        for image in unproved:
            alike = own.take(image, by_head=True)
            alike = self._free.alike(image, by_head=True) if alike is None else alike
            alike = own.take(image, by_head=False) if alike is None else alike
            alike = self._free.alike(image, by_head=False) if alike is None else alike
            if alike is None:
                still.append(image)
            else:
                outcome.altered.append((image, self._store.files[alike]))
        at_places = own.left
        for image in still:
            if at_places:
                outcome.altered.append((image, self._store.files[at_places.pop()]))
            else:
                outcome.missing.append(image)
        outcome.altered.sort(key=lambda pair: pair[0].document_id)
        # What lies at a place of the job and stands for none of its images is nobody's.
        for number in at_places:
            self._free.release(number)


def _by_hash(images: Iterable[ImageRecord]) -> dict[str, list[ImageRecord]]:
    groups: dict[str, list[ImageRecord]] = defaultdict(list)
    for image in images:
        groups[image.sha256].append(image)
    return dict(groups)


def _told(manifest: Manifest) -> tuple[str, str]:
    """The job's outcome and why it is no success, as its result says."""
    result = manifest.result or {}
    outcome, reason = result.get("outcome"), result.get("error") or result.get("reason")
    return (outcome if isinstance(outcome, str) else ""), (reason if isinstance(reason, str) else "")


@dataclass(frozen=True, slots=True)
class Judged:
    """One manifest and what came of it."""

    path: Path
    verification: Verification


@dataclass(frozen=True, slots=True, repr=False)
class Proof:
    """What `verify` found of all manifests that it was given."""

    folder: Path
    jobs: Sequence[Judged]
    exact: bool = False
    """Files that no known job explains are a failure too."""

    @property
    def ok(self) -> bool:
        """Every job is proved."""
        return all(self.passes(job.verification) for job in self.jobs)

    @property
    def exit_code(self) -> ExitCode:
        """FAILED where one job is not proved."""
        return ExitCode.OK if self.ok else ExitCode.FAILED

    def check(self) -> Self:
        """Itself, if every job is proved. Raises AssertionError that names the images and files."""
        __tracebackhide__ = True
        findings = CheckFindings()
        known: dict[str, str | Sequence[str]] = {}
        for job in self.jobs:
            found = job.verification
            if self.passes(found):
                continue
            findings.add(f"{job.path.name} is not proved: {found!r}")
            known["missing"] = [repr(image) for image in found.missing]
            known["altered"] = [f"{image!r} is {file.path}" for image, file in found.altered]
            known["duplicate"] = [
                f"{image!r}: {', '.join(str(file.path) for file in files)}" for image, files in found.duplicate
            ]
            known["surplus"] = [str(file.path) for file in found.surplus] if self.exact else []
        findings.require(f"{self!r}", known)
        return self

    def __repr__(self) -> str:
        return f"<Proof {'ok' if self.ok else 'failed'}: {len(self.jobs)} jobs in {self.folder}>"

    def passes(self, verification: Verification) -> bool:
        """Return whether that job is proved."""
        return verification.ok and not (self.exact and verification.surplus)


def _found(paths: Sequence[Path]) -> Sequence[Path]:
    """The manifests themselves. Raises LabError for a folder without any."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(manifests_in(path)) if path.is_dir() else [path]
        if not inside:
            raise LabError(f"no manifest lies in {path}")
        found += inside
    return found


def verify_folder(
    manifests: Sequence[Path],
    folder: Path,
    *,
    copies: int | None = None,
    exact: bool = False,
    state: Path | None = None,
) -> Proof:
    """Compare manifests, together and each by itself, with what is below `folder`: a file counts for one of them.

    - `manifests`: a folder stands for all that lie in it, at any depth.
    - `state`: folder in which manifests of other servers are kept (None: the user's).

    Raises LabError for a manifest or folder that cannot be read.
    """
    if not folder.is_dir():
        raise LabError(f"{folder} is no folder")
    try:
        manifests = _found(manifests)
        read = [read_manifest(path) for path in manifests]
        others = known_jobs(manifests, read, folder, state)
        found = _Comparison(read, others, StoreFiles(folder), copies).judged()
    except ManifestError as error:
        raise LabError(str(error)) from None
    except OSError as error:
        raise LabError(f"{error.filename or folder}: {error.strerror or error}") from None
    return Proof(folder, [Judged(path, each) for path, each in zip(manifests, found, strict=True)], exact)
