"""What `demo` runs: a device with documents in its feeder, the embedded scan server, and the front panel; each job
is one PDF, and goes where somebody wants it."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import Final

from emulator.directory.scan_process_file import load_scan_processes
from emulator.dsm.device_choices import is_mail_address
from emulator.dsm.scan_process import EmailFilter, FileShareFilter, Filter
from emulator.dsm.scan_process_xml import write_scan_process
from emulator.dsm.states import JobState
from emulator.environment.directories import office_folder
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.whole_file import not_written
from emulator.jobs.embedded_servers import EmbeddedServers
from emulator.jobs.front_panel import FrontPanel
from emulator.options.demo import DemoOptions
from emulator.options.groups import ControlOptions
from emulator.options.run import NetworkOptions
from emulator.options.scan import EMBEDDED, ScanOptions
from emulator.panel.api.house import House
from emulator.panel.serve import RunReporter, run_devices
from emulator.scan_server.delivery_file import delivery_settings, shares_elsewhere
from emulator.scan_server.disk import rename_to_new
from emulator.scan_server.files import copy_file
from emulator.scan_server.jobs import Job
from emulator.scan_server.server import ScanServer
from emulator.transport.url import read_url

SCAN_PROCESS: Final = "Scan to PDF"
_FILE: Final = "scan-to-pdf.xml"
_SMB: Final = "smb:"
_MAIL: Final = "mailto:"
_log = logging.getLogger(__name__)


async def run_demo(
    options: DemoOptions, reporter: RunReporter, control: ControlOptions, state: Path | None = None
) -> None:
    """Run until cancelled. `state`: the state folder, None: the user's. Raises LabError where it cannot start."""
    with tempfile.TemporaryDirectory(prefix="dsm-emulator-demo-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        directory = await asyncio.to_thread(_directory, options, place / "office")
        defaults = ScanOptions.of(
            server=EMBEDDED,
            scan_process=SCAN_PROCESS,
            directory=directory,
            store=place / "store",
            delivery=options.delivery,
            state=state,
        )
        network = NetworkOptions.of(profiles=(options.profile,), speed=options.speed, multicast=False, state=state)

        copies: set[asyncio.Task[None]] = set()

        async def prepare(house: House) -> None:
            house.exchanges.begin()
            device = house.devices[0]
            await FrontPanel(device.scanner).do("load", _load(options))
            if house.jobs is not None and (target := _folder_of(options)) is not None:
                _copy_to(target, house.jobs.servers, copies)

        try:
            await run_devices(network, defaults, reporter, control, open_panel=options.open_panel, prepare=prepare)
        except ValueError as error:  # the feeder takes no such set
            raise LabError(str(error), ExitCode.USAGE) from None
        finally:
            while copies:  # what is copied lies in the store, which goes next
                await asyncio.wait(copies)


def _load(options: DemoOptions) -> dict[str, object]:
    return {
        "documents": options.documents,
        "sheets": options.sheets,
        "seed": options.seed,
        "replace": True,
    }


def _folder_of(options: DemoOptions) -> Path | None:
    """Raises LabError for a folder that cannot be."""
    if not options.to or options.to.startswith((_SMB, _MAIL)):
        return None
    folder = Path(options.to)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_written(folder, error, "--to") from None
    return folder


def _filter(to: str) -> Filter | None:
    """Where the scan process has its images go; None: as it stands. Raises LabError."""
    if to.startswith(_MAIL):
        address = to.removeprefix(_MAIL)
        if not is_mail_address(address):
            raise LabError(f"--to {to}: {address!r:.100} is no e-mail address")
        return EmailFilter((address,), send_to_scan_user=False)
    if to.startswith(_SMB):
        url = read_url(to)
        share = [each for each in url.path.split("/") if each]
        if not url.host or not share:
            raise LabError(f"--to {to:.100}: smb://SERVER/SHARE or smb://SERVER/SHARE/FOLDER is wanted")
        return FileShareFilter(("\\\\" + "\\".join((url.host, *share)),))
    return None


def _directory(options: DemoOptions, place: Path) -> Path:
    """Users and scan processes: the office, where Scan to PDF goes to what was asked for. Raises LabError."""
    wanted = _filter(options.to)
    if wanted is None:
        _folder_of(options)
        return office_folder()
    if options.delivery is None:
        raise LabError(
            f"--to {options.to:.100} needs --delivery FILE: how the server there is reached, and with which login",
            hint="docs/delivery.md shows such a file",
        )
    settings = delivery_settings(options.delivery)  # what is wrong is told now, not when the first job has come
    assert settings is not None
    if isinstance(wanted, EmailFilter) and settings.mail is None:
        raise LabError(f"--delivery {options.delivery}: it has no [mail], and --to {options.to:.100} needs one")
    if isinstance(wanted, FileShareFilter) and not shares_elsewhere(settings, list(wanted.shares)):
        raise LabError(f"--delivery {options.delivery}: no [[share]] of it is that of --to {options.to:.100}")
    shutil.copytree(office_folder(), place)
    process = load_scan_processes(place / "scan-to-pdf.toml")[0].process
    instructions = replace(process.instructions, filters=(wanted,))
    (place / _FILE).write_bytes(write_scan_process(replace(process, instructions=instructions)))
    return place


def _copy_to(folder: Path, servers: EmbeddedServers, tasks: set[asyncio.Task[None]]) -> None:
    """Have each document of a job that has been completed copied to the folder. `tasks`: those that are at it."""
    before = servers.on_start

    def changed(job: Job) -> None:
        if job.state is not JobState.COMPLETED:  # told once: a job does not leave it
            return
        files = [path for document in job.documents_in_order() for path in job.files_of(document)[:1]]
        task = asyncio.get_running_loop().create_task(asyncio.to_thread(copy_all, files, folder))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def started(server: ScanServer) -> None:
        before(server)
        server.watch(changed)

    servers.on_start = started


def copy_all(files: list[Path], folder: Path) -> None:
    """Copy files under names that are free; nobody sees one half written."""
    for file in files:
        try:
            with _part(folder / f".{token_hex(8)}.part") as part:
                copy_file(file, part)
                _take_name(part, folder, file.name)
        except OSError as error:
            _log.warning("%s could not be copied to %s: %s", file.name, folder, error.strerror or error)


@contextmanager
def _part(path: Path) -> Iterator[Path]:
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _take_name(part: Path, folder: Path, name: str) -> None:
    for target in _names(folder, name):
        with suppress(FileExistsError):
            rename_to_new(part, target)
            return


def _names(folder: Path, name: str) -> Iterator[Path]:
    stem, dot, ending = name.rpartition(".")
    yield folder / name
    for number in range(2, 1_000_000):
        yield folder / f"{stem}_{number}{dot}{ending}"
