"""Active Directory as a device asks it: who a user is, and which scan processes he may read (spec: Active Directory
page of the DSM documents; MS-ADTS, MS-ADSC)."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

from emulator.directory.ad_entries import NTSECURITY_DESCRIPTOR, ScanProcessReader, group_sids, person
from emulator.directory.ad_session import AdSession, Auth, SignIn
from emulator.directory.controllers import Controller
from emulator.directory.deadline import Deadline
from emulator.directory.entry import Entry
from emulator.directory.errors import (
    Answered,
    ConnectionEnded,
    DirectoryError,
    DirectoryNonsense,
    DirectoryUnreachable,
    NoController,
    NoScanProcess,
    NoSuchUser,
    NotUnderstood,
    TooSlow,
)
from emulator.directory.ldap_dialogue import Scope
from emulator.directory.model import LdapEntry, Source, StoredScanProcess, User
from emulator.directory.naming import names_of, scan_processes_named, sort_key
from emulator.directory.scan_process_entry import CLASS, DISPLAY_NAME, IDENTIFIER, SERVER_NAME, XML
from emulator.directory.search import PARTITIONS, PERSON, PSPS, ROOTS, equals, person_named
from emulator.directory.secret import Login
from emulator.directory.sid import sid_octets
from emulator.directory.user_name import UserName
from emulator.dsm.guid import to_octets

_log = logging.getLogger(__name__)
T = TypeVar("T")

IDLE_SECONDS: Final = 60.0
"""How long a bound connection is kept for the next question."""
# The law: [adds/lookup/attributes]
_PSP_ATTRIBUTES: Final = (DISPLAY_NAME, IDENTIFIER, XML, SERVER_NAME, NTSECURITY_DESCRIPTOR)
Question = Callable[[AdSession, Deadline], T]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a search for scan processes gave."""

    found: tuple[StoredScanProcess, ...]
    broken: dict[Source, str]
    names_of_broken: dict[str, str]
    """Display name and identifier of what cannot be used, in lower case -> the reason."""


