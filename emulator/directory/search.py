"""The searches of a device, their filters, and what it means when one fails. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.directory.bind_result import (
    INSUFFICIENT_ACCESS_RIGHTS,
    NO_SUCH_OBJECT,
    REFERRAL,
    SIZE_LIMIT_EXCEEDED,
    printable,
)
from emulator.directory.errors import Answered, DirectoryError, NoRight, Referred

if TYPE_CHECKING:
    import sansldap

    from emulator.directory.ldap_dialogue import LdapResult

OPERATIONS_ERROR: Final = 1
"""What Active Directory answers to who has not bound (MS-ADTS 3.1.1.3.4)."""

# The law: [adds/lookup/user-filter]
PERSON: Final = ("sAMAccountName", "userPrincipalName", "displayName", "cn", "mail", "objectSid", "memberOf")
ROOT_DSE: Final = ("defaultNamingContext", "configurationNamingContext", "dnsHostName")  # [adds/lookup/root-dse]
PSPS: Final = "CN=PSPs,CN=System,{base}"
"""Where scan processes stand, one level below (Active Directory page of the DSM documents).
[adds/lookup/class-with-its-hyphen] [adds/schema/container] [adds/schema/container-class]"""
ROOTS: Final = "CN=Certification Authorities,CN=Public Key Services,CN=Services,{configuration}"
"""The enterprise's trusted roots. [adds/lookup/enterprise-roots]"""
PARTITIONS: Final = "CN=Partitions,{configuration}"


def equals(attribute: str, value: str | bytes) -> sansldap.LDAPFilter:
    """`(attribute=value)`; no text needs escaping, because no text is made. [adds/lookup/user-name-escaped]"""
    import sansldap

    return sansldap.FilterEquality(attribute, value.encode() if isinstance(value, str) else value)


def person_named(account: str, principal: str) -> sansldap.LDAPFilter:
    """Users with that sAMAccountName, or with that userPrincipalName ('': by the first alone).
    [adds/lookup/user-filter] [adds/lookup/user-name-escaped]"""
    import sansldap

    names = [equals("sAMAccountName", account)] * bool(account) + [equals("userPrincipalName", principal)] * bool(
        principal
    )
    return sansldap.FilterAnd([equals("objectClass", "user"), sansldap.FilterOr(names)])


def search_error(result: LdapResult, base: str, where: str) -> DirectoryError:
    """The error for a search that ended with another result than success."""
    said = f" ({printable(result.diagnostic)})" if result.diagnostic else ""
    if result.code in (INSUFFICIENT_ACCESS_RIGHTS, OPERATIONS_ERROR):
        return NoRight(f"{where}: no right to read {base}: result {result.code}{said}")
    if result.code == NO_SUCH_OBJECT:
        return NoRight(f"{where}: {base} is not there, or may not be read")
    if result.code == REFERRAL:
        to = printable(" ".join(result.referrals))
        return Referred(f"{where}: {base} is elsewhere ({to}); referrals are not followed")
    if result.code == SIZE_LIMIT_EXCEEDED:
        return Answered(f"{where}: the directory has more entries below {base} than it gives{said}")
    return Answered(f"{where}: the search below {base} ended with result {result.code}{said}")
