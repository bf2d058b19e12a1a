"""Tolerate and tell: what a peer's message did that the documents do not allow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Deviation:
    """One departure from the documents that the reader met and tolerated.

    `id` is a key of `CLAUSES`; `place` is an element path or header name; `detail` the offending text.
    """

    id: str
    place: str
    detail: str = ""

    @property
    def clause(self) -> str:
        """The rule that the peer did not keep, with its document."""
        return CLAUSES[self.id]

    def __str__(self) -> str:
        # One line for people, whatever the peer wrote.
        detail = f" ({' '.join(self.detail.split())})" if self.detail else ""
        return f"{self.id} at {self.place}{detail}: {self.clause}"


#: Every deviation that a reader may report: id -> the rule, where it stands, and its clause in the law book.
CLAUSES: Final[dict[str, str]] = {
    # soap/xml.py, soap/envelope.py
    "encoding": "An envelope is UTF-8 without a byte order mark (DPWS 2006/02 section 3) [soap/envelope/utf-8]",
    "soap-version": "The Envelope is that of SOAP 1.2 (SOAP 1.2 part 1, section 5.1) [soap/envelope/namespace]",
    "processing-instruction": "A SOAP message has no processing instructions (SOAP 1.2 part 1, section 5) "
    "[soap/envelope/no-processing-instructions]",
    "text-between-elements": "Only elements stand in an envelope, header or structure (SOAP 1.2 part 1, 5.1) "
    "[soap/envelope/elements-alone]",
    "address-white-space": "An address or action is a URI without white space around it (WS-Addressing 2.2) "
    "[addressing/address/no-white-space-around]",
    "message-id-missing": "A message carries wsa:MessageID (WS-Addressing 2004/08, section 3) "
    "[addressing/message-id/required]",
    "message-id-form": "MessageIDs are urn:uuid: URIs (WS-Discovery 2005/04, section 2.6) "
    "[discovery/message-id/urn-uuid]",
    "to-missing": "A message carries wsa:To (WS-Addressing 2004/08, section 3) [addressing/to/of-a-request]",
    "reply-to": "wsa:ReplyTo is anonymous: answers go back on the connection of the request (WSDAPI) "
    "[addressing/reply-to/anonymous-or-absent]",
    "fault-to": "wsa:FaultTo is anonymous or absent: faults go back on the connection of the request (WSDAPI) "
    "[addressing/fault-to/anonymous-or-absent]",
    "relates-to-missing": "A response carries wsa:RelatesTo (WS-Addressing 2004/08, section 3) "
    "[addressing/relates-to/of-a-response]",
    "relates-to-wrong": "wsa:RelatesTo repeats the MessageID of the request (WS-Addressing 2004/08, section 3) "
    "[addressing/relates-to/of-a-response]",
    "response-action": "The action of a response is that of the request + Response (WS-DSP pages, examples) "
    "[addressing/action/of-a-response]",
    "event-action": "The action of an event is its namespace, / and its name (MS-BDSRR 6.1; WS-DSP events page) "
    "[addressing/action/of-an-event]",
    "body-children": "The Body of a DSM message holds one element (WS-DSP pages) "
    "[dsp/wire/one-element-in-the-body]",
    "schema": "The content obeys the schema of its namespace (MS-BDSRR 6.2, WS-DSP and WS-Scan pages) "
    "[bdsrr/6.2/content-by-the-schema]",
    # reading of elements
    "white-space": "Keywords, numbers and URIs are written without white space around them (WS-DSP pages) "
    "[dsp/wire/no-white-space-around-values]",
    "element-order": "Elements stand in the order of the schema (MS-BDSRR 6.2) [bdsrr/6.2/order-of-elements]",
    "element-missing": "A required element is there (MS-BDSRR 6.2) [bdsrr/6.2/required-elements]",
    "element-unknown": "No element that its schema does not name (MS-BDSRR 6.2) [bdsrr/6.2/no-other-elements]",
    "element-doubled": "An element stands once where its schema says once (MS-BDSRR 6.2) "
    "[bdsrr/6.2/once-where-it-says-once]",
    "namespace": "Elements are in the namespace of the wire (WS-Scan: 2006/08; MS-BDSRR 6.2) "
    "[bdsrr/6.2/namespace-of-each-element]",
    "value": "A value obeys the form or the keyword list of its type (MS-BDSRR 6.2) "
    "[bdsrr/6.2/values-of-their-type]",
    "range": "A number obeys the range of its type (MS-BDSRR 6.2) [bdsrr/6.2/ranges-of-numbers]",
    "empty": "An element that holds a keyword is not empty (MS-BDSRR 6.2) [bdsrr/6.2/keywords-are-not-empty]",
    "too-long": "A string keeps to the length of its type (MS-BDSRR 6.2) [bdsrr/6.2/lengths-of-strings]",
    "attribute-form": "Attributes are qualified where the schema says so (MS-BDSRR 6.2) "
    "[bdsrr/6.2/form-of-attributes]",
    "choice": "One child of a choice, not several (MS-BDSRR 6.2) [bdsrr/6.2/one-of-a-choice]",
    "spelling": "Names are spelt as in the schema (MS-BDSRR 6.2) [bdsrr/6.2/names-to-the-letter]",
    # soap/mime.py, soap/mtom.py
    "mime-parameter": "Content-Type parameters are separated by ';' and quoted where they hold '/' (RFC 2045) "
    "[mtom/outer/type]",
    "mime-start-info": "The parameter of multipart/related is start-info (XOP 1.0, section 4.1) "
    "[mtom/outer/start-info]",
    "mime-start": "start names the Content-ID of the root part, with its brackets (RFC 2387, section 3.2) "
    "[mtom/outer/start]",
    "mime-type": "A package is multipart/related with type application/xop+xml (XOP 1.0, section 4.1) "
    "[mtom/outer/multipart-related]",
    "mime-root": "The root part comes first and is application/xop+xml (MTOM 1.0; WSDAPI) [mtom/root/first]",
    "mime-line-end": "Lines of part headers and delimiters end CR LF (RFC 2046, section 5.1.1) "
    "[mtom/delimiter/lines-end-cr-lf]",
    "mime-content-id": "A Content-ID is an address in brackets without blanks (RFC 2392) [mtom/attachment/headers]",
    "mime-header": "A part header is 'Name: value' (RFC 2045) [mtom/part/header-lines]",
    "mime-encoding": "Attachments are binary (WSDAPI) [mtom/attachment/binary]",
    "mime-preamble": "Nothing stands before the first delimiter or after the last (dpws.md section 7) "
    "[mtom/delimiter/preamble-and-epilogue]",
    "mime-unclosed": "A package ends with the closing delimiter (RFC 2046, section 5.1.1) [mtom/delimiter/close]",
    "xop-include": "xop:Include is the only child of its element and names a part by cid (XOP 1.0, section 2) "
    "[mtom/include/only-child]",
    "xop-inline": "An image is sent as an attachment, not inline as base64 (WS-DSP pages, SendImage) "
    "[dsp/send-image/image-by-xop]",
    # dsm/sequencer.py
    "probe-unanswered": "A scan server answers a directed Probe at its URL (DSM pages, sequence of messages) "
    "[dsp/sequence/probe-matches-tell-the-address]",
    "address-scheme": "All addresses of a secure host are HTTPS, none of another scheme (WSDAPI; DSM security) "
    "[wsdapi/secure/all-https]",
    # dsm/contradictions.py
    "images-received": "ImagesReceived is the number of images that the scan server has received, as it has "
    "acknowledged them (WS-DSP pages, JobStatus; MS-BDSRR 2.2.3.16) [dsp/job-status/images-received]",
    "job-token": "JobToken names one job, and an answer is about the job that was asked for (WS-DSP pages; "
    "MS-BDSRR 2.2.4.21) [dsp/job-token/answer-is-about-that-job]",
    "filter-statuses": "FilterStatuses has one FilterStatus for each filter that the job was created with "
    "(WS-DSP pages, JobStatus) [dsp/filter-status/one-for-each-filter]",
    "filter-state": "The state of a filter goes with the state of its job (WS-DSP pages, FilterState) "
    "[dsp/filter-state/goes-with-its-job]",
    "job-state": "A job comes through its states in their order, is processed after EndPostScanJob, and stays in "
    "its final state (WS-DSP pages, JobState) [dsp/job-state/in-their-order]",
    "job-state-reason": "A JobStateReason goes with its JobState (WS-DSP pages, JobStateReason) "
    "[dsp/job-state-reason/goes-with-its-state]",
    "job-description": "An event of a job names the scan process that the job was created with (WS-DSP events) "
    "[dsp/event/scan-process-of-the-job]",
    # dpws/metadata.py
    "reference-header": "Reference properties and parameters become header blocks of messages, so that none is one "
    "of SOAP or WS-Addressing (WS-Addressing 2004/08 2.3) [addressing/reference-parameters/copied-as-headers]",
    # dpws/eventing
    "filter-dialect": "A filter of actions has the dialect of DPWS (DPWS 2006/02 section 6.1.2) "
    "[eventing/filter/dialect]",
    "reference-parameters": "An event carries the reference parameters of its NotifyTo (WS-Addressing 2004/08 2.3) "
    "[eventing/delivery/reference-parameters]",
    # HTTP
    "http-content-type": "A SOAP message over HTTP is application/soap+xml (SOAP 1.2 part 2, section 7) "
    "[soap/http/content-type]",
    "http-action": "The action that HTTP tells is wsa:Action (RFC 3902, section 2; SOAP 1.2 part 2, section 6.5) "
    "[soap/http/action-of-the-envelope]",
    "http-charset": "A charset parameter names the encoding of the document (RFC 7303, section 3) "
    "[soap/http/charset-of-the-document]",
    "http-status": "A fault travels with 400 for Sender and 500 for Receiver, all else with 200 "
    "(SOAP 1.2 part 2, section 7.4) [soap/http/sender-fault-400]",
}


MAX_DEVIATIONS: Final = 1000
"""Most deviations kept of one message: a hostile one of some megabytes could have a million."""


class Deviations:
    """The list that readers add to while they read one message; its end is cut off at MAX_DEVIATIONS."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: list[Deviation] = []

    def note(self, id: str, place: str, detail: str = "") -> None:
        """Add one deviation; `id` must be a key of `CLAUSES` (KeyError otherwise: our own bug)."""
        CLAUSES[id]
        if len(self._found) < MAX_DEVIATIONS:
            self._found.append(Deviation(id, place, detail[:200]))

    def __iter__(self) -> Iterator[Deviation]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return f"Deviations({[str(d) for d in self._found]})"
