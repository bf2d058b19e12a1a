"""CreatePostScanJob (its WS-DSP page)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lxml import etree

from emulator.dsm.constants import DSP, MAX_STRING, PSP
from emulator.dsm.instructions_xml import read_instructions, write_instructions
from emulator.dsm.job_status import check_doubles, job_token
from emulator.dsm.scan_process import PostScanInstructions
from emulator.dsm.structure import add, bounded_token, check_structure
from emulator.soap.deviations import Deviations
from emulator.soap.reading import Cursor
from emulator.soap.xml import QName

_INSTRUCTIONS: Final = QName(DSP, "PostScanInstructions")
"""An element of dsp with the content of psp (the printed example).
[dsp/create-post-scan-job/instructions-element]"""


@dataclass(frozen=True, slots=True)
class CreatePostScanJobRequest:
    """Asks for a post-scan job of a user and a scan process.
    [dsp/create-post-scan-job/request] [dsp/create-post-scan-job/user-identifier]
    [dsp/create-post-scan-job/psp-identifier] [dsp/create-post-scan-job/psp-identifier-length]"""

    user_identifier: str
    """The user's SID as text, S-1-5-21-...; at most 255 characters."""
    psp_identifier: str
    """GUID of the scan process, upper case without braces [notes/c-05/psp-identifier-sent]."""
    instructions: PostScanInstructions

    def to_xml(self) -> etree._Element:
        """dsp:CreatePostScanJobRequest."""
        root = etree.Element(f"{{{DSP}}}CreatePostScanJobRequest", nsmap={"dsp": DSP, "psp": PSP})
        add(root, DSP, "UserIdentifier", self.user_identifier)
        add(root, DSP, "PSP_Identifier", self.psp_identifier)
        root.append(write_instructions(self.instructions, _INSTRUCTIONS))
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> CreatePostScanJobRequest:
        """Raises ContentError when one of the three is missing or the instructions cannot be understood."""
        cursor = Cursor(element, (DSP,), deviations)
        check_structure(cursor, ("UserIdentifier", "PSP_Identifier", "PostScanInstructions"))
        return cls(
            bounded_token(cursor.required("UserIdentifier"), MAX_STRING),
            bounded_token(cursor.required("PSP_Identifier"), MAX_STRING),
            read_instructions(cursor.required("PostScanInstructions").element, deviations),
        )


@dataclass(frozen=True, slots=True)
class CreatePostScanJobResponse:
    """The job is there. [dsp/create-post-scan-job/response]"""

    job_token: str
    """Opaque, at most 255 characters; Windows uses a GUID."""

    def to_xml(self) -> etree._Element:
        """dsp:CreatePostScanJobResponse."""
        root = etree.Element(f"{{{DSP}}}CreatePostScanJobResponse", nsmap={"dsp": DSP})
        add(root, DSP, "JobToken", self.job_token)
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> CreatePostScanJobResponse:
        """Raises ContentError when JobToken is missing."""
        cursor = Cursor(element, (DSP,), deviations)
        check_structure(cursor, ("JobToken",))
        check_doubles(cursor, JobToken="job-token")
        return cls(job_token(cursor))
