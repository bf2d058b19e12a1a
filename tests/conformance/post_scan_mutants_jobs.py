"""Mutants of what a device does in a job: its order, what goes wrong at the server, what is told in another way."""

from __future__ import annotations

from judged_post_scan import ClientMutant
from lying_client import (
    STATUS,
    an_end_that_does_not_wait,
    an_image_behind_the_end,
    answered,
    asked_over_and_over,
    believed,
    cannot_read,
    elsewhere,
    holds,
    lost_without_events,
    made_up,
    octets,
    one_message_id,
    replaced,
    sent_again,
    substituted,
    taken_for_answered,
    taken_for_the_end,
    takes_everything,
    takes_the_first_answer,
    unsent,
    xml,
)
from mutant import text, with_child, without
from post_scan_mutants_messages import ASKS, CREATES, ENDS, SENDS, SUBSCRIBES, unchanged, wrong

TAKEN = "<dsp:SendImageResponse/>"
CREATED = (
    "<dsp:CreatePostScanJobResponse><dsp:JobToken>A-TOKEN-OF-ITS-OWN</dsp:JobToken></dsp:CreatePostScanJobResponse>"
)
FAULT = holds(":Fault>")
OF_A_JOB = f"{SENDS} {ENDS} {ASKS}"
THIRD = "DocumentId>3<"

