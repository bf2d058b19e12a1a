"""`render`: writes page images to a folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emulator.cli.directory_options import (
    Auth,
    Directory,
    DirectoryAuth,
    DirectoryCaFile,
    DirectoryTimeout,
    DnsServer,
    PasswordFile,
    StartTls,
    ldap_options,
)
from emulator.cli.page_options import DEFAULT_MEMORY, DEFAULT_SECONDS, PageMemory, PageSeconds, memory_size
from emulator.cli.preflight import Preflight
from emulator.cli.running import run_async, set_up_logging

if TYPE_CHECKING:
    from emulator.cli.page_bar import PageBar
    from emulator.jobs.render import Rendered


def render(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Pages: images, PDFs, folders. None: synthetic letters.", show_default=False),
    ] = None,
    documents: Annotated[
        str | None,
        typer.Option(
            metavar="SET",
            help="A document set (a name or a TOML file) makes the pages, with the truth of each beside it; "
            "every-kind and every-trace show all there is.",
            show_default=False,
        ),
    ] = None,
    alto: Annotated[bool, typer.Option("--alto", help="The truth of documents as ALTO too.")] = False,
    hocr: Annotated[bool, typer.Option("--hocr", help="The truth of documents as hOCR too.")] = False,
    gallery: Annotated[
        bool, typer.Option("--gallery", help="An HTML gallery and a contact sheet of the pages too.")
    ] = False,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder that the pages go to.")] = Path("pages"),
    profile: Annotated[str, typer.Option(help="Device profile: a name or a TOML file.")] = "office-mfp",
    scan_process: Annotated[
        str | None,
        typer.Option(
            help="Scan as this scan process says (name or file). Default: the device's default ticket.",
            show_default=False,
        ),
    ] = None,
    directory: Directory = None,
    user: Annotated[str | None, typer.Option(help="Who asks a directory over LDAP.", show_default=False)] = None,
    password_file: PasswordFile = None,
    directory_auth: DirectoryAuth = Auth.AUTO,
    start_tls: StartTls = False,
    directory_ca_file: DirectoryCaFile = None,
    dns_server: DnsServer = None,
    directory_timeout: DirectoryTimeout = 30.0,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PATH=VALUE",
            help="A setting of the scan ticket: Format=pdf-a, Resolution=300x300, Rotation=90 ...",
            show_default=False,
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Let --set change what the scan process marks MustHonor.")
    ] = False,
    pages: Annotated[
        int | None, typer.Option(min=1, help="N pages: cut the files, or synthesise.", show_default=False)
    ] = None,
    repeat: Annotated[bool, typer.Option("--repeat", help="Repeat the files until --pages.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of synthetic pages.")] = 0,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out files and pages that cannot be read.")
    ] = False,
    preflight: Annotated[
        Preflight, typer.Option(help="full: decode every page before the first is written.")
    ] = Preflight.NORMAL,
    page_seconds: PageSeconds = DEFAULT_SECONDS,
    page_memory: PageMemory = DEFAULT_MEMORY,
    date: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"],
            help="When the pages say that they were scanned (UTC). Default: now.",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the pages of an earlier run that lie in the folder.")
    ] = False,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes. Default: one a core.", show_default=False)
    ] = None,
    json_output: Annotated[
        bool, typer.Option("--json", help="One JSON object on stdout, all else on stderr.")
    ] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Only errors.")] = False,
    verbose: Annotated[
        int, typer.Option("-v", "--verbose", count=True, help="-v: what happens; -vv: tracebacks.")
    ] = 0,
) -> None:
    """Write pages to a folder as a device would scan them: no scan server, no job."""
    set_up_logging(verbose)
    from emulator.jobs.render import RenderOptions
    from emulator.jobs.render import render as render_pages

    options = RenderOptions(
        files=tuple(files or ()),
        documents=documents,
        alto=alto,
        hocr=hocr,
        gallery=gallery,
        output=output,
        profile=profile,
        scan_process=scan_process,
        directory=directory,
        user=user,
        ldap=ldap_options(
            directory,
            user,
            password_file=password_file,
            auth=directory_auth,
            start_tls=start_tls,
            directory_ca_file=directory_ca_file,
            dns_server=dns_server,
            timeout=directory_timeout,
        ),
        settings=tuple(settings or ()),
        force=force,
        pages=pages,
        repeat=repeat,
        seed=seed,
        skip_bad=skip_bad,
        full_preflight=preflight is Preflight.FULL,
        page_seconds=page_seconds,
        page_memory=memory_size(page_memory),
        date=None if date is None else date.replace(tzinfo=UTC),
        overwrite=overwrite,
        jobs=jobs,
    )
    reporter = _Reporter(as_json=json_output, quiet=quiet)
    try:
        rendered = run_async(
            lambda: render_pages(options, planned=reporter.planned, on_page=reporter.page), verbosity=verbose
        )
    finally:
        reporter.stop()
    reporter.finished(rendered)
    raise typer.Exit(int(rendered.exit_code))


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
