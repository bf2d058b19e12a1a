"""The delivery file: a TOML file that says by which servers the filters deliver.

Importing this module imports pydantic (50 ms), so it is done only where a delivery file is given.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StrictBool, StrictInt, StrictStr, ValidationError
from pydantic import field_validator as checks

from emulator.dsm.device_choices import is_mail_address
from emulator.scan_server.naming import share_path
from emulator.toml_files import Location, TomlFileError, TomlProblem, parse_toml, problem_at, read_toml, reason_of
from emulator.transport.url import read_url

MAX_BYTES: Final = 1024 * 1024
MAX_PASSWORD_BYTES: Final = 4096
_NO_LOGIN: Final = "a URL holds no user and password here: user and password_file or password_env do"

_Text = Annotated[StrictStr, Field(min_length=1, max_length=255)]
_Port = Annotated[StrictInt, Field(ge=1, le=65535)]
_Seconds = Annotated[float, Field(ge=0.1, le=86400)]


class DeliveryError(TomlFileError):
    """A delivery file that cannot be used."""


class _Section(BaseModel):
    """A table: unknown fields are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class _Account(_Section):
    """How a server is logged in to, and how long it is waited for."""

    user: _Text | None = None
    password_file: Path | None = None
    """File whose first line is the password; relative to the delivery file."""
    password_env: _Text | None = None
    """Environment variable that holds it."""
    password: SecretStr = Field(default=SecretStr(""), exclude=True)
    """Read from one of the two; a delivery file must not hold it."""
    timeout: _Seconds = 30.0
    """Longest silence of the server, in seconds."""
    time_limit: _Seconds = 600.0
    """Seconds for the whole delivery of a job, whatever moves."""


class MailSettings(_Account):
    """[mail]: the SMTP server."""

    host: _Text
    port: _Port | None = None
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    ca_file: Path | None = None
    """PEM of the roots to trust instead of the system's; relative to the delivery file."""
    sender: _Text
    """Whom the messages come from."""

    @checks("sender")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if not is_mail_address(value):
            raise ValueError("an e-mail address (name@domain) is wanted")
        return value

    @property
    def server_port(self) -> int:
        """The port: 587 for STARTTLS (RFC 6409), 465 for TLS from the start (RFC 8314), else 25 (RFC 5321)."""
        return self.port or {"starttls": 587, "implicit": 465, "none": 25}[self.tls]

    def __str__(self) -> str:
        how = {"starttls": "STARTTLS", "implicit": "TLS", "none": "no TLS"}[self.tls]
        return f"{self.host}:{self.server_port} ({how}{f', as {self.user}' if self.user else ''})"


class SharePointSettings(_Account):
    """[[sharepoint]]: the libraries at and below a URL."""

    url: _Text
    """As scan processes name them."""
    send_to: _Text | None = None
    """Where they really are; without it `url`."""
    ca_file: Path | None = None
    """PEM of the roots to trust instead of the system's; relative to the delivery file."""

    @checks("url", "send_to")
    @classmethod
    def _is_url(cls, value: str | None) -> str | None:
        if value is not None:
            require_url(value)
        return value

    @property
    def base(self) -> str:
        """Where the libraries are."""
        return self.send_to or self.url

    def __str__(self) -> str:
        sent = f" -> {self.send_to}" if self.send_to else ""
        return f"{self.url}{sent}{f' (as {self.user})' if self.user else ''}"


class ShareSettings(_Account):
    """[[share]]: a share, or a folder of one, of an SMB server."""

    unc: _Text
    r"""As scan processes name it: \\server\share."""
    send_to: _Text | None = None
    r"""Where it really is; without it `unc`."""
    port: _Port = 445
    encrypt: StrictBool = False
    """SMB 3 encryption is demanded."""

    @checks("unc", "send_to")
    @classmethod
    def _is_unc(cls, value: str | None) -> str | None:
        if value is not None:
            share_path(value)
        return value

    @property
    def base(self) -> str:
        """Where it is."""
        return self.send_to or self.unc

    def __str__(self) -> str:
        sent = f" -> {self.send_to}" if self.send_to else ""
        port = f" port {self.port}" if self.port != 445 else ""
        return f"{self.unc}{sent}{port}{f' (as {self.user})' if self.user else ''}"


class DeliverySettings(_Section):
    """A whole delivery file."""

    mail: MailSettings | None = None
    my_site: _Text | None = None
    """URL of a user's own library (SaveToMySite), with {user} and {domain} in it."""
    sharepoint: tuple[SharePointSettings, ...] = ()
    share: tuple[ShareSettings, ...] = ()

    @checks("my_site")
    @classmethod
    def _is_pattern(cls, value: str | None) -> str | None:
        if value is not None:
            unknown = {name for _, name, _, _ in Formatter().parse(value) if name is not None} - {"user", "domain"}
            if unknown:
                raise ValueError(f"{{{sorted(unknown)[0]}}} is unknown; there are {{user}} and {{domain}}")
            require_url(value.format(user="u", domain="d"))
        return value