MUTANTS: tuple[ClientMutant, ...] = (
    # Order
    *wrong(
        "dsp/sequence/directed-probe discovery/directed/device-probes-its-scan-server",
        "never probes",
        unsent("Probe"),
    ),
    *wrong("dsp/sequence/get-from-that-address", "asks where it probed", elsewhere("/ScanServer", "Get")),
    *wrong(
        "dsp/address/service-from-the-metadata notes/c-37/addresses-from-the-metadata",
        "asks where it probed",
        elsewhere("/ScanServer", ASKS),
    ),
    *wrong("dsp/sequence/one-send-image-for-each-document", "leaves the third out", made_up(SENDS, TAKEN, THIRD)),
    *wrong("dsp/send-image/document-id-unique", "always 1", xml(text("//dsp:DocumentId", "1"), SENDS)),
    *wrong("dsp/header/message-id", "the same for each image", one_message_id(SENDS)),
    *wrong("discovery/message-id/unique", "the same for Probe and Get", one_message_id("Probe", "Get")),
    *wrong(
        "dsp/sequence/subscribe-at-the-hosted-service eventing/subscribe/to-the-hosted-service",
        "where it probed",
        elsewhere("/ScanServer", SUBSCRIBES),
    ),
    *wrong(
        "dsp/create-post-scan-job/psp-identifier notes/c-05/psp-identifier-compared-as-a-guid",
        "another",
        xml(text("//dsp:PSP_Identifier", "00000000-0000-4000-8000-000000000001"), CREATES),
    ),
    *wrong(
        "dsp/security/weak-mode-user",
        "somebody else",
        xml(text("//dsp:UserIdentifier", "S-1-5-21-1-2-3-500"), CREATES),
    ),
    *wrong(
        "dsp/create-post-scan-job/instructions-of-the-scan-process psp/change/instructions-as-stored",
        "another name",
        replaced("RootName>Conformance<", "RootName>Scan<", CREATES),
    ),
    *wrong(
        "psp/scan-process/filters-of-the-scan-process-only",
        "one less",
        xml(without("//*[local-name()='Filter'][1]"), CREATES),
    ),
    *wrong("psp/email/can-add-addresses-default", "another address", replaced("archive@", "somebody@", CREATES)),
    *wrong("dsp/sequence/subscription-is-optional", "no events, no job", lost_without_events()),
    *wrong("dsp/sequence/create-before-images", "takes a fault for a job", believed(CREATES, CREATED, FAULT)),
    *wrong("dsp/sequence/end-after-the-last-response", "does not wait", an_end_that_does_not_wait()),
    *wrong("dsp/sequence/end-after-the-last-response", "an image behind it", an_image_behind_the_end()),
    # What the server may say in more ways than one
    *wrong("habits/strict/prefix-soap-env", "does not read it", cannot_read("", holds("SOAP-ENV:"))),
    *wrong(
        "habits/strict/namespaces-on-the-envelope", "does not read it", cannot_read("", holds('xmlns:x="urn:x"'))
    ),
    *wrong(
        "habits/strict/must-understand-to-and-action",
        "does not understand it",
        cannot_read("", holds("mustUnderstand")),
    ),
    *wrong(
        "habits/strict/empty-response-elements",
        "does not read it",
        cannot_read(OF_A_JOB, holds("></dsp:SendImageResponse>")),
    ),
    *wrong(
        "habits/strict/cr-lf-after-the-envelope",
        "does not read it",
        cannot_read("", lambda r: r.body.endswith(b"\r\n")),
    ),
    *wrong(
        "soap/envelope/byte-order-mark",
        "does not read it",
        cannot_read("", lambda r: r.body.startswith(b"\xef\xbb\xbf")),
    ),
    *wrong(
        "notes/c-14/response-action-of-the-request-read",
        "does not read it",
        cannot_read(OF_A_JOB, holds("/SendImage</wsa:Action>")),
    ),
    *wrong("addressing/to/of-a-response", "wants it", cannot_read(OF_A_JOB, lambda r: b"<wsa:To>" not in r.body)),
    *wrong(
        "dsp/get-post-scan-job-elements/bare-attributes-read notes/c-09/attributes-read-in-both-forms",
        "does not read them",
        cannot_read(ASKS, holds(" Name=")),
    ),
    *wrong("dsp/time/zone-is-optional", "does not read them", cannot_read(ASKS, holds(".1234567<"))),
    *wrong("dsc/wire/prefixes-mean-nothing", "does not read them", cannot_read("", holds("<odd-soap:Envelope"))),
    *wrong(
        "notes/schema/white-space-round-date-times",
        "does not read it",
        cannot_read(ASKS, holds("CreatedTime> \n")),
    ),
    *wrong("notes/c-10/white-space-in-date-times", "does not read it", cannot_read(ASKS, holds("CreatedTime> \n"))),
    *wrong(
        "dsp/job-state/unknown-keyword-is-no-error notes/c-33/unknown-keywords-tolerated",
        "gives up",
        cannot_read(ASKS, holds("Polishing")),
    ),
    *wrong("notes/c-13/started-is-transient", "takes it for the end", taken_for_the_end(">Started<")),
    *wrong("notes/c-21/terminating-is-not-final", "takes it for the end", taken_for_the_end(">Terminating<")),
    *wrong(
        "dsp/job-state-reason/send-image-failed-misprint notes/c-04/send-imange-failed-read",
        "does not read it",
        cannot_read(ASKS, holds("SendImangeFailed")),
    ),
    *wrong("notes/c-33/timed-out-reason", "does not read it", cannot_read(ASKS, holds("PostScanJobTimedOut"))),
    *wrong(
        "dsp/filter-state-reason/spelling-of-sharepoint notes/c-03/sharepoint-reasons-in-any-case",
        "does not read it",
        cannot_read(ASKS, holds("Sharepoint")),
    ),
    *wrong(
        "soap/http/length-and-chunks",
        "reads no chunks",
        cannot_read(OF_A_JOB, lambda r: bool(r.header("Transfer-Encoding"))),
    ),
    *wrong("soap/http/interim-answers-passed-over", "takes the first", takes_the_first_answer()),
    *wrong(
        "dsp/address/types-in-the-namespace notes/silent/dsp-service-by-namespace",
        "wants another name",
        cannot_read("Get", holds("OfAnotherMake")),
    ),
    *wrong(
        "addressing/reference-parameters/copied-as-headers",
        "leaves them out",
        xml(without("//*[local-name()='Room']"), SENDS, ENDS),
    ),
    *wrong(
        "dsp/job-token/echoed bdsrr/2.2.3.28/token-is-opaque notes/c-05/job-token-echoed",
        "blanks put together",
        replaced("two blanks", "one", SENDS),
    ),
    *wrong("notes/c-34/images-in-creating", "does not read it", cannot_read(ASKS, holds(">Creating<"))),
    *wrong(
        "dsp/fault/envelope-before-status habits/client/fault-on-200",
        "believes the status",
        believed(SENDS, TAKEN, lambda r: r.status == 200 and FAULT(r)),
    ),
    *wrong(
        "notes/c-40/job-token-not-found-of-receiver-read",
        "tries again",
        believed(SENDS, TAKEN, holds("JobTokenNotFound")),
    ),
    *wrong("habits/strict/fault-before-the-attachment", "does not read it", believed(SENDS, TAKEN, FAULT)),
    # Events
    *wrong(
        "dsp/event/produced-and-supported eventing/delivery/answer",
        "takes them nowhere",
        substituted(r"(NotifyTo><wsa:Address>[^<]*)<", r"\1-elsewhere<", SUBSCRIBES),
    ),
    *wrong(
        "dsp/event/produced-and-supported",
        "listens nowhere",
        substituted(r"(NotifyTo><wsa:Address>)[^<]*<", r"\1http://127.0.0.1:9/x<", SUBSCRIBES),
    ),
    *wrong(
        "soap/http/wrong-method-405 soap/http/wrong-path-404 soap/http/wrong-type-415 soap/fault/must-understand "
        "soap/fault/version-mismatch soap/envelope/no-dtd",
        "takes everything for an event",
        unchanged(),
        sink=takes_everything(),
    ),
    *wrong("soap/http/one-way-202", "with a body", unchanged(), sink=answered(202, new=b"taken", fault=False)),
    *wrong("soap/http/other-faults-500", "with 400", unchanged(), sink=answered(400)),
    *wrong(
        "addressing/action/of-a-fault",
        "that of SOAP",
        unchanged(),
        sink=answered(pattern=b"2004/08/addressing/fault<", new=b"2004/08/addressing/soap/fault<"),
    ),
    *wrong(
        "addressing/relates-to/of-a-response",
        "to nothing",
        unchanged(),
        sink=answered(pattern=b"RelatesTo>[^<]*<", new=b"RelatesTo>urn:uuid:0<"),
    ),
    *wrong("eventing/expires/renewed-at-half-the-time", "never", unsent("Renew")),
    *wrong(
        "eventing/manager/identifier-as-a-header",
        "without it",
        xml(without("//soap:Header/wse:Identifier"), "Renew", "Unsubscribe"),
    ),
    *wrong("bdsrr/3.2.4.2/best-effort", "asks nobody", made_up(ASKS, STATUS)),
    # What goes wrong at the server
    *wrong("dsp/answer/refused-image-not-left-out", "takes a fault for an answer", believed(SENDS, TAKEN, FAULT)),
    *wrong(
        "dsp/answer/refused-image-not-left-out",
        "takes a web page for an answer",
        believed(SENDS, TAKEN, holds("<html>")),
    ),
    *wrong(
        "dsp/fault/send-image-retried-once notes/silent/send-image-retried "
        "dsp/fault/temporary-error-retried bdsrr/3.1.4.1.4/retry-unmodified",
        "goes on",
        believed(SENDS, TAKEN, holds("TemporaryError")),
    ),
    *wrong("dsp/answer/lost-image-asked-for", "sends it again", sent_again(SENDS)),
    *wrong("dsp/answer/lost-create-not-repeated", "sends it again", sent_again(CREATES)),
    *wrong("dsp/answer/no-image-for-a-job-that-is-gone", "goes on", believed(SENDS, TAKEN, FAULT)),
    *wrong("dsp/answer/inferred-ones-either-way", "asks for ever", asked_over_and_over(25)),
    *wrong(
        "dsp/answer/refused-image-not-left-out",
        "takes silence for an answer",
        taken_for_answered(SENDS, TAKEN),
    ),
    *wrong("dsp/sequence/create-before-images", "takes silence for a job", taken_for_answered(CREATES, CREATED)),
    *wrong(
        "bdsrr/3/http-status-codes",
        "takes 202 for an answer",
        believed(CREATES, CREATED, lambda r: r.status == 202),
    ),
    *wrong(
        "dsp/fault/reason-text-not-compared notes/c-39/reason-texts-not-compared",
        "goes by the text",
        believed(SENDS, TAKEN, holds("Auftrag")),
    ),
    *wrong("notes/silent/names-in-dsc-alone", "goes on", believed(SENDS, TAKEN, holds("ServerErrorPostScanJob"))),
    # Filters of other makes
    *wrong(
        "notes/schema/strict-wildcards",
        "leaves it out",
        xml(without("//*[local-name()='Stamp']"), CREATES),
    ),
    *wrong(
        "psp/wire/share-point-namespace",
        "another",
        replaced("postscan/filter/sharepoint", "postscan/filter/share", CREATES),
    ),
    *wrong(
        "psp/wire/extension-namespace",
        "that of scan processes",
        replaced("postscan/scanprocess/extensions", "postscan/psp", CREATES),
    ),
    # Images
    *wrong(
        "mtom/attachment/octets-unchanged wsdapi/wsdbit/attachment-unchanged",
        "cut off",
        octets(lambda body: body[:-20000] + body[body.rindex(b"\r\n--") :], SENDS),
    ),
    *wrong(
        "psp/scan-process/scan-ticket", "in another format", unchanged(), options={"settings": ("Format=jfif",)}
    ),
    *wrong(
        "psp/scan-process/scan-ticket", "in colour", unchanged(), options={"settings": ("ColorProcessing=RGB24",)}
    ),
    *wrong("psp/scan-process/scan-ticket", "finer", unchanged(), options={"settings": ("Resolution=150x150",)}),
    *wrong("psp/scan-process/scan-ticket", "called otherwise", xml(text("//dsp:Format", "jfif"), SENDS)),
    *wrong(
        "psp/change/must-honor psp/change/marked-by-must-honor",
        "does what it can",
        unchanged(),
        options={"settings": ("Resolution=75x75",), "force": True},
    ),
    # At the device
    *wrong(
        "dsp/answer/cancel-at-the-device",
        "tells nobody",
        made_up("CancelPostScanJob", "<dsp:CancelPostScanJobResponse/>"),
    ),
    *wrong(
        "dsp/operations/all-five",
        "cancels nothing",
        made_up("CancelPostScanJob", "<dsp:CancelPostScanJobResponse/>"),
    ),
    *wrong(
        "dsp/cancel-post-scan-job/request",
        "one more",
        xml(with_child("//dsp:CancelPostScanJobRequest", "<dsp:Reason>x</dsp:Reason>"), "CancelPostScanJob"),
    ),
    *wrong("dsp/answer/jam-loses-nothing", "loses one", made_up(SENDS, TAKEN, THIRD)),
    # Trust
    *wrong(
        "dsp/security/server-certificate-validated dsp/security/server-authentication-in-both-modes "
        "dsp/security/path-validation",
        "trusts everybody",
        unchanged(),
        options={"insecure": True},
    ),
    *wrong("soap/envelope/no-dtd", "reads it", believed(CREATES, CREATED, holds("<!DOCTYPE"))),
)
