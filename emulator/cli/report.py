"""What `scan` and `server` print while they run: for people on stdout, with --json one object or line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from emulator.cli.happenings import tell_happenings
from emulator.cli.output import human_bytes, plural, print_json
from emulator.cli.page_bar import PageBar, start_bar
from emulator.cli.report_job import job_lines
from emulator.cli.running import until_command_ends
from emulator.cli.streams import require_told
from emulator.cli.waiting import Waiting
from emulator.environment.next_step import command_line

if TYPE_CHECKING:
    from emulator.jobs.manifest import ImageRecord
    from emulator.jobs.outcome import ScanOutcome
    from emulator.jobs.pages import Pages
    from emulator.jobs.plan import Plan
    from emulator.scan_server.alone import ListeningServer

_FILTER_NAMES = {"fileshare": "file share", "email": "e-mail", "sharepoint": "SharePoint"}


def shown(path: Path) -> str:
    """A path as a person would type it: relative where it lies below the current folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


class Reporter:
    """Tells how a job goes: three lines before, a progress bar on a terminal, the result after."""

    def __init__(self, *, as_json: bool, quiet: bool, verbosity: int) -> None:
        self._as_json = as_json
        self._quiet = quiet
        self._verbosity = verbosity
        self._bar: PageBar | None = None
        self._bytes = 0
        self._scanned = 0

    def _say(self, text: str) -> None:
        if not self._quiet:
            typer.echo(text, err=self._as_json)

    def planned(self, plan: Plan, server: str, store: Path | None, pages: Pages) -> None:
        """The lines before the job."""
        from emulator.wsscan.resolution import describe

        kind = "embedded, " if store is not None else ""
        where = f", store {shown(store)}" if store is not None else f" ({plan.choice.reason})"
        self._say(f"Scan server   {kind}{server}{where}")
        user = f"{plan.user.name}@{plan.user.domain} ({plan.user.sid})"
        self._say(f"Device        {plan.profile.friendly_name} ({plan.profile.name})    User  {user}")
        self._say(f"Scan process  {plan.stored.process.display_name}: {describe(plan.resolved.ticket)}")
        for line in _user_choices(plan):
            self._say(line)
        for change in plan.resolved.changes:
            self._say(f"  {change.path}: {change.given} instead of {change.asked}")
        for entry in pages.skipped:
            self._say(f"  left out: {entry}")
        if pages.passed_over:
            names = ", ".join(pages.passed_over[:3]) + (", ..." if len(pages.passed_over) > 3 else "")
            self._say(f"  no pages: {plural(len(pages.passed_over), 'file')} of other kinds ({names})")
        if not self._quiet:
            self._bar = start_bar(pages.production.total, stderr=self._as_json)
        if self._bar is not None:
            until_command_ends(Waiting(self._waits).begin())

    def _waits(self, words: str) -> None:
        if self._bar is not None:
            self._bar.wait(words)

    def driven(self, control: str, token_file: Path) -> None:
        """`press` finds the job's scanner; on stderr, so that stdout is the result's."""
        if not self._quiet:
            typer.echo(f"Control       {control}", err=True)

    def page_scanned(self, number: int) -> None:
        """Moves the bar."""
        self._scanned = number
        self._move()

    def acknowledged(self, image: ImageRecord) -> None:
        """Moves the bar."""
        self._bytes += image.bytes
        self._move()

    def _move(self) -> None:
        if self._bar is not None:
            self._bar.move(self._scanned, self._bytes)

    def stop_bar(self) -> None:
        """End the progress bar, so that what is printed next stands below it."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def finished(self, outcome: ScanOutcome) -> None:
        """The lines after the job; with --json the one object."""
        self.stop_bar()
        if self._as_json:
            print_json(outcome.as_dict())
        self._say(self._summary(outcome))
        status = outcome.end_status
        if status is not None and outcome.outcome != "Completed":
            self._say(f"  job state {status.job_state}: {', '.join(map(str, status.job_state_reasons)) or 'None'}")
        for line in job_lines(outcome):
            self._say(line)
        for line in _delivered(outcome):
            self._say(line)
        for line in _delivered_elsewhere(outcome):
            self._say(line)
        if outcome.report.left_out:
            why = "ImagesToTransfer says so" if outcome.ticket.images_to_transfer else "somebody has taken them out"
            self._say(f"  {plural(outcome.report.left_out, 'page')} not scanned: {why}")
        self._deviations(outcome)
        if outcome.manifest is not None:
            manifest, check = shown(outcome.manifest), ""
            if outcome.store is not None and outcome.report.images:
                check = f"    {command_line('verify', manifest, shown(outcome.store))}"
            self._say(f"Manifest      {manifest}{check}")
        if outcome.error is not None:
            typer.echo(f"error: {outcome.error}", err=True)
            if outcome.error.hint:
                typer.echo(f"       {outcome.error.hint}", err=True)

    def _summary(self, outcome: ScanOutcome) -> str:
        images = outcome.report.acknowledged
        size = human_bytes(sum(image.bytes for image in images))
        text = f"{outcome.outcome:<13} {plural(len(images), 'image')}, {size}, {outcome.report.seconds:.1f} s"
        status = outcome.end_status
        for each in status.filter_statuses if status is not None else ():
            name = _FILTER_NAMES.get(each.dialect.rpartition("/")[2], each.dialect)
            reasons = [str(r) for r in each.filter_state_reasons if r != "None"]
            text += f"    {name}: {each.filter_state}" + (f" ({', '.join(reasons)})" if reasons else "")
        return text

    def _deviations(self, outcome: ScanOutcome) -> None:
        rest = [each for each in outcome.deviations if each not in outcome.contradictions]
        if self._verbosity:
            for operation, deviation in rest:
                self._say(f"  {operation}: {deviation}")
        elif rest:
            self._say(f"  {plural(len(rest), 'deviation')} of the scan server (-v shows them)")


def _delivered(outcome: ScanOutcome) -> list[str]:
    """Return where the files are: one line a folder, first and last name."""
    folders: dict[Path, list[Path]] = {}
    for path in outcome.delivered:
        folders.setdefault(path.parent, []).append(path)
    lines = []
    for files in folders.values():
        last = f" ... {files[-1].name}" if len(files) > 1 else ""
        lines.append(f"  {shown(files[0])}{last}")
    return lines


def _delivered_elsewhere(outcome: ScanOutcome) -> list[str]:
    """Return what targets beyond the store got, and what did not arrive and why."""
    stored = {str(path) for path in outcome.delivered}
    lines = []
    for each in outcome.deliveries:
        if each.reason is not None:
            lines.append(f"  not to {each.target or 'anybody'}: {each.detail}")
        elif not stored.issuperset(each.places):
            last = f" ... {each.places[-1].rpartition('/')[2]}" if len(each.places) > 1 else ""
            where = f": {each.places[0]}" if each.places[0] != each.target else ""
            lines.append(f"  to {each.target}{where}{last}")
    return lines


def _user_choices(plan: Plan) -> list[str]:
    """Return what the user chose beside the ticket."""
    choices = plan.choices
    found = [("also to", ", ".join(choices.addresses)), ("file name", choices.file_name or "")]
    found.append(("folder", ", ".join(choices.folders)))
    return [f"  {name} {value}" for name, value in found if value]


def _targets(delivery: dict[str, Any]) -> list[str]:
    """Return by which servers filters deliver."""
    lines = [f"E-mail        {delivery['mail'] or 'not sent (--delivery names a mail server)'}"]
    libraries = delivery["sharepoint"] + ([f"MySite {delivery['my_site']}"] if delivery["my_site"] else [])
    lines += [f"SharePoint    {each}" for each in libraries or ["not reached (--delivery names libraries)"]]
    lines += [f"File share    {each}" for each in delivery["share"]]
    return lines


class ServerReporter:
    """Tells that the server is up; with --json in one line for programs."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self._as_json = as_json
        self._quiet = quiet

    def ready(self, ready: ListeningServer) -> None:
        """Everything listens."""
        ca_file = None if ready.ca_file is None else str(ready.ca_file)
        if self._as_json:
            print_json(
                {
                    "ready": True,
                    "url": ready.url,
                    "service": ready.service,
                    "configuration": ready.configuration,
                    "ca_file": ca_file,
                    "ca_sha256": ready.ca_sha256,
                    "outside": ready.outside,
                    "ca_url": ready.ca_url,
                    "store": str(ready.store),
                    "delivery": ready.delivery,
                    "control": None if ready.driven is None else ready.driven.control,
                    "control_token_file": None if ready.driven is None else ready.driven.token_file,
                    "panel": None if ready.driven is None else ready.driven.panel,
                }
            )
            require_told()
        elif not self._quiet:
            typer.echo(f"Scan server   {ready.url}")
            typer.echo(f"Service       {ready.service}")
            typer.echo(f"Store         {shown(ready.store)}")
            for line in _targets(ready.delivery):
                typer.echo(line)
            if ready.ca_file is not None:
                typer.echo(f"CA            {shown(ready.ca_file)}")
                typer.echo(f"  SHA-256     {ready.ca_sha256}")
            if ready.driven is not None:
                typer.echo(f"Control       {ready.driven.control}")
                typer.echo(f"Front panel   {ready.driven.panel}")
            if ready.strong:
                typer.echo("Clients       must show a certificate (strong mode)")
            for line in _next_steps(ready):
                typer.echo(line)
            require_told()
            tell_happenings()

    def stopped(self) -> None:
        """A signal has stopped it."""
        if not self._quiet:
            typer.echo("Stopped", err=True)


def _next_steps(ready: ListeningServer) -> Iterator[str]:
    """Commands that reach it, from another machine and from here, as lines; what is missing where no such command
    is known. The last begins with `Try`."""
    if ready.outside is not None and not ready.strong:
        if ready.ca_url is not None:
            pin = ("--ca-url", ready.ca_url, "--ca-sha256", str(ready.ca_sha256))
            yield f"From outside  {command_line('scan', '--server', ready.outside, *pin)}"
        elif not ready.url.startswith("https:"):
            yield f"From outside  {command_line('scan', '--server', ready.outside)}"
    if ready.strong:
        yield "Try           scan with --client-cert: a certificate that this server takes"
    elif not ready.url.startswith("https:"):
        yield f"Try           {command_line('scan', '--server', ready.url)}"
    elif ready.trust is not None:
        yield f"Try           {command_line('scan', '--server', ready.url, '--ca-file', shown(ready.trust))}"
    else:
        yield "Try           scan with --ca-file: the roots of this server's certificate"
