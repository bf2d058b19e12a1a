"""What a test says of its lab: the marker `dsm`, closest first, then options and ini file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

Plan: TypeAlias = str | Path | Sequence[Mapping[str, Any]]
"""A TOML file, or its faults as tables."""

_KEYWORDS: Final = ("profile", "faults", "documents", "allow")


@dataclass(frozen=True, slots=True)
class LabSettings:
    """Of one test."""

    profile: str
    faults: Plan | None
    documents: str | None
    allow: frozenset[str]
    """Ids of deviations that are allowed."""
    peer_fails: bool
    """Whether it fails on those of the peer."""
    server: str | None
    """Somebody else's, that jobs go to."""
    server_store: Path | None
    """What that one stores in, where it can be read."""
    ca_file: Path | None
    """The roots that that one is trusted by."""
    multicast: bool
    """Whether devices on the network answer Probes to all."""


def settings_of(item: pytest.Item) -> LabSettings:
    """Return those of a test. A test whose marker says something else fails."""
    config = item.config
    said: dict[str, Any] = {}
    allowed: set[str] = set(config.getini("dsm_allow") or ())
    for mark in item.iter_markers("dsm"):
        unknown = [name for name in mark.kwargs if name not in _KEYWORDS]
        if mark.args or unknown:
            wrong = f"{unknown[0]}=" if unknown else repr(mark.args[0])
            pytest.fail(
                f"@pytest.mark.dsm does not take {wrong}; it takes {', '.join(_KEYWORDS)}, by name", pytrace=False
            )
        allowed |= _names(mark.kwargs.get("allow", ()))
        said = {**mark.kwargs, **said}
    folder = item.path.parent
    faults = said.get("faults")
    if faults is None and (named := config.getini("dsm_faults")):
        faults = _ini_folder(config) / named
    elif isinstance(faults, str | Path):
        faults = folder / faults
    documents = said.get("documents", config.getini("dsm_documents"))
    server_store = config.getoption("dsm_server_store")
    ca_file = config.getoption("dsm_ca_file")
    return LabSettings(
        profile=_named(said.get("profile", config.getini("dsm_profile")), folder),
        faults=faults,
        documents=_named(documents, folder) if documents else None,
        allow=frozenset(allowed),
        peer_fails=_peer_fails(config),
        server=config.getoption("dsm_server"),
        server_store=None if server_store is None else Path(server_store),
        ca_file=None if ca_file is None else Path(ca_file),
        multicast=config.getini("dsm_multicast"),
    )


def _peer_fails(config: pytest.Config) -> bool:
    said = config.getoption("dsm_peer_deviations") or config.getini("dsm_peer_deviations")
    if said not in ("fail", "ignore"):
        pytest.fail(f"dsm_peer_deviations is fail or ignore, not {said!r}", pytrace=False)
    return bool(said == "fail")


def lab_arguments(config: pytest.Config) -> dict[str, Any]:
    """Return what options and ini file say to the lab."""
    named = ("server", "ca_file", "client_cert", "client_key", "client_password_file", "directory", "user")
    arguments = {name: config.getoption(f"dsm_{name}") for name in named}
    insecure = config.getoption("dsm_insecure")
    judged = config.getoption("dsm_check_server") or config.getoption("dsm_check_device")
    if judged and arguments["server"] is None:  # then they speak of who is judged
        arguments, insecure = {}, False
    delivery = config.getini("dsm_delivery")
    return {
        **{name: value for name, value in arguments.items() if value is not None},
        "insecure": insecure,
        "delivery": _ini_folder(config) / delivery if delivery else None,
        "habits": tuple(config.getini("dsm_habits") or ()),
        "strict": config.getini("dsm_strict"),
        "multicast": config.getini("dsm_multicast"),
    }


def _ini_folder(config: pytest.Config) -> Path:
    return config.rootpath if config.inipath is None else config.inipath.parent


def _names(given: object) -> set[str]:
    return {given} if isinstance(given, str) else set(given)  # type: ignore[call-overload]


def _named(given: object, folder: Path) -> str:
    """A name of what comes along, or a file, which stands where the test's own paths begin."""
    text = str(given)
    return str(folder / text) if text.endswith(".toml") else text
