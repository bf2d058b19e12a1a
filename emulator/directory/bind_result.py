"""What a refused bind means. A directory tells a Win32 code as `data 775` (MS-ADTS 5.1.1.5, MS-ERREF 2.2),
Kerberos an error of its own (RFC 4120 7.5.9)."""

from __future__ import annotations

import re
from typing import Final

from emulator.directory.errors import (
    AccountDisabled,
    AccountExpired,
    AccountLocked,
    AccountRevoked,
    Answered,
    BindRefused,
    DirectoryError,
    LogonRestricted,
    NoController,
    NoKerberos,
    PasswordExpired,
    WrongPassword,
)

# LDAP result codes (RFC 4511, appendix A.1)
SUCCESS: Final = 0
STRONGER_AUTH_REQUIRED: Final = 8  # [adds/bind/simple-in-the-clear-refused]
REFERRAL: Final = 10
CONFIDENTIALITY_REQUIRED: Final = 13
SASL_BIND_IN_PROGRESS: Final = 14
INAPPROPRIATE_AUTHENTICATION: Final = 48
INVALID_CREDENTIALS: Final = 49
INSUFFICIENT_ACCESS_RIGHTS: Final = 50
UNWILLING_TO_PERFORM: Final = 53  # [adds/bind/sealed-inside-tls-refused]
NO_SUCH_OBJECT: Final = 32
SIZE_LIMIT_EXCEEDED: Final = 4

_WRONG: Final = "the user name or the password is wrong"

REASONS: Final[dict[int, tuple[type[DirectoryError], str]]] = {
    0x490: (WrongPassword, _WRONG),  # ERROR_NOT_FOUND: Samba, after a wrong password in a sealed bind
    0x51F: (NoController, "no controller of the user's domain can be reached"),  # ERROR_NO_LOGON_SERVERS
    0x525: (WrongPassword, _WRONG),  # ERROR_NO_SUCH_USER
    0x52E: (WrongPassword, _WRONG),  # ERROR_LOGON_FAILURE
    0x52F: (LogonRestricted, "the account may not log on (a restriction of the account)"),
    0x530: (LogonRestricted, "the account may not log on at this time"),
    0x531: (LogonRestricted, "the account may not log on from this machine"),
    0x532: (PasswordExpired, "the password has expired"),
    0x533: (AccountDisabled, "the account is disabled"),
    0x569: (LogonRestricted, "the account may not log on in this way"),
    0x701: (AccountExpired, "the account has expired"),
    0x773: (PasswordExpired, "the password must be changed before the first log-on"),
    0x775: (AccountLocked, "the account is locked"),
}
"""Win32 code -> error and reason."""

_BIND_REFUSED: Final = frozenset(
    {
        STRONGER_AUTH_REQUIRED,
        CONFIDENTIALITY_REQUIRED,
        INAPPROPRIATE_AUTHENTICATION,
        INVALID_CREDENTIALS,  # for a reason that is none of the user's
        UNWILLING_TO_PERFORM,
    }
)
_DATA: Final = re.compile(r"\bdata ([0-9a-fA-F]{1,8})\b")

# The law: [adds/bind/service-principal-of-the-host]
KERBEROS_ERRORS: Final[dict[int, tuple[type[DirectoryError], str]]] = {
    6: (WrongPassword, _WRONG),  # KDC_ERR_C_PRINCIPAL_UNKNOWN
    7: (NoKerberos, "Kerberos knows no service of this controller (ldap/HOST)"),  # KDC_ERR_S_PRINCIPAL_UNKNOWN
    18: (AccountRevoked, "the account is locked, disabled or expired"),  # KDC_ERR_CLIENT_REVOKED
    23: (PasswordExpired, "the password has expired or must be changed"),  # KDC_ERR_KEY_EXPIRED
    24: (WrongPassword, _WRONG),  # KDC_ERR_PREAUTH_FAILED
    31: (WrongPassword, _WRONG),  # KRB_AP_ERR_BAD_INTEGRITY
    37: (NoKerberos, "the clocks of this machine and of the controller differ too much"),  # KRB_AP_ERR_SKEW
}
"""Error code of RFC 4120 -> error and reason."""

_KRB5_BASE: Final = -1765328384
"""ERROR_TABLE_BASE_krb5: MIT and Heimdal number RFC 4120's errors from here."""


def kerberos_error(code: int, text: str, whom: str, where: str) -> DirectoryError:
    """The error for a code of a Kerberos library, signed or not; any other code means that Kerberos cannot be
    tried. [adds/bind/wrong-password-of-kerberos]"""
    if code >= 1 << 31:
        code -= 1 << 32
    kind, reason = KERBEROS_ERRORS.get(code - _KRB5_BASE, (NoKerberos, text))
    return kind(f"{where}: {whom}: {reason}" if reason != text else f"{where}: Kerberos: {text}")


def bind_error(code: int, diagnostic: str, whom: str, where: str) -> DirectoryError:
    """The error for a bind that ended with an LDAP result other than success.
    [adds/bind/wrong-password] [adds/bind/simple-in-the-clear-refused] [adds/bind/unsealed-refused]"""
    if code == INVALID_CREDENTIALS:
        data = _DATA.search(diagnostic)
        known = REASONS.get(int(data[1], 16)) if data else (WrongPassword, _WRONG)
        if known is not None:
            return known[0](f"{where}: {whom}: {known[1]}")
    said = f" ({printable(diagnostic)})" if diagnostic else ""
    if code in _BIND_REFUSED:
        return BindRefused(f"{where}: the directory refuses this kind of bind: result {code}{said}")
    return Answered(f"{where}: the bind of {whom} ended with result {code}{said}")


def printable(text: str, limit: int = 200) -> str:
    """A text of a peer, on one line, without what a terminal would obey, cut."""
    return "".join(c if c.isprintable() else " " for c in text[:limit]).strip()
