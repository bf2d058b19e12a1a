"""`--delivery`: by which servers the embedded scan server delivers, and what is told of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator.environment.exit_codes import LabError

if TYPE_CHECKING:
    from emulator.scan_server.delivery.settings import DeliverySettings


def delivery_settings(path: Path | None) -> DeliverySettings | None:
    """The settings of a delivery file; None without one. Raises LabError."""
    if path is None:
        return None
    from emulator.scan_server.delivery.settings import DeliveryError, load_delivery

    try:
        return load_delivery(path)
    except DeliveryError as error:
        raise LabError(str(error)) from None


def targets_for_json(settings: DeliverySettings | None) -> dict[str, Any]:
    """For JSON: the targets, without a password."""
    if settings is None:
        return {"mail": None, "my_site": None, "sharepoint": [], "share": []}
    return {
        "mail": None if settings.mail is None else str(settings.mail),
        "my_site": settings.my_site,
        "sharepoint": [str(each) for each in settings.sharepoint],
        "share": [str(each) for each in settings.share],
    }


def shares_elsewhere(settings: DeliverySettings | None, shares: list[str]) -> int:
    """How many of the ShareUNCs are shares of real servers, and not folders of the store."""
    if settings is None or not settings.share:
        return 0
    from emulator.scan_server.file_share import is_elsewhere

    return sum(is_elsewhere(share, settings) for share in shares)
