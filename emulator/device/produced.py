"""A document that the scanner has made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from emulator.dsm.job_requests import Document
from emulator.imaging.encode import DocumentInfo


@dataclass(frozen=True, slots=True)
class Produced:
    """A document ready to be sent and what is in it; `temporary` ones are deleted when they have been sent."""

    document: Document
    info: DocumentInfo
    temporary: bool

    @classmethod
    def of(cls, number: int, path: Path, info: DocumentInfo, *, temporary: bool) -> Produced:
        """The document in the file `path`, `number` in its job (from 1)."""
        document = Document(
            document_id=number,
            format=info.format,
            media_type=info.media_type,
            path=path,
            size=info.bytes,
            sha256=info.sha256,
        )
        return cls(document, info, temporary)

    def discard(self) -> None:
        """Delete a temporary one; safe to call twice."""
        if self.temporary:
            self.document.path.unlink(missing_ok=True)
