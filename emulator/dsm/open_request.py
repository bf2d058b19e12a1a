"""A SendImage or EndPostScanJob of which it is not known whether the scan server has processed it."""

from __future__ import annotations

from emulator.dsm.sequence_steps import Trouble
from emulator.dsm.sequence_table import (
    ENDING_PAUSES,
    NOT_PROCESSED,
    PARTIAL_PAUSES,
    STORING_PAUSES,
    TRIES,
    Result,
)


class OpenRequest:
    """The request under way: how often it went out, and what is in doubt about it."""

    def __init__(self, document_id: int | None = None) -> None:
        """`document_id`: of a SendImage."""
        self.document_id = document_id
        self.sends = 0
        self.in_doubt = False
        """The fate of an earlier send is unknown."""
        self.trouble = Trouble(Result.ANSWERED, "")
        """What came of the last send."""
        self._may_repeat = False
        self._whole_sends = 0
        self._questions = 0

    @property
    def copies(self) -> int:
        """How often it may be at the server, and be counted, beyond once."""
        return max(0, self._whole_sends - 1)

    @property
    def may_go_out_again(self) -> bool:
        """Whether it may be sent once more, where the server has it not."""
        return self._may_repeat and self.sends < TRIES

    def answered(self) -> None:
        """The server has said that it has processed it."""
        self._whole_sends += 1

    def opened(self, trouble: Trouble, *, may_repeat: bool) -> None:
        """The last send came to `trouble`; the server is going to be asked."""
        self.trouble, self._may_repeat, self._questions = trouble, may_repeat, 0
        self.in_doubt |= trouble.result not in NOT_PROCESSED
        if trouble.whole and trouble.result not in NOT_PROCESSED:
            self._whole_sends += 1

    def pause(self) -> float | None:
        """Seconds before the server, which has it not, is asked again; None when that was done often enough."""
        pauses = self._pauses()
        if self._questions >= len(pauses):
            return None
        self._questions += 1
        return pauses[self._questions - 1]

    def _pauses(self) -> tuple[float, ...]:
        result, whole = self.trouble.result, self.trouble.whole
        if result in NOT_PROCESSED:
            return ()
        if self.document_id is None:  # EndPostScanJob
            if not whole:
                return ()
            return PARTIAL_PAUSES if result is Result.FAULT else ENDING_PAUSES
        # The first of two copies may still be being stored when the second is refused.
        if result is Result.DOUBTFUL_FAULT or (whole and result is not Result.FAULT):
            return STORING_PAUSES
        return PARTIAL_PAUSES
