"""Mutants of the rules of a ticket."""

from __future__ import annotations

from typing import Any

from device_plugs import WSCN, another_fault, does, holding, invalid, refuses, says, wrong
from lxml import etree
from mutant import Change, Plug, element, handled, text, without

from emulator.dpws.points import OperationCall
from emulator.soap.envelope import response
from emulator.soap.fault import FaultError
from emulator.wsscan import faults

CREATE, VALIDATE = "CreateScanJob", "ValidateScanTicket"
FINAL = "//wscn:DocumentFinalParameters"
VALID = says(text("//wscn:ValidTicket", "true"), VALIDATE)
INVALID = says(text("//wscn:ValidTicket", "false"), VALIDATE)
NO = faults.invalid_args("ScanTicket")


def unmarked(name: str) -> Change:
    """Nothing has that attribute."""

    def change(root: Any) -> None:
        for each in root.iter(etree.Element):
            each.attrib.pop(f"{WSCN}{name}", None)

    return change


def overridden(root: Any) -> None:
    """Override stands on Exposure."""
    for each in root.xpath("//*[local-name()='DocumentFinalParameters']/*[local-name()='Exposure']"):
        each.set(f"{WSCN}Override", "true")


def honours_nothing(root: Any) -> None:
    """MustHonor means nothing."""
    for each in root.iter(etree.Element):
        each.attrib.pop(f"{WSCN}MustHonor", None)


def made_all_the_same() -> Plug:
    """CreateScanJob of what must be rejected makes a job."""

    async def handler(call: OperationCall) -> Any:
        try:
            return await call.go_on()
        except FaultError:
            if call.name != CREATE:
                raise
            return response(call.asked, element(MADE))

    return handled(handler)


MADE = (
    "<wscn:CreateScanJobResponse><wscn:JobId>99</wscn:JobId><wscn:JobToken>t</wscn:JobToken>"
    "</wscn:CreateScanJobResponse>"
)


def wrong_correction(root: Any) -> None:
    """ValidScanTicket is the ticket that was asked about."""
    for each in root.xpath("//*[local-name()='ValidScanTicket']//*[local-name()='Rotation']"):
        each.text = "45"
        each.set(f"{WSCN}MustHonor", "true")


def out_of_order_is_invalid() -> Plug:
    """ValidTicket is false where InputSource does not stand before InputSize."""

    async def handler(call: OperationCall) -> Any:
        answer = await call.go_on()
        names = (
            []
            if call.asked.body is None
            else [etree.QName(each).localname for each in call.asked.body.iter("{*}*")]
        )
        if call.name == VALIDATE and names.index("InputSource") > names.index("InputSize"):
            for each in answer.body.iter(f"{WSCN}ValidTicket"):
                each.text = "false"
        return answer

    return handled(handler)


OTHER_FORMAT = says(text(f"{FINAL}/wscn:Format", "png"), CREATE)
OTHER_QUALITY = says(text(f"{FINAL}/wscn:CompressionQualityFactor", "50"), CREATE)