class ActiveDirectory:
    """A directory, asked with the rights of who binds. All methods block for at most `seconds` and raise
    DirectoryError; they may be called from any thread."""

    def __init__(
        self,
        url: str,
        login: Login,
        *,
        auth: Auth = "auto",
        start_tls: bool = False,
        ca_file: Path | None = None,
        dns_server: str | None = None,
        seconds: float = 30.0,
    ) -> None:
        """These are its parameters.

        - `url`: see ldap_url.
        - `seconds`: for one question, whatever it takes.

        Nothing is connected yet. Raises DirectoryError for what cannot work.
        """
        self._door = SignIn.of(url, login, auth=auth, start_tls=start_tls, ca_file=ca_file, dns_server=dns_server)
        self._login = login
        self._seconds = seconds
        self._lock = threading.Lock()
        self._session: AdSession | None = None
        self._used = 0.0
        self._reading: _Reading | None = None

    def __str__(self) -> str:
        return str(self._door.url)

    def close(self) -> None:
        """End the connection, if there is one; the next question opens another."""
        with self._lock:
            session, self._session = self._session, None
        if session is not None:
            session.close()

    def refresh(self) -> ActiveDirectory:
        """Itself: it keeps nothing of what it has told, but the connection."""
        return self

    # Users

    def default_user(self) -> User:
        """The user who has bound."""
        return self.user(self._login.user)

    def user(self, name: str) -> User:
        r"""Find a user by `joe`, `joe@dsm.test` or `DSM\joe`. Raises NoSuchUser."""
        wanted = UserName.parse(name)
        return self._ask(lambda session, deadline: self._find_user(session, deadline, wanted))

    def _find_user(self, session: AdSession, deadline: Deadline, wanted: UserName) -> User:
        # The law: [adds/lookup/user-from-the-root] [adds/lookup/user-filter]
        if wanted.domain and not wanted.is_upn and not self._is_domain(session, deadline, wanted.domain):
            raise NoSuchUser(f"{self}: {wanted} is of another domain than {session.domain}")
        # Another suffix than the domain's own is an alternative one, or another domain: the principal decides.
        own = not wanted.is_upn or wanted.domain.casefold() == session.domain.casefold()
        matching = person_named(wanted.account if own else "", str(wanted) if wanted.is_upn else "")
        found = session.connection.search(session.base, Scope.SUBTREE, matching, PERSON, deadline)
        if len(found) > 1:  # one's principal may read like another's account
            exact = [each for each in found if each.shown("sAMAccountName").casefold() == wanted.account.casefold()]
            found = exact or found
        if len(found) != 1:
            count = f"{len(found)} users are" if found else "no user is"
            raise NoSuchUser(f"{self}: {count} called {wanted} in {session.base}")
        return self._person(session, deadline, found[0])

    def _is_domain(self, session: AdSession, deadline: Deadline, name: str) -> bool:
        """Whether it is the DNS or the NetBIOS name of the directory's domain."""
        if name.casefold() == session.domain.casefold():
            return True
        container = PARTITIONS.format(configuration=session.configuration)
        found = session.connection.search(
            container, Scope.ONE_LEVEL, equals("nETBIOSName", name), ("nCName",), deadline
        )
        return any(each.shown("nCName").casefold() == session.base.casefold() for each in found)

    def user_by_sid(self, sid: str) -> User | None:
        """The user with that SID, or None."""
        try:
            octets = sid_octets(sid)
        except ValueError:
            return None

        def find(session: AdSession, deadline: Deadline) -> User | None:
            matching = equals("objectSid", octets)
            found = session.connection.search(
                session.base, Scope.SUBTREE, matching, (*PERSON, "objectClass"), deadline
            )
            people = [each for each in found if b"user" in each.attributes.get("objectclass", [])]
            return self._person(session, deadline, people[0]) if people else None

        return self._ask(find)

    def _person(self, session: AdSession, deadline: Deadline, entry: Entry) -> User:
        # tokenGroups is made when an entry itself is read, and then alone (MS-ADTS 3.1.1.4.5.19).
        groups = session.connection.search(entry.dn, Scope.BASE, None, ("tokenGroups",), deadline)
        return person(entry, session.domain, group_sids(groups[0]) if groups else None, f"{self}: {entry.dn}")

    # Scan processes

    @property
    def broken(self) -> dict[Source, str]:
        """Scan processes that can be read and not be used, with the reason; as of the last reading."""
        reading = self._reading or self._read()
        return dict(reading.broken)

    def _search_psps(self, session: AdSession, deadline: Deadline, identifier: UUID | None) -> list[Entry]:
        # The law: [adds/lookup/scan-processes-one-level] [adds/lookup/access-control-chooses]
        # The law: [adds/schema/container]
        matching = equals("objectClass", CLASS) if identifier is None else equals(IDENTIFIER, to_octets(identifier))
        base = PSPS.format(base=session.base)
        return session.connection.search(
            base, Scope.ONE_LEVEL, matching, _PSP_ATTRIBUTES, deadline, access_lists=True
        )

    def _read(self, identifier: UUID | None = None) -> _Reading:
        def read(session: AdSession, deadline: Deadline) -> _Reading:
            entries = self._search_psps(session, deadline, identifier)
            reader = ScanProcessReader(str(self), session.own_sid)
            found: list[StoredScanProcess] = []
            broken: dict[Source, str] = {}
            names: dict[str, str] = {}
            for entry in sorted(entries, key=lambda each: each.dn.casefold()):
                try:
                    found.append(reader.stored(entry))
                except NotUnderstood as error:
                    broken[LdapEntry(entry.dn)] = str(error)
                    for name in reader.names(entry):
                        names[name.casefold()] = str(error)
            return _Reading(tuple(sorted(found, key=sort_key)), broken, names)

        reading = self._ask(read)
        if identifier is None:
            self._reading = reading
        return reading

    def scan_processes(self, user: User | None = None) -> list[StoredScanProcess]:
        """What `user` may use, or all that who has bound may read, sorted by display name.
        [adds/lookup/sorted-by-the-device] [adds/lookup/access-control-chooses]"""
        return [each for each in self._read().found if user is None or each.may_be_used_by(user)]

    def default_scan_process(self, user: User) -> StoredScanProcess:
        """The first that `user` may use. Raises NoScanProcess."""
        usable = self.scan_processes(user)
        if not usable:
            reasons = "".join(f"; not usable: {reason}" for reason in list(self.broken.values())[:1])
            raise NoScanProcess(f"{self}: {user.principal} may use no scan process{reasons}")
        return usable[0]

    def scan_process(self, name: str, user: User | None = None) -> StoredScanProcess:
        """Find a scan process by display name or identifier, if `user` may use it. Raises NoScanProcess,
        NotUnderstood."""
        usable = self.scan_processes(user)
        found = scan_processes_named(name, usable)
        if len(found) == 1:
            return found[0]
        if found:
            raise NoScanProcess(f"{self}: {len(found)} scan processes are named {name!r}; give the identifier")
        reading = self._reading
        if reading is not None and (reason := reading.names_of_broken.get(name.strip("{}").casefold())):
            raise NotUnderstood(reason)
        # What may not be read is not there: the directory does not tell the difference.
        whom = "" if user is None else f" that {user.principal} may read"
        raise NoScanProcess(f"{self}: no scan process {name!r}{whom}; there are: {names_of(usable)}")

    def by_identifier(self, identifier: UUID) -> StoredScanProcess | None:
        """The scan process with that identifier, whoever may use it, or None. Raises NotUnderstood."""
        reading = self._read(identifier)
        if reading.found:
            return reading.found[0]
        for reason in reading.broken.values():
            raise NotUnderstood(reason)
        return None

    # Roots

    def enterprise_roots(self) -> bytes:
        """The trusted roots that the enterprise publishes in the configuration container, as PEM. Raises
        DirectoryError when there are none. [adds/lookup/enterprise-roots]"""
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import Encoding

        def read(session: AdSession, deadline: Deadline) -> list[Entry]:
            base = ROOTS.format(configuration=session.configuration)
            matching = equals("objectClass", "certificationAuthority")
            return session.connection.search(base, Scope.ONE_LEVEL, matching, ("cACertificate",), deadline)

        found: list[bytes] = []
        for entry in sorted(self._ask(read), key=lambda each: each.dn):
            for der in entry.attributes.get("cacertificate", []):
                try:
                    found.append(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM))
                except ValueError:
                    _log.warning("%s: %s: a cACertificate that is no certificate", self, entry.dn)
        if not found:
            raise Answered(f"{self}: the directory publishes no enterprise roots")
        return b"".join(found)

    # Questions and controllers

    def _ask(self, question: Question[T]) -> T:
        """Put a question over the connection that is there, else over a new one to the first controller that takes
        us and answers. Raises DirectoryError."""
        with self._lock:
            deadline = Deadline(self._seconds)
            session = self._session
            if session is not None and time.monotonic() - self._used < IDLE_SECONDS:
                try:
                    return self._put(session, question, deadline)
                except (ConnectionEnded, TooSlow) as error:
                    # Reading changes nothing, so it may be tried again.
                    _log.info("%s; asking again over a new connection", error)
            self._drop()
            return self._ask_controllers(question, deadline)

    def _ask_controllers(self, question: Question[T], deadline: Deadline) -> T:
        controllers = self._door.controllers(deadline)
        failures: list[DirectoryError] = []
        for number, controller in enumerate(controllers):
            try:
                # Each gets its share, so that a silent one does not use up the time of the others.
                seconds = deadline.left("no controller answers") / (len(controllers) - number)
                return self._ask_one(controller, question, Deadline(seconds))
            except (DirectoryUnreachable, DirectoryNonsense) as error:
                _log.info("%s", error)
                failures.append(error)
        raise _one_error(failures, self)

    def _ask_one(self, controller: Controller, question: Question[T], deadline: Deadline) -> T:
        self._session = self._door.enter(controller, deadline)
        return self._put(self._session, question, deadline)

    def _put(self, session: AdSession, question: Question[T], deadline: Deadline) -> T:
        try:
            answer = question(session, deadline)
        except (DirectoryUnreachable, DirectoryNonsense):
            self._drop()
            raise
        self._used = time.monotonic()
        return answer

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.drop()


def _one_error(failures: Sequence[DirectoryError], directory: object) -> DirectoryError:
    """One error for all controllers."""
    if not failures:
        return NoController(f"{directory}: no domain controller was found")
    if len(failures) == 1:
        return failures[0]
    kinds = {type(failure) for failure in failures}
    kind = kinds.pop() if len(kinds) == 1 else NoController
    return kind("; ".join(str(failure) for failure in failures))
