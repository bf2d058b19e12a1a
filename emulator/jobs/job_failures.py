"""Why a post-scan job did not come to its end, for people: what happened, how often it was tried, what is next."""

from __future__ import annotations

from typing import Final

from emulator.dsm.outcome import Failure, JobAccount, PostScanJobFailed
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.next_step import command_line, trust_words
from emulator.jobs.options import EMBEDDED, ScanOptions

CANCELED: Final = {
    True: "the job was cancelled at the scan server",
    False: "the scan server did not take the cancellation of the job",
    None: "there was no job to cancel",
}
"""Whether the scan server took a cancellation -> what is told of it."""

_HINTS: Final[dict[Failure, str]] = {
    Failure.UNREACHABLE: "is it switched on, and are address and port right?",
    Failure.NOT_TRUSTED: "--ca-file names the roots of a private CA, --insecure takes any certificate",
    Failure.OUTCOME_UNKNOWN: "look at the scan server's own list of jobs before the next",
    Failure.REFUSED_US: "--client-cert shows a certificate to a scan server that wants one",
    Failure.FAULTED: "--trace job.har records the conversation, -vv shows it",
    Failure.NONSENSE: "--trace job.har records the conversation, -vv shows it",
}
"""What a person does next."""


def job_failure(error: PostScanJobFailed, account: JobAccount, options: ScanOptions) -> LabError:
    """The error of the job's outcome."""
    told = f"{error}"
    if count := account.exchanges.retries + account.exchanges.repeats:
        told += f"; tried again {'once' if count == 1 else f'{count} times'}"
    if error.canceled is not None:
        told += f"; {CANCELED[error.canceled]}"
    hint = _HINTS.get(error.failure, "")
    if error.failure is Failure.UNREACHABLE and options.server not in (None, EMBEDDED):
        hint += f" {command_line('inspect', options.server, *trust_words(options.trust))} asks it alone"
    return LabError(told, ExitCode(error.exit_hint), hint)