MUTANTS = (
    wrong(
        "wscn/validate-scan-ticket/answered",
        "by a fault",
        refuses(VALIDATE, holding("MustHonor"), NO),
    ),
    wrong("wscn/validate-scan-ticket/valid", "false", INVALID),
    wrong(
        "wscn/validate-scan-ticket/valid",
        "an image of no size",
        says(text("//wscn:PixelsPerLine", "0"), VALIDATE),
    ),
    wrong("wscn/validate-scan-ticket/response", "no correction", says(without("//wscn:ValidScanTicket"), VALIDATE)),
    wrong("wscn/validate-scan-ticket/response", "no image", says(without("//wscn:ImageInformation"), VALIDATE)),
    wrong("wscn/validate-scan-ticket/invalid", "true", VALID),
    wrong("wscn/validate-scan-ticket/invalid", "a correction that fails", says(wrong_correction, VALIDATE)),
    wrong("notes/c-18/sizes-of-no-image-are-0", "1", says(text("//wscn:PixelsPerLine", "1"), VALIDATE)),
    wrong("notes/c-26/region-width-within-the-width", "by the height", invalid("MustHonor")),
    wrong("notes/c-26/offsets-within-the-input-size", "anywhere", VALID),
    wrong("wscn/validation/every-value-checked", "true of all", VALID),
    wrong("wscn/validation/unknown-element-ignored", "false", invalid("Staple")),
    wrong("wscn/validation/unsupported-value-substituted", "rejected", refuses(CREATE, holding(">7<"), NO)),
    wrong("wscn/must-honor/false-when-absent", "rejected", refuses(CREATE, holding(">7<"), NO)),
    wrong("wscn/final-parameters/override", "not marked", says(unmarked("Override"), CREATE)),
    wrong("wscn/validation/must-honor-or-reject", "not heeded", does(CREATE, honours_nothing)),
    wrong("wscn/validation/must-honor-or-reject", "valid", VALID),
    wrong("wscn/validation/fault-of-a-rejected-ticket", "another", another_fault(CREATE)),
    wrong("notes/c-16/must-honor-of-format", "not heeded", made_all_the_same()),
    wrong("wscn/validation/conflict-rejected-by-create-scan-job", "a job is made", made_all_the_same()),
    wrong("wscn/validation/conflicting-must-honor", "another fault", another_fault(VALIDATE)),
    wrong("wscn/fault/client-error-conflicting-required-parameters", "InvalidArgs", another_fault(VALIDATE, NO)),
    wrong(
        "wscn/validation/absent-element-by-default",
        "of another format",
        says(text(f"{FINAL}/wscn:Format", "png"), CREATE),
    ),
    wrong(
        "wscn/default-scan-ticket/source-of-defaults",
        "of another format",
        says(text(f"{FINAL}/wscn:Format", "png"), CREATE),
    ),
    wrong("wscn/final-parameters/used-default", "not marked", says(unmarked("UsedDefault"), CREATE)),
    wrong("wscn/final-parameters/marked-elements", "on Exposure", says(overridden, CREATE)),
    wrong("wscn/final-parameters/every-parameter", "no Rotation", says(without(f"{FINAL}/wscn:Rotation"), CREATE)),
    wrong("wscn/create-scan-job/supported", "refused", refuses(CREATE, later=1)),
    wrong("wscn/create-scan-job/response", "no final parameters", says(without(FINAL), CREATE)),
    wrong(
        "wscn/validation/lossless-quality-100",
        "50",
        says(text(f"{FINAL}/wscn:CompressionQualityFactor", "50"), CREATE),
    ),
    wrong("wscn/validation/lossless-quality-must-honor", "true", VALID),
    wrong("notes/c-18/quality-from-0", "refused", refuses(VALIDATE, holding("Factor>0<"), NO)),
    wrong("wscn/validation/film-scan-mode-without-film", "false", invalid("ColorSlideFilm")),
    wrong("wscn/validation/media-back-without-duplex", "rejected", refuses(CREATE, holding("MediaBack"), NO)),
    wrong("wscn/validation/region-wholly-outside", "a job is made", made_all_the_same()),
    wrong("wscn/validation/scaling-out-of-range", "true", VALID),
    wrong("notes/c-10/scaling-1250-invalid", "true", VALID),
    wrong("wscn/ticket/any-order-accepted", "false", out_of_order_is_invalid()),
    wrong("notes/schema/order-of-children-not-demanded", "refused", refuses(VALIDATE, fault=NO)),
    wrong("clients/sane-airscan/ticket-out-of-order", "refused", refuses(VALIDATE, fault=NO)),
    wrong("wscn/validation/both-children-of-a-choice", "refused", refuses(VALIDATE, fault=NO)),
    wrong("clients/wsd-python/both-children-of-the-choices", "refused", refuses(VALIDATE, fault=NO)),
    wrong("notes/c-16/must-honor-of-media-sides-read", "false", invalid("MustHonor")),
    wrong("notes/c-10/document-description-in-scan-ticket", "refused", refuses(VALIDATE, fault=NO)),
)
