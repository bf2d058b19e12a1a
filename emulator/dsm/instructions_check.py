"""Whether the instructions that a device sent are those of the scan process (docs/protocol/dsm.md 8.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from emulator.dsm.canonical import Comparable, comparable, restored
from emulator.dsm.scan_process import (
    EmailFilter,
    FileShareFilter,
    Filter,
    PostScanInstructions,
    ScanProcess,
    SharePointFilter,
    UnknownFilter,
)


def differences_not_allowed(stored: ScanProcess, sent: PostScanInstructions) -> list[str]:
    """Return where `sent` departs from the scan process more than that allows; one line each, the element's name
    first.

    A device may add e-mail addresses where emlf:CanAddAddresses is true, change DocumentRootName with
    spx:AllowDeviceFileNameChange and each ShareUNC with spx:AllowDeviceFilePathChange. No differences at all
    are prefixes, white space around values, the order of filters, shares, addresses and sites, and whether a
    default is written.
    [psp/change/instructions-as-stored] [psp/change/document-root-name-accepted] [psp/change/share-unc-accepted]
    [dsp/create-post-scan-job/instructions-of-the-scan-process]"""
    kept = stored.instructions
    found = []
    if bool(kept.continue_on_error) != bool(sent.continue_on_error):
        found.append(
            f"ContinueOnError: {_said(sent.continue_on_error)}, not {_said(kept.continue_on_error)} as in the "
            "scan process"
        )
    given, wanted = sent.document_root_name.strip(), kept.document_root_name.strip()
    if given != wanted and not stored.allow_file_name_change:
        found.append(f"DocumentRootName: {given!r}, not {wanted!r} as in the scan process, which allows no change")
    for name, of_stored, of_sent in (
        ("PostScanInstructions", kept.extra, sent.extra),
        ("FiltersToProcess", kept.filters_extra, sent.filters_extra),
    ):
        if _meanings(of_stored) != _meanings(of_sent):
            found.append(f"{name}: other vendor elements than in the scan process")
    return found + list(_filter_differences(stored, sent.filters))


def _said(value: bool | None) -> str:
    return "true" if value else "false"


def _meanings(xml: Sequence[bytes]) -> Counter[Comparable]:
    return Counter(comparable(restored(each)) for each in xml)


def _filter_differences(stored: ScanProcess, sent: tuple[Filter, ...]) -> Iterator[str]:
    """Pairs the filters of a dialect, those first that are alike, and tells where a pair differs."""
    unpaired = list(sent)
    left: list[Filter] = []
    for path_change, can_add in ((False, False), (stored.allow_file_path_change, True)):
        for wanted in left if can_add else stored.instructions.filters:
            alike = (each for each in unpaired if not list(_differences(wanted, each, path_change, can_add)))
            partner = next(alike, None)
            if partner is not None:
                unpaired.remove(partner)
            elif not can_add:
                left.append(wanted)
            else:
                partner = next((each for each in unpaired if each.dialect == wanted.dialect), None)
                if partner is None:
                    yield f"Filter: {wanted.dialect} of the scan process is missing"
                else:
                    unpaired.remove(partner)
                    yield from _differences(wanted, partner, path_change, can_add)
    for each in unpaired:
        yield f"Filter: {each.dialect} is not in the scan process"


def _differences(stored: Filter, sent: Filter, path_change: bool, can_add: bool) -> Iterator[str]:
    """Yield where one filter departs from the other. `path_change`: shares may differ; `can_add`: addresses may be
    added where the filter says so."""
    match stored, sent:
        case FileShareFilter(), FileShareFilter():
            if not path_change or not sent.shares:
                yield from _list_differences("ShareUNC", stored.shares, sent.shares)
        case EmailFilter(), EmailFilter():
            if bool(stored.send_to_scan_user) != bool(sent.send_to_scan_user):
                yield f"SendToScanUser: {_said(sent.send_to_scan_user)} differs from the scan process"
            # Without addresses there is no element that the attribute could stand on.
            if stored.addresses and sent.addresses and stored.can_add_addresses != sent.can_add_addresses:
                yield f"CanAddAddresses: {_said(sent.can_add_addresses)} differs from the scan process"
            yield from _list_differences(
                "EmailAddress",
                stored.addresses,
                sent.addresses,
                may_add=can_add and stored.can_add_addresses,
            )
        case SharePointFilter(), SharePointFilter():
            if bool(stored.save_to_my_site) != bool(sent.save_to_my_site):
                yield f"SaveToMySite: {_said(sent.save_to_my_site)} differs from the scan process"
            yield from _list_differences("SaveToSharePointSiteURL", stored.sites, sent.sites)
        case UnknownFilter(), UnknownFilter() if stored.dialect == sent.dialect:
            if comparable(restored(stored.xml)) != comparable(restored(sent.xml)):
                yield f"Instructions: those of {sent.dialect} differ from the scan process"
        case _:
            yield f"Filter: {sent.dialect}, not {stored.dialect} as in the scan process"
            return
    for place in ("of_filter", "of_config", "of_list"):
        if _meanings(getattr(stored.extensions, place)) != _meanings(getattr(sent.extensions, place)):
            yield f"Filter: {sent.dialect} with other vendor elements than in the scan process"


def _list_differences(
    name: str, stored: Sequence[str], sent: Sequence[str], *, may_add: bool = False
) -> Iterator[str]:
    given = Counter(item.strip() for item in sent)
    wanted = Counter(item.strip() for item in stored)
    for item in wanted - given:
        yield f"{name}: {item!r} of the scan process is missing"
    if not may_add:
        for item in given - wanted:
            often = " so often" if item in wanted else ""
            yield f"{name}: {item!r} is not in the scan process{often}"
