"""Found first on the path of every process of ours that a test starts (programs.environment): what such a
process writes is checked as in the test's own process, and a wrong message ends it with a code of its own."""

from __future__ import annotations

import os
import sys

WRONG_MESSAGE = 99


def _check(data: bytes) -> None:
    from sent_messages import problems_of_sent

    problems = problems_of_sent(data)
    if problems:
        sys.stderr.write(f"a message of ours departs from the documents: {problems}\n{data!r}\n")
        sys.stderr.flush()
        os._exit(WRONG_MESSAGE)


if "emulator.imaging.decoding.child" not in sys.orig_argv:  # it writes no messages
    from emulator.layers import EVERYWHERE
    from emulator.soap.points import ENVELOPE_WRITTEN

    EVERYWHERE.listen(ENVELOPE_WRITTEN, _check)
