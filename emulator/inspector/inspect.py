"""`inspect`: what a device or a scan server tells of itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from emulator.dpws.client import CallFailed, Faulted, Nonsense, Unreachable
from emulator.dpws.metadata import HostedService
from emulator.dpws.metadata_search import addresses_of_service
from emulator.dsm.constants import DSC, DSP
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.inspector.conversation import Conversation, conversation, lab_error
from emulator.inspector.reach import Reached, reach
from emulator.inspector.repository_elements import RepositoryElements, ask_repository
from emulator.inspector.scanner_elements import ScannerElements, ask_scanner
from emulator.options.asking import PeerEventOptions
from emulator.soap.deviations import Deviation, Deviations
from emulator.wsscan.constants import SCANNER_SERVICE_TYPE, WSCN_ACCEPTED

T = TypeVar("T")


@dataclass(slots=True)
class Inspection:
    """What one peer told, as far as it told it."""

    reached: Reached
    scanner: ScannerElements | None = None
    """Of the WS-Scan service, where there is one."""
    repository: RepositoryElements | None = None
    """Of the WS-DSC service, where there is one."""
    problems: list[CallFailed] = field(default_factory=list)
    """What was asked and not answered."""
    deviations: list[tuple[str, Deviation]] = field(default_factory=list)
    """Operation and departure from the documents."""

    @property
    def kind(self) -> str:
        """`device` (hosts WS-Scan), `scan server` (WS-DSP or WS-DSC), `service` (is WS-Scan itself) or `other`."""
        metadata = self.reached.metadata
        if metadata is None:
            return "service"
        if scan_services(self.reached):
            return "device"
        return "scan server" if metadata.services_in(DSP) or metadata.services_in(DSC) else "other"

    @property
    def exit_code(self) -> ExitCode:
        """0 when all was answered; else that of the first problem."""
        return ExitCode(self.problems[0].exit_hint) if self.problems else ExitCode.OK


async def inspect(where: str, options: PeerEventOptions) -> Inspection:
    """Ask what `where` names: a URL of metadata or of a scan service, or host[:port]. Raises LabError when it
    tells nothing."""
    async with conversation(options) as talk:
        try:
            return await inspect_with(talk, where)
        except CallFailed as error:
            raise lab_error(error) from None


async def inspect_with(talk: Conversation, where: str, *, jobs: bool = True) -> Inspection:
    """Inspect as `inspect` does, by a conversation; `jobs`: whether jobs are asked for. Raises CallFailed and
    LabError."""
    reached = await reach(talk, where)
    found = Inspection(reached)
    if reached.metadata is None:
        found.scanner = await _service_itself(talk, reached, jobs)
    elif services := scan_services(reached):
        found.scanner = await _first_that_answers(
            talk, found, services[0], lambda address: ask_scanner(talk, address, jobs=jobs)
        )
    elif services := list(reached.metadata.services_in(DSC)):
        found.repository = await _first_that_answers(
            talk, found, services[0], lambda address: ask_repository(talk, address, jobs=jobs)
        )
    if found.scanner is not None:
        found.problems += found.scanner.problems
    if found.repository is not None:
        found.problems += found.repository.problems
    found.deviations = talk.deviations
    return found


def scan_services(reached: Reached) -> list[HostedService]:
    """The hosted services that are WS-Scan."""
    hosted = reached.metadata.hosted if reached.metadata else ()
    return [service for service in hosted if _scans(service)]


def _scans(service: HostedService) -> bool:
    return any(
        name.local == SCANNER_SERVICE_TYPE.local and name.namespace in (*WSCN_ACCEPTED, "")
        for name in service.types
    )


async def _service_itself(talk: Conversation, reached: Reached, jobs: bool) -> ScannerElements:
    """The address may be that of a scan service. Raises what told most of why it is not."""
    assert reached.failure is not None
    try:
        found = await ask_scanner(talk, reached.url, jobs=jobs)
    except CallFailed:
        raise reached.failure from None
    if found.told:
        return found
    faults = [each for each in found.problems if isinstance(each, Faulted)]
    raise faults[0] if faults and not isinstance(reached.failure, Nonsense) else reached.failure


def service_addresses(talk: Conversation, reached: Reached, service: HostedService) -> list[str]:
    """The addresses of a service that can be used, the nearest first: it may have one for each family."""
    deviations = Deviations()
    found = addresses_of_service(service, reached.url, deviations)
    talk.note(deviations)
    return [each.url for each in found]


async def _first_that_answers(
    talk: Conversation, found: Inspection, service: HostedService, ask: Callable[[str], Awaitable[T]]
) -> T | None:
    """The first address of the service that is reached counts."""
    url = found.reached.url
    failure: CallFailed | None = None
    for address in service_addresses(talk, found.reached, service):
        try:
            return await ask(address)
        except CallFailed as error:
            failure = failure or error
            if not isinstance(error, Unreachable):
                break
    reason = "the service has no address that can be used"
    found.problems.append(failure or Nonsense("Get", url, f"{reason} ({service.address[:200]})"))
    return None


__all__ = ["Inspection", "LabError", "PeerEventOptions", "inspect", "inspect_with", "scan_services"]
