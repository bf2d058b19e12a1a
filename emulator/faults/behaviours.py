"""What services of the embedded scan server can do otherwise within themselves, as data. Without one of these it
obeys the documents throughout."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Behaviour(StrEnum):
    """One thing that the embedded scan server does otherwise."""

    # The law: [bdsrr/7/note-13-unknown-repository-element] [bdsrr/7/note-16-unknown-job-element]
    UNKNOWN_ELEMENT_UNANSWERED = "unknown-element-unanswered"
    WRONG_ELEMENT_INVALID = "wrong-element-invalid"  # [bdsrr/7/note-13-wrong-repository-element]
    # The law: [bdsrr/7/note-14-malformed-token-of-cancel] [bdsrr/7/note-15-malformed-token-of-elements]
    ODD_TOKEN_UNAVAILABLE = "odd-token-unavailable"  # noqa: S105 - no password
    NO_COMPLETED_WITH_WARNINGS = "no-completed-with-warnings"  # [bdsrr/7/note-8-no-warnings]
    NO_TEMPORARY_ERROR = "no-temporary-error"  # [bdsrr/7/note-11-no-temporary-error]
    NO_DEVICE_CHOICES = "no-device-choices"  # [bdsrr/7/note-2-no-extension-flags]


BEHAVIOURS: Final[Mapping[Behaviour, str]] = MappingProxyType(
    {
        Behaviour.UNKNOWN_ELEMENT_UNANSWERED: "GetRepositoryElements and GetPostScanJobElements that ask for an "
        "element that is not known get no answer at all, instead of Valid=false (MS-BDSRR 3.2.4.1 and 3.2.4.3, "
        "notes 13 and 16)",
        Behaviour.WRONG_ELEMENT_INVALID: "GetRepositoryElements that asks for an unknown element in the namespace "
        "of the service is answered InvalidArgs, instead of Valid=false (MS-BDSRR 3.2.4.1, note 13)",
        Behaviour.ODD_TOKEN_UNAVAILABLE: "a JobToken that is no GUID is answered wsa:EndpointUnavailable, instead "
        "of InvalidArgs (MS-BDSRR 3.2.4.2 and 3.2.4.3, notes 14 and 15)",
        Behaviour.NO_COMPLETED_WITH_WARNINGS: "a job that ends with warnings says "
        "PostScanJobCompletedSuccessfully, instead of PostScanJobCompletedWithWarnings (MS-BDSRR 2.2.5.11, note 8)",
        Behaviour.NO_TEMPORARY_ERROR: "what passes by itself is answered ServerErrorInternalError, instead of "
        "ServerErrorTemporaryError (MS-BDSRR 3.1.4.1.4, note 11)",
        Behaviour.NO_DEVICE_CHOICES: "AllowDeviceFileNameChange and AllowDeviceFilePathChange of a scan process "
        "mean nothing: a changed name or folder is answered InvalidArgs (MS-BDSRR 2.2.3.93, 2.2.3.94 and 6.2.7, "
        "notes 2 to 4, 6, 7 and 18)",
    }
)
"""What each does, and where the document says that Windows does it."""
