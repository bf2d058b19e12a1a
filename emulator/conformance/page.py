"""report.html: one page without scripts, made of results.jsonl and exchanges.har of its folder alone."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from lxml import etree

from emulator.conformance.reading import Unreadable, parsed, path_to
from emulator.environment.report_folder import write_junit
from emulator.environment.whole_file import not_written, part_of
from emulator.reports.files import EXCHANGES, JUNIT, PAGE, RESULTS
from emulator.reports.reading import read_results
from emulator.reports.result import Report, Result
from emulator.reports.verdict import BAD, Verdict

MOST_SHOWN: Final = 20_000
"""Characters of one message on the page; the archive has all."""
_MOST_HEX: Final = 256
"""Octets of one message that is no text on the page."""
_ORDER: Final = (
    Verdict.FAILED,
    Verdict.INCONCLUSIVE,
    Verdict.ERROR,
    Verdict.WARNED,
    Verdict.WAIVED,
    Verdict.NOT_RUN,
    Verdict.NOT_APPLICABLE,
    Verdict.OBSERVED,
    Verdict.PASSED,
)
_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b1b1f; --paper: #ffffff; --soft: #f1f1f4;
  --line: #c9c9d2; --quiet: #55555f;
  --bad: #a3121e; --warn: #7a4b00; --good: #0b5d2a; --mark: #ffe08a; --mark-ink: #1b1b1f; --link: #0b4fb3; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececf1; --paper: #17171b; --soft: #232329; --line: #4a4a55;
  --quiet: #b4b4c0; --bad: #ff9a9a; --warn: #ffc46b; --good: #86dfa3; --mark: #6b5200; --mark-ink: #fff4d0;
  --link: #9cc4ff; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 75rem;
  margin: 0 auto; padding: 1rem; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .2rem 1rem .2rem 0; vertical-align: top; }
details { border-top: 1px solid var(--line); padding: .4rem 0; } summary { cursor: pointer; }
code, pre { font: 14px/1.4 ui-monospace, monospace; } pre { background: var(--soft); padding: .7rem;
  overflow-x: auto; }
.failed, .inconclusive, .error { color: var(--bad); } .warned, .waived { color: var(--warn); }
.passed { color: var(--good); }
.quiet { color: var(--quiet); } mark { background: var(--mark); color: var(--mark-ink); } a { color: var(--link); }
dt { font-weight: 600; } dd { margin: 0 0 .4rem 0; }
""".replace("\n", " ")


def render_again(folder: Path) -> Report:
    """Make junit.xml and report.html of a folder anew, and return what its results say. Raises ReportError, and
    LabError where nothing can be written."""
    report = read_results(folder / RESULTS)
    write_junit(folder)
    write_page(folder, report)
    return report


def write_page(folder: Path, report: Report) -> None:
    """Make report.html of a folder. Raises LabError."""
    try:
        archive = json.loads((folder / EXCHANGES).read_text("utf-8"))["log"]["entries"]
    except (OSError, ValueError, KeyError, TypeError):
        archive = []  # a run that was cut off has none
    files = [(name, _digest(folder / name)) for name in (RESULTS, JUNIT, EXCHANGES)]
    try:
        with part_of(folder / PAGE) as part:
            part.write_text(page_of(report, archive, [each for each in files if each[1]]), "utf-8")
    except OSError as error:
        raise not_written(folder / PAGE, error) from None


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def page_of(report: Report, archive: Sequence[Mapping[str, Any]], files: Sequence[tuple[str, str]]) -> str:
    """The page.

    - `archive`: the entries of the HAR file; the nth is exchange n.
    - `files`: of the folder, with their SHA-256.
    """
    return "".join(_page(report, archive, files))


def _page(report: Report, archive: Sequence[Mapping[str, Any]], files: Sequence[tuple[str, str]]) -> Iterator[str]:
    header = report.header
    title = f"Conformance of {header.target}"
    yield (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width, initial-scale=1"><meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>"
    )
    said = "Passed" if report.passed else f"Not passed: {report.problem}"
    yield f'<p class="{"passed" if report.passed else "failed"}"><strong>{escape(said)}</strong></p>'
    began = header.began or next((str(each.get("startedDateTime", "")) for each in archive), "")
    rows = [
        ("Judge", header.tool),
        ("Target", header.target),
        ("It calls itself", header.peer),
        ("Seed", str(header.seed)),
        ("Began (UTC)", began),
        ("Its clock", header.peer_clock),
    ]
    yield "<table>" + "".join(_row(name, value) for name, value in rows if value)
    yield "".join(_row(name, f"sha256 {digest}") for name, digest in files) + "</table>"
    yield "<h2>Verdicts</h2><table>"
    for verdict in _ORDER:
        count = report.counts.get(str(verdict), 0)
        if count:
            yield (f'<tr><th scope="row"><a href="#{_anchor(verdict)}">{verdict}</a></th><td>{count}</td></tr>')
    yield "</table>"
    for verdict in _ORDER:
        found = [each for each in report.results if each.verdict is verdict]
        if found:
            yield f'<section id="{_anchor(verdict)}"><h2>{str(verdict).capitalize()}</h2>'
            for family in dict.fromkeys(_family(each) for each in found):
                yield f"<h3>{escape(family)}</h3>"
                for each in found:
                    if _family(each) == family:
                        yield _result(each, archive)
            yield "</section>"
    yield "</main></body></html>"


