"""Made from the models in emulator/options by docs/make_options.py: change those, and run it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypedDict

from emulator.environment.options import LdapOptions, TrustOptions

if TYPE_CHECKING:
    from emulator.environment.keywords import AnyPath


class ScanKeywords(TypedDict, total=False):
    """The options of a post-scan job as keywords."""

    settings: str | Sequence[str]
    connect_timeout: float
    read_timeout: float
    job_timeout: float
    trace: AnyPath | None
    overwrite: bool
    faults: AnyPath | None
    hooks: AnyPath | None
    events_cert: AnyPath | None
    events_key: AnyPath | None
    directory: AnyPath | None
    user: str | None
    ldap: LdapOptions
    page_seconds: float
    page_memory: int | str
    documents: str | None
    look: Literal["scanned", "clean"] | None
    seed: int
    pages: int | None
    repeat: bool
    skip_bad: bool
    preflight: Literal["normal", "full"]
    profile: str
    store: AnyPath
    delivery: AnyPath | None
    habits: str | Sequence[str]
    force: bool
    server: str | None
    scan_process: str | None
    service: str | None
    psp_id: str | None
    user_sid: str | None
    mail_to: str | Sequence[str]
    file_name: str | None
    folders: str | Sequence[str]
    strict: bool
    manifest: AnyPath | None
    truth: AnyPath | None
    loaded: bool
    stamped: bool
    as_is: bool
    jobs: int | None
    state: AnyPath | None
    trust: TrustOptions
    events: str | None
    wait: bool
    speed: Literal["real", "max"]
    set: str | Sequence[str]
    habit: str | Sequence[str]
    folder: str | Sequence[str]
    password_file: AnyPath | None
    directory_auth: Literal["auto", "ntlm", "kerberos", "simple"]
    start_tls: bool
    directory_ca_file: AnyPath | None
    dns_server: str | None
    directory_timeout: float
    directory_roots: bool
    ca_file: AnyPath | None
    client_cert: AnyPath | None
    client_key: AnyPath | None
    insecure: bool
    crl: AnyPath | Sequence[AnyPath]
    client_password_file: AnyPath | None
    ca_url: str | None
    ca_sha256: str | None
    no_wait: bool
    full_preflight: bool
