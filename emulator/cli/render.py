"""`render`: writes page images to a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from emulator.cli.command import GivenOptions, Handler
from emulator.cli.directory_options import ldap_options
from emulator.cli.running import run_async, set_up_logging
from emulator.environment.exit_codes import ExitCode

if TYPE_CHECKING:
    from emulator.cli.page_bar import PageBar
    from emulator.jobs.render import Rendered
    from emulator.options.render import RenderOptions


def render(given: GivenOptions) -> None:
    """Write pages to a folder as a device would scan them: no scan server, no job."""
    set_up_logging(given.verbose)
    from emulator.jobs.render import render as render_pages
    from emulator.options.render import RenderOptions

    options = given.of(RenderOptions).but(ldap=ldap_options(given))
    if options.collect:
        _collect(given, options)
        return
    reporter = _Reporter(as_json=given.json, quiet=given.quiet)
    try:
        rendered = run_async(
            lambda: render_pages(options, planned=reporter.planned, on_page=reporter.page), verbosity=given.verbose
        )
    finally:
        reporter.stop()
    reporter.finished(rendered)
    raise typer.Exit(int(rendered.exit_code))


def _collect(given: GivenOptions, options: RenderOptions) -> None:
    from emulator.cli.output import plural, print_result
    from emulator.cli.report import shown
    from emulator.jobs.shards import collect, require_alone

    require_alone(options)
    collected = collect(options.files, options.output, overwrite=options.overwrite)
    if given.json:
        print_result(collected.as_dict(), ExitCode.OK)
    if given.quiet:
        return
    for warning in collected.warnings:
        typer.echo(f"  warning: {warning}", err=given.json)
    what = f"{plural(collected.pages, 'page')} of {plural(collected.shards, 'shard')}"
    typer.echo(f"Collected     {what}", err=given.json)
    typer.echo(f"  {shown(collected.folder)}", err=given.json)
    if collected.gallery is not None:
        typer.echo(f"Gallery       {shown(collected.gallery)}", err=given.json)


COMMANDS: Final[dict[str, Handler]] = {"": render}


class _Reporter:
    """Two lines before, a progress bar on a terminal, the result after."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self._as_json = as_json
        self._quiet = quiet
        self._bar: PageBar | None = None
        self._bytes = 0

    def _say(self, text: str) -> None:
        if not self._quiet:
            typer.echo(text, err=self._as_json)

    def planned(self, rendered: Rendered) -> None:
        """Before the first page."""
        from emulator.cli.page_bar import start_bar
        from emulator.wsscan.resolution import describe

        self._say(f"Device        {rendered.profile.friendly_name} ({rendered.profile.name})")
        self._say(f"Scan ticket   {describe(rendered.resolved.ticket)}")
        for change in rendered.resolved.changes:
            self._say(f"  {change.path}: {change.given} instead of {change.asked}")
        for entry in rendered.skipped:
            self._say(f"  left out: {entry}")
        for warning in rendered.warnings:
            self._say(f"  warning: {warning}")
        if not self._quiet:
            self._bar = start_bar(rendered.total, stderr=self._as_json)

    def page(self, number: int, octets: int) -> None:
        """Moves the bar."""
        self._bytes += octets
        if self._bar is not None:
            self._bar.move(number, self._bytes)

    def stop(self) -> None:
        """What is printed next stands below the bar."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def finished(self, rendered: Rendered) -> None:
        """The result."""
        from emulator.cli.output import human_bytes, plural, print_result
        from emulator.cli.report import shown

        if self._as_json:
            code = rendered.exit_code
            left = f"{plural(len(rendered.skipped), 'entry', 'entries')} left out" if rendered.skipped else None
            print_result(rendered.as_dict(), code, left)
        size = human_bytes(sum(info.bytes for _, info in rendered.files))
        self._say(f"Rendered      {plural(rendered.total, 'page')}, {size}, {rendered.seconds:.1f} s")
        paths = [path for path, _ in rendered.files]
        more = f" ... {paths[-1].name}" if len(paths) > 1 else ""
        self._say(f"  {shown(paths[0])}{more}")
        if rendered.gallery is not None:
            self._say(f"Gallery       {shown(rendered.gallery)}")
        if rendered.left_out:
            self._say(f"  {plural(rendered.left_out, 'page')} not scanned: ImagesToTransfer says so")
