"""The three ways in which people write who they are, and what each bind wants to hear. No I/O."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.directory.errors import NoSuchUser


@dataclass(frozen=True, slots=True)
class UserName:
    """`joe`, `joe@dsm.test` or `DSM\\joe`. [adds/lookup/name-forms]"""

    account: str
    domain: str = ""
    """As it was written: a UPN suffix, a NetBIOS name, a DNS name, or nothing."""
    is_upn: bool = False

    @classmethod
    def parse(cls, text: str) -> UserName:
        """Raises NoSuchUser for what names nobody."""
        text = text.strip()
        if "\\" in text:
            domain, _, account = text.partition("\\")
            is_upn = False
        else:
            account, at, domain = text.rpartition("@")
            is_upn = bool(at)
            if not at:
                account, domain = text, ""
        if not account or (is_upn and not domain) or any(not c.isprintable() for c in text):
            raise NoSuchUser(f"{text[:80]!r} names no user (joe, joe@dsm.test or DSM\\joe)")
        return cls(account, domain, is_upn)

    @property
    def dns_domain(self) -> str:
        """The domain, where it was written as DNS knows it."""
        return self.domain if "." in self.domain else ""

    def for_simple_bind(self, domain: str) -> str:
        """A UPN, or DOMAIN\\user; `domain`: the directory's own, for a name without one (MS-ADTS 5.1.1.1.1)."""
        if self.is_upn or (self.domain and not self.dns_domain):
            return str(self)
        return f"{self.account}@{self.dns_domain or domain}"

    def for_kerberos(self, domain: str) -> str:
        """A principal; a realm is the domain's name in capitals (MS-KILE 3.1.5.1)."""
        return f"{self.account}@{(self.dns_domain or domain).upper()}"

    def __str__(self) -> str:
        if self.is_upn:
            return f"{self.account}@{self.domain}"
        return f"{self.domain}\\{self.account}" if self.domain else self.account
