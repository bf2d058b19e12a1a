"""Mutants of what each operation is answered with in each state of its job."""

from __future__ import annotations

from mutant import Mutant, accepted, another_fault, refused, refused_once_told

STATUS = (
    '<dsp:GetPostScanJobElementsResponse><dsp:JobElements><dsp:ElementData dsp:Name="dsp:JobStatus" '
    'dsp:Valid="false"/></dsp:JobElements></dsp:GetPostScanJobElementsResponse>'
)
REFUSED_TOKENS = ("dsp/answer/*", "dsp/fault/*", "bdsrr/*")


MUTANTS = (
    Mutant("dsp/answer/send-image-to-an-unknown-token", "taken", (accepted("SendImage"),), also=REFUSED_TOKENS),
    Mutant(
        "dsp/answer/send-image-to-an-unknown-token",
        "another fault",
        (another_fault("SendImage"),),
        also=REFUSED_TOKENS,
    ),
    Mutant("dsp/answer/send-image-while-creating", "refused", (refused("SendImage"),), also=("*",)),
    Mutant("dsp/answer/send-image-after-the-end", "taken", (accepted("SendImage"),), also=REFUSED_TOKENS),
    Mutant("dsp/answer/send-image-to-an-ended-job", "taken", (accepted("SendImage"),), also=REFUSED_TOKENS),
    Mutant("dsp/answer/end-of-an-unknown-token", "accepted", (accepted("EndPostScanJob"),), also=REFUSED_TOKENS),
    Mutant("dsp/answer/end-while-creating", "refused", (refused("EndPostScanJob"),), also=("*",)),
    Mutant("dsp/answer/end-after-the-end", "accepted", (accepted("EndPostScanJob"),), also=REFUSED_TOKENS),
    Mutant("dsp/answer/end-of-an-ended-job", "accepted", (accepted("EndPostScanJob"),), also=REFUSED_TOKENS),
    Mutant(
        "dsp/answer/cancel-of-an-unknown-token", "accepted", (accepted("CancelPostScanJob"),), also=REFUSED_TOKENS
    ),
    Mutant("dsp/answer/cancel-while-creating", "refused", (refused("CancelPostScanJob"),), also=("*",)),
    Mutant(
        "dsp/answer/cancel-while-processing",
        "refused",
        (refused("CancelPostScanJob", ended=True),),
        also=("*cancel*",),
    ),
    Mutant("dsp/answer/cancel-of-an-ended-job", "accepted", (accepted("CancelPostScanJob"),), also=REFUSED_TOKENS),
    Mutant(
        "dsp/answer/elements-of-an-unknown-token",
        "answered",
        (accepted("GetPostScanJobElements", STATUS),),
        also=REFUSED_TOKENS,
    ),
    Mutant("dsp/answer/elements-while-creating", "refused", (refused("GetPostScanJobElements"),), also=("*",)),
    Mutant(
        "dsp/answer/elements-while-processing",
        "refused",
        (refused("GetPostScanJobElements", ended=True),),
        also=("*",),
    ),
    Mutant("dsp/answer/elements-of-an-ended-job", "another fault", (refused_once_told(),), also=("*",)),
    Mutant("dsp/answer/jobs-may-be-forgotten", "never", also=("*",)),
)
