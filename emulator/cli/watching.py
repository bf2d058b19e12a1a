"""What `inspect --watch` prints: a line for each piece of news, with --json one object a line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import typer

from emulator.cli.inspection import shown
from emulator.cli.output import plural, print_json

if TYPE_CHECKING:
    from emulator.inspector.watch import PieceOfNews


class WatchReporter:
    """Prints at once: who reads it may be a program that waits."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def watching(self, url: str, why_no_events: str) -> None:
        """The first line."""
        if self._as_json:
            print_json({"watching": url, "events": not why_no_events, "reason": why_no_events})
        else:
            how = f"by asking ({why_no_events})" if why_no_events else "by events"
            typer.echo(f"Watching      {shown(url)} {shown(how)}")
        sys.stdout.flush()

    def happened(self, news: PieceOfNews) -> None:
        """One line."""
        from emulator.inspector.inspection_json import plain
        from emulator.soap.times import format_date_time

        if self._as_json:
            print_json(
                {
                    "time": format_date_time(news.time),
                    "by": news.by,
                    "name": news.name,
                    "content": plain(news.content),
                    "number": news.number,
                    "kind": str(news.kind),
                }
            )
        else:
            time = news.time.astimezone().strftime("%H:%M:%S")
            text = shown(f"{news.name}: {summary(news.content)}")
            typer.echo(f"{news.number:>4}  {time}  {news.kind:<9}  {news.by:<5}  {text}")
        sys.stdout.flush()


def summary(content: Any) -> str:
    """The values of an element or event on one line, whichever it is: state first, then what else people want."""
    for inner in ("job_status", "end_state", "status_summary", "status", "condition"):
        content = getattr(content, inner, content)
    parts = [str(value) for name in _IDENTITY if (value := getattr(content, name, ""))]
    description = getattr(content, "description", None)
    for name in ("psp_display_name", "job_originating_user_name"):
        parts += [value] if (value := getattr(description, name, "")) else []
    states = [str(value) for name in _STATES if (value := getattr(content, name, ""))]
    reasons = [str(each) for name in _REASONS for each in getattr(content, name, ()) if each != "None"]
    if states:
        why = f" ({', '.join(reasons)})" if reasons else ""
        parts.append(f"{states[0]}{why}")
    for name, noun in (("images_received", "image"), ("scans_completed", "scan")):
        count = getattr(content, name, None)
        parts += [plural(count, noun)] if count is not None else []
    for name in ("filter_statuses", "filter_completed_statuses"):
        parts += [f"{each.dialect.rpartition('/')[2]} {each.filter_state}" for each in getattr(content, name, ())]
    parts += [f"{each.name} at {each.component}" for each in getattr(content, "active_conditions", ())]
    for name in ("name", "component", "severity"):
        parts += [str(value)] if (value := getattr(content, name, "")) else []
    return ", ".join(parts) or "elements have changed"


_IDENTITY = ("job_token", "job_id", "id", "condition_id")
_STATES = ("job_state", "job_completed_state", "repository_state", "state", "completed_state")
_REASONS = ("job_state_reasons", "job_completed_state_reasons", "repository_state_reasons", "reasons")
