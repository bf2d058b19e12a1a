"""Entries of the journal as lines for people: what `-v` and `-vv` show. Arrows say which way a message went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from emulator.trace.journal import Entry
from emulator.trace.kinds import EntryKind

MOST: Final = 300
"""Letters of one text of a peer on a line."""

CONVERSATION: Final = frozenset({EntryKind.EXCHANGE, EntryKind.EVENT, EntryKind.DATAGRAM})
"""Kinds that are messages: `-vv` alone shows them."""

Data = Mapping[str, Any]


def one_line(text: str, most: int = MOST) -> str:
    """Text of a peer, fit for a line: control characters and line ends are shown as such."""
    line = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text[: most + 1])
    return line if len(line) <= most else f"{line[:most]}..."


def lines_of(entry: Entry) -> list[str]:
    """One line, or of a request and its answer one each; without time and label."""
    if entry.kind in (EntryKind.EXCHANGE, EntryKind.EVENT):
        return _messages(entry.data)
    return [_WORDS[entry.kind](entry.data)]


def timed(entry: Entry, *, whose: bool = True) -> list[str]:
    """The same, each with its time (of this machine's zone) and, with `whose`, whose it is."""
    texts = lines_of(entry)
    moments = [entry.time] * len(texts)
    if len(texts) > 1:
        moments[0] -= entry.data["ms"] / 1000
    label = f"{one_line(entry.label)}  " if whose and entry.label else ""
    return [f"{_clock(moment)}  {label}{text}" for moment, text in zip(moments, texts, strict=True)]


def _clock(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]


def size(octets: int) -> str:
    """`312 B`, `101.2 kB`; decimal, as file managers count."""
    if octets < 1000:
        return f"{octets} B"
    value, units = octets / 1000, ("kB", "MB", "GB")
    for unit in units:
        if value < 1000 or unit == units[-1]:
            return f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError


def _messages(data: Data) -> list[str]:
    """Request and answer."""
    ours = data["direction"] == "sent"
    asked, answered = ("->", "<-") if ours else ("<-", "->")
    name = f"{one_line(data['operation'], 100)}{_marks(data)}"
    where = (
        f"{'' if ours else 'from ' + one_line(data['peer']) + ' '}{'' if ours else 'to '}{one_line(data['where'])}"
    )
    request = f"{asked} {name}  {where}  {size(data['request_octets'])}"
    return [request, f"{answered} {name}  {_answer(data)}"]


def _datagram(data: Data) -> str:
    name = one_line(data["operation"], 100) or "no message"
    way, word = ("->", "to") if data["direction"] == "sent" else ("<-", "from")
    return f"{way} {name}  {word} {one_line(data['peer'])} by UDP  {size(data['octets'])}"


def _marks(data: Data) -> str:
    marks = []
    if data.get("document_id") is not None:
        marks.append(f"image {data['document_id']}")
    if data.get("poll"):
        marks.append("poll")
    if data.get("again"):
        marks.append({"retry": "retried", "repeat": "repeated"}[data["again"]])
    return f" ({', '.join(marks)})" if marks else ""


def _answer(data: Data) -> str:
    ms = f"{data['ms']:.0f} ms"
    if data["error"]:
        status = f"{data['status']}, " if data["status"] else ""
        return f"{status}no whole answer: {one_line(data['error'])}, {ms}"
    fault = f" fault {one_line(data['fault'])}" if data["fault"] else ""
    return f"{data['status']}{fault}, {size(data['answer_octets'])}, {ms}"


def _job(data: Data) -> str:
    match data["what"]:
        case "begun":
            return f"post-scan job: {one_line(data['name'])} at {one_line(data['where'])}"
        case "created":
            of = f": {one_line(data['name'])} of {one_line(data['user'])}" if data["user"] else ""
            at = f" at {one_line(data['where'])}" if data["where"] else ""
            return f"post-scan job created: JobToken {one_line(data['token'])}{at}{of}"
    counts = data["exchanges"] or {}
    told = ", ".join(_count(count, name) for name, count in counts.items() if count)
    why = f" ({one_line(data['reason'])})" if data["reason"] else ""
    images = _plural(data["images"] or 0, "image")
    return f"post-scan job ended: {one_line(data['outcome'])}{why}, {images}" + (f"; {told}" if told else "")


def _count(count: int, name: str) -> str:
    one = {"requests": "request", "retries": "retry", "repeats": "repeat", "polls": "poll"}.get(name, name)
    return f"{count} {one if count == 1 else name}"


def _step(data: Data) -> str:
    match data["what"]:
        case "found":
            return f"service found: {one_line(data['where'])}"
        case "end":
            return "all images are sent: EndPostScanJob"
        case "await answer":
            return f"interrupted: waits {data['seconds']:g} s for the answer that is under way"
    return f"waits {data['seconds']:.3g} s" + (f" after {one_line(data['reason'])}" if data["reason"] else "")


def _state(data: Data) -> str:
    name = one_line(data["name"].rpartition("/")[2] if data["of"] == "filter" else data["name"], 60)
    reasons = [one_line(each) for each in data["reasons"] if each != "None"]
    why = f" ({', '.join(reasons)})" if reasons else ""
    images = "" if data["images"] is None else f", {_plural(data['images'], 'image')}"
    by = f", told by {'an event' if data['by'] == 'event' else 'a poll'}" if data["by"] else ""
    return f"{data['of']}{f' {name}' if name else ''}: {one_line(data['state'])}{why}{images}{by}"


def _condition(data: Data) -> str:
    if data["active"]:
        severity = f" ({one_line(data['severity'])})" if data["severity"] else ""
        return f"condition: {one_line(data['name'])} at {one_line(data['component'])}{severity}"
    name = one_line(data["name"]) or f"number {data['id']}"
    return f"condition cleared: {name}" + (f" at {one_line(data['component'])}" if data["component"] else "")


def _input(data: Data) -> str:
    sheets = "" if data["sheets"] is None else f", {_plural(data['sheets'], 'sheet')} in it"
    return f"{data['source']} {data['what']}{sheets}"


def _page(data: Data) -> str:
    return f"page {data['number']} scanned" + (
        "" if data["scan_job"] is None else f" of scan job {data['scan_job']}"
    )


def _image(data: Data) -> str:
    octets = "" if data["octets"] is None else f", {size(data['octets'])}"
    attempts = f", attempt {data['attempts']}" if data["attempts"] > 1 else ""
    words = {"sending": "is sent", "acknowledged": "acknowledged"}
    return f"image {data['document_id']} {words[data['what']]}{octets}{attempts}"


def _retry(data: Data) -> str:
    image = "" if data["document_id"] is None else f" of image {data['document_id']}"
    operation = one_line(data["operation"], 100)
    why = f": {one_line(data['reason'])}" if data["reason"] else ""
    if data["what"] == "dropped":
        return f"{operation}{image} had no whole answer{why}"
    words = {"retry": "is tried again", "repeat": "goes out again, though it may have arrived"}
    return f"{operation}{image} {words[data['what']]}{why}"


def _deviation(data: Data) -> str:
    detail = f" ({one_line(data['detail'])})" if data["detail"] else ""
    clause = f": {one_line(data['clause'])}" if data["clause"] else ""
    peer = f" from {one_line(data['peer'])}" if data["peer"] else ""
    operation = one_line(data["operation"], 100) or "a message"
    return f"deviation in {operation}{peer}: {one_line(data['id'])} at {one_line(data['place'])}{detail}{clause}"


def _delivery(data: Data) -> str:
    to = f"{one_line(data['filter'].rpartition('/')[2], 60)} to {one_line(data['target']) or 'nobody'}"
    if data["reason"]:
        return f"not delivered by {to}: {one_line(data['reason'])}: {one_line(data['detail'])}"
    return f"{_plural(data['documents'], 'document')} delivered by {to}"


def _warning(data: Data) -> str:
    return f"warning: {one_line(data['text'], 1000)}"


def _change(data: Data) -> str:
    return f"changed: {', '.join(map(one_line, data['names']))}"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


_WORDS: Final[Mapping[EntryKind, Callable[[Data], str]]] = {
    EntryKind.JOB: _job,
    EntryKind.STEP: _step,
    EntryKind.STATE: _state,
    EntryKind.CONDITION: _condition,
    EntryKind.INPUT: _input,
    EntryKind.PAGE: _page,
    EntryKind.IMAGE: _image,
    EntryKind.DATAGRAM: _datagram,
    EntryKind.RETRY: _retry,
    EntryKind.DEVIATION: _deviation,
    EntryKind.DELIVERY: _delivery,
    EntryKind.WARNING: _warning,
    EntryKind.CHANGE: _change,
}