def require_url(text: str) -> None:
    """Raise ValueError (one line) for what is no absolute http or https URL of a folder."""
    parts = read_url(text)
    if not parts.readable:
        raise ValueError(parts.problem)
    if not parts.leads_to_http or any(character.isspace() for character in parts.authority):
        raise ValueError("an http or https URL is wanted")
    if parts.login:
        raise ValueError(_NO_LOGIN)
    if parts.query or parts.fragment:
        raise ValueError("the URL of a library has no ? and no #")


def load_delivery(path: Path) -> DeliverySettings:
    """The settings in a file, passwords read. Raises DeliveryError."""
    text = read_toml(path, MAX_BYTES, "delivery file", DeliveryError)
    document = parse_toml(text, str(path), DeliveryError)
    try:
        settings = DeliverySettings.model_validate(document)
    except ValidationError as error:
        # `hide_input_in_errors` hides values from str() alone; a password would be among them.
        raise DeliveryError(
            str(path), [_problem(dict(each), text) for each in error.errors(include_url=False)]
        ) from None
    problems = [problem_at(location, reason, text) for location, reason in _contradictions(settings)]
    if problems:
        raise DeliveryError(str(path), problems)
    return _with_passwords(settings, path, text)


def _problem(error: dict[str, Any], text: str) -> TomlProblem:
    location = error["loc"]
    if location[-1:] == ("password",):
        return problem_at(
            location, "a password stands in a file of its own (password_file) or in the environment", text
        )
    if _NO_LOGIN in error["msg"]:
        return problem_at(location, _NO_LOGIN, text)  # without the value: it has a password in it
    return problem_at(location, reason_of(error, _fields_at(location[:-1])), text)


def _fields_at(location: Location) -> list[str]:
    names = [part for part in location if isinstance(part, str)]
    models: dict[str, type[BaseModel]] = {
        "mail": MailSettings,
        "sharepoint": SharePointSettings,
        "share": ShareSettings,
    }
    model = models.get(names[0], DeliverySettings) if names else DeliverySettings
    return [name for name in model.model_fields if name != "password"]


def _accounts(settings: DeliverySettings) -> Iterator[tuple[tuple[str | int, ...], _Account]]:
    if settings.mail is not None:
        yield ("mail",), settings.mail
    for name, found in (("sharepoint", settings.sharepoint), ("share", settings.share)):
        for index, each in enumerate(found):
            yield (name, index), each


def _contradictions(settings: DeliverySettings) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What each field may say for itself but not beside the others."""
    for location, account in _accounts(settings):
        if account.password.get_secret_value():
            yield (
                (*location, "password"),
                "a password stands in a file of its own (password_file) or in the environment",
            )
        given = [name for name in ("password_file", "password_env") if getattr(account, name) is not None]
        if account.user is None and given:
            yield (*location, given[0]), "a password goes with a user"
        if account.user is not None and len(given) != 1:
            yield (*location, "user"), "a user has a password_file or a password_env, one of the two"
        match account:
            case MailSettings() if account.user is not None and account.tls == "none":
                yield (*location, "tls"), "a password does not go out without TLS"
            case SharePointSettings() if account.user is not None and not account.base.lower().startswith("https:"):
                yield (*location, "user"), "a password does not go out without TLS: the URL must be https"
            case ShareSettings() if importlib.util.find_spec("smbprotocol") is None:
                yield location, "an SMB share needs more: pip install 'dsm-emulator[smb]'"
            case ShareSettings() if account.user is None:
                yield (*location, "unc"), "an SMB share is logged in to: user is missing"


def _with_passwords(settings: DeliverySettings, path: Path, text: str) -> DeliverySettings:
    """Passwords read, files taken as relative to the delivery file. Raises DeliveryError."""

    def complete(location: tuple[str | int, ...], account: Any) -> Any:
        changes: dict[str, Any] = {}
        ca_file = getattr(account, "ca_file", None)
        if ca_file is not None:
            changes["ca_file"] = path.parent / ca_file
        if account.password_file is not None:
            changes["password_file"] = path.parent / account.password_file
        try:
            if account.password_file is not None:
                changes["password"] = SecretStr(_first_line(path.parent / account.password_file))
            elif account.password_env is not None:
                changes["password"] = SecretStr(_from_environment(account.password_env))
        except ValueError as error:
            field = "password_file" if account.password_file is not None else "password_env"
            raise DeliveryError(str(path), [problem_at((*location, field), str(error), text)]) from None
        return account.model_copy(update=changes)

    done = {location: complete(location, account) for location, account in _accounts(settings)}
    return settings.model_copy(
        update={
            "mail": done.get(("mail",)),
            "sharepoint": tuple(done["sharepoint", index] for index in range(len(settings.sharepoint))),
            "share": tuple(done["share", index] for index in range(len(settings.share))),
        }
    )


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_PASSWORD_BYTES + 1)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or error}") from None
    try:
        line = data.decode("utf-8-sig").splitlines()[0]
    except (UnicodeDecodeError, IndexError):
        line = ""
    if not line or len(data) > MAX_PASSWORD_BYTES:
        raise ValueError(f"{path}: no password in its first line")
    return line


def _from_environment(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ValueError(f"the environment variable {name} is not set")
    return value
