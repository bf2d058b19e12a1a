"""The errors of this room, each with the exit code that it leads to (docs/exit-codes.md)."""

from __future__ import annotations

from typing import ClassVar


class DirectoryError(ValueError):
    """A directory that cannot be read, or that has not what was asked of it. `str()` is one line; of a file
    it names the file and, where there is one, the line or the field."""

    exit_hint: ClassVar[int] = 2
    """What a command that fails for this reason exits with."""
    hint: ClassVar[str] = ""
    """What to do about it; '' where the message says all."""


class NoSuchUser(DirectoryError):
    """Nobody of that name, or more than one."""


class NoScanProcess(DirectoryError):
    """No scan process of that name that the user may read."""


class NotUnderstood(DirectoryError):
    """A scan process that is there and cannot be used: its XML or another attribute is wrong."""


class NotInstalled(DirectoryError):
    """A library of an extra is missing."""


class ClearText(DirectoryError):
    """A bind was asked for that would send the password in clear, or that the directory takes only elsewhere."""

    hint = "--start-tls, or a URL of ldaps://, makes a simple bind safe; without TLS take auto, ntlm or kerberos"


class DirectoryUnreachable(DirectoryError):
    """The other side could not be reached, or is silent."""

    exit_hint = 3


class NoController(DirectoryUnreachable):
    """No domain controller was found or none took a connection."""

    hint = "ldap://HOST names one controller; --dns-server HOST asks the domain's own name server"


class ConnectionEnded(DirectoryUnreachable):
    """The controller went away in the middle of a conversation."""


class TooSlow(DirectoryUnreachable):
    """The time for a question is over (--directory-timeout)."""


class DirectoryNotTrusted(DirectoryUnreachable):
    """TLS failed: the certificate, its name, or the protocol."""

    hint = "--directory-ca-file names the roots to trust (PEM)"


class NoKerberos(DirectoryUnreachable):
    """Kerberos cannot be tried: no KDC, an unknown realm or service, clocks that differ."""

    hint = "krb5.conf (or KRB5_CONFIG) or DNS must lead to the realm; --directory-auth ntlm does without"


class DirectoryNonsense(DirectoryError):
    """The directory's answer is malformed, too long, or no answer to what was asked."""

    exit_hint = 4


class Answered(DirectoryError):
    """The directory answered with an error that is none of the others here."""

    exit_hint = 4


class Referred(Answered):
    """The directory answered that another one is to be asked; referrals are not followed."""


class DirectoryRefused(DirectoryError):
    """The directory refused us."""

    exit_hint = 5


class WrongPassword(DirectoryRefused):
    """The name or the password is wrong."""


class AccountLocked(DirectoryRefused):
    """Locked after wrong passwords."""


class AccountDisabled(DirectoryRefused):
    """Disabled by an administrator."""


class AccountExpired(DirectoryRefused):
    """The account's last day is over."""


class AccountRevoked(DirectoryRefused):
    """Locked, disabled or expired: Kerberos does not say which (RFC 4120, KDC_ERR_CLIENT_REVOKED)."""

    hint = "--directory-auth ntlm tells which"


class PasswordExpired(DirectoryRefused):
    """The password is too old, or must be changed at the first log-on."""


class LogonRestricted(DirectoryRefused):
    """Not at this time, not from here, or not in this way."""


class BindRefused(DirectoryRefused):
    """The directory wants another kind of bind: sealed, or inside TLS."""


class NoRight(DirectoryRefused):
    """Bound, but not allowed to read what is needed."""
