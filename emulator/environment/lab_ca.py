"""`lab-ca`: a CA in a folder, and certificates of servers and users by it, in one go."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.directory.errors import DirectoryError
from emulator.directory.folder import FolderDirectory
from emulator.directory.model import User
from emulator.environment.directories import office_folder
from emulator.environment.exit_codes import LabError
from emulator.environment.options import LabCaOptions
from emulator.trust.authority_folder import CA_DER, CA_PEM, CRL_DER, CRL_PEM, AuthorityFolder, IssuedFiles
from emulator.trust.contexts import TrustError
from emulator.trust.passwords import PasswordSource


@dataclass(slots=True)
class LabCa:
    """What is in the folder now."""

    folder: Path
    made: bool
    """The CA is new."""
    issued: list[IssuedFiles] = field(default_factory=list)
    revoked: dict[str, bool] = field(default_factory=dict)
    """By name, whether it is new on the list."""
    hints: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {
            "folder": str(self.folder),
            "new": self.made,
            "ca_file": str(self.folder / CA_PEM),
            "ca_der": str(self.folder / CA_DER),
            "crl": str(self.folder / CRL_PEM),
            "crl_der": str(self.folder / CRL_DER),
            "certificates": [
                {
                    "name": each.name,
                    "new": each.made,
                    "certificate": str(each.certificate),
                    "key": str(each.key),
                    "pkcs12": str(each.pkcs12),
                    "password_file": str(each.password_file),
                }
                for each in self.issued
            ],
            "revoked": [{"name": name, "new": new} for name, new in self.revoked.items()],
        }


def lab_ca(options: LabCaOptions) -> LabCa:
    """Make what is not there yet. Raises LabError; what was made before it stays."""
    folder = options.folder
    try:
        password = ""
        if options.password_file is not None:
            password = PasswordSource(options.password_file).read("the PKCS#12 files")
            if not password:
                raise LabError(f"{options.password_file}: its first line, the password, is empty")
        users = [_user(name, options.directory) for name in options.users]
        authority = AuthorityFolder.open(
            folder, key_kind=options.key_kind, crl_url=options.crl_url, legacy=options.legacy
        )
        done = LabCa(folder, authority.made)
        for text in options.servers:
            names = [name.strip() for name in text.split(",") if name.strip()]
            if not names:
                raise LabError(f"--server {text!r} names no server")
            try:
                done.issued.append(authority.issue_server(names, password=password, force=options.overwrite))
            except UnicodeError:
                raise LabError(f"--server {text!r}: not a DNS name or an IP address") from None
        for principal, user in users:
            sid, mail = ("", "") if user is None else (user.sid, user.mail)
            if user is None:
                done.hints.append(f"{principal} is not in the directory: its certificate names no SID")
            done.issued.append(
                authority.issue_user(principal, sid=sid, mail=mail, password=password, force=options.overwrite)
            )
        done.revoked = {name: authority.revoke(name) for name in options.revoked}
    except TrustError as error:
        raise LabError(str(error)) from None
    except OSError as error:
        raise LabError(f"the folder {folder} cannot be used: {error.strerror or error}") from None
    except ValueError as error:
        raise LabError(f"no such certificate can be made: {error}") from None
    return done


def _user(name: str, directory: Path | None) -> tuple[str, User | None]:
    """The user principal name, and what the directory knows. Raises LabError."""
    try:
        user = FolderDirectory(directory or office_folder()).user(name)
    except DirectoryError as error:
        local, at, domain = name.partition("@")
        if not (local and at and domain):
            raise LabError(f"--user {name}: {error}", hint="write NAME@DOMAIN for a user of no folder") from None
        return name, None
    return user.principal, user
