"""What `demo` prints."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from emulator.cli.output import print_json
from emulator.cli.streams import require_told

if TYPE_CHECKING:
    from emulator.options.demo import DemoOptions
    from emulator.panel.serve import ReadyRun


class DemoReporter:
    """Tells where the front panel is; with --json in one line for programs."""

    def __init__(self, options: DemoOptions, *, as_json: bool, quiet: bool) -> None:
        self._options = options
        self._as_json = as_json
        self._quiet = quiet

    def ready(self, ready: ReadyRun) -> None:
        """Everything listens; the first device is the one that scans."""
        if self._as_json:
            print_json(
                {
                    "ready": True,
                    "panel": ready.panel,
                    "devices": [asdict(each) for each in ready.devices],
                    "control_token_file": ready.control_token_file,
                }
            )
        elif not self._quiet:
            typer.echo(f"Front panel   {ready.panel}")
            if not self._options.open_panel:
                typer.echo(f"  token in    {ready.control_token_file}")
            typer.echo(f"Device        {ready.devices[0].name}, {self._options.documents} in its feeder")
            if self._options.to:
                typer.echo(f"PDFs go to    {self._options.to}")
            typer.echo("Try           press Start on the page; Ctrl-C ends it")
        require_told()

    def stopped(self) -> None:
        """A signal has stopped it."""
        if not self._quiet:
            typer.echo("Stopped", err=True)