def _row(name: str, value: str) -> str:
    return f'<tr><th scope="row">{escape(name)}</th><td><code>{escape(value)}</code></td></tr>'


def _anchor(verdict: Verdict) -> str:
    return str(verdict).replace(" ", "-")


def _family(result: Result) -> str:
    return "/".join(result.id.split("/")[:2])


def _result(result: Result, archive: Sequence[Mapping[str, Any]]) -> str:
    told = dict(result.evidence)
    shown = " open" if result.verdict in BAD else ""
    lines = [
        (name, str(told[key]))
        for name, key in (
            ("The document says", "clause"),
            ("Section", "section"),
            ("Grade", "grade"),
            ("Basis", "basis"),
            ("Done", "does"),
            ("Expected", "expected"),
            ("Came", "says"),
            ("Place", "place"),
            ("Repeat with", "repeat"),
        )
        if told.get(key)
    ]
    facts = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in lines)
    numbers = [each for each in told.get("exchanges", []) if isinstance(each, int) and 0 < each <= len(archive)]
    # Of what is as it should be the numbers do: the archive has the messages.
    full = numbers[:4] if result.verdict in BAD or result.verdict in (Verdict.WARNED, Verdict.WAIVED) else []
    messages = "".join(_exchange(number, archive[number - 1], str(told.get("place", ""))) for number in full)
    listed = f'<p class="quiet">Exchanges {", ".join(map(str, numbers))} of {EXCHANGES}</p>' if numbers else ""
    return (
        f'<details{shown} id="{escape(result.id)}"><summary><span class="{_anchor(result.verdict)}">'
        f"{result.verdict}</span> <code>{escape(result.id)}</code> {escape(result.says)}</summary>"
        f"<dl>{facts}</dl>{listed}{messages}</details>"
    )


def _exchange(number: int, entry: Mapping[str, Any], place: str) -> str:
    request, response = entry.get("request", {}), entry.get("response", {})
    sent = request.get("postData", {})
    asked = _octets(sent.get("text", ""), sent.get("_encoding", ""))
    content = response.get("content", {})
    came = _octets(content.get("text", ""), content.get("encoding", ""))
    status = f"{response.get('status')} {response.get('statusText', '')}\n{content.get('mimeType', '')}"
    if "_datagrams" in entry:
        status = _datagrams(entry["_datagrams"]) or str(response.get("statusText", ""))
    return (
        f'<h4>Exchange {number}</h4><pre tabindex="0" aria-label="Request {number}">'
        f"{escape(str(request.get('method')))} {escape(str(request.get('url')))}\n{_shown(asked, '')}</pre>"
        f'<pre tabindex="0" aria-label="Answer {number}">{escape(status)}\n\n'
        f"{_shown(came, place)}</pre>"
    )


def _datagrams(told: Sequence[Mapping[str, Any]]) -> str:
    """Say whence and when datagrams came: a line each."""
    return "\n".join(
        f"{each.get('sender')}:{each.get('port')} after {each.get('ms')} ms"
        + ("" if each.get("own") else ", of somebody else")
        for each in told
    )


def _octets(text: str, encoding: str) -> bytes:
    return base64.b64decode(text) if encoding == "base64" else text.encode("utf-8")


def _shown(octets: bytes, place: str) -> str:
    """A message as HTML: XML indented, with the element of that place marked; a package as its envelope."""
    start, end = octets.find(b"<?xml"), octets.rfind(b"Envelope>")
    xml = octets[max(start, 0) : end + len(b"Envelope>")] if end > 0 else octets
    try:
        root = parsed(xml, comments=True)
    except Unreadable:
        if b"\0" in octets:  # no text at all: a handshake of TLS
            rest = len(octets) - _MOST_HEX
            return octets[:_MOST_HEX].hex(" ") + (f"\n... and {rest} octets" if rest > 0 else "")
        return escape(octets[:MOST_SHOWN].decode("utf-8", "replace"))
    marked = next(
        (each for each in root.iter() if isinstance(each.tag, str) and place and path_to(each) == place), None
    )
    if marked is not None and marked.getparent() is not None:
        marked.addprevious(etree.Comment("MARK"))
        marked.addnext(etree.Comment("KRAM"))
    etree.indent(root)
    text = escape(etree.tostring(root, encoding="unicode"))[:MOST_SHOWN]
    text = text.replace(escape("<!--MARK-->"), "<mark>", 1).replace(escape("<!--KRAM-->"), "</mark>", 1)
    if "<mark>" in text and "</mark>" not in text:
        text += "</mark>"
    rest = len(octets) - len(xml)
    return text + (f"\n... and {rest} octets beside the envelope" if rest > 0 else "")
