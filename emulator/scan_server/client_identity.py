"""Strong mode: a job is of the user whose certificate the connection was made with (DSM security pages: the user is
identified by TLS client authentication, and only who created a job may cancel it)."""

from __future__ import annotations

import logging
from dataclasses import replace

from emulator.directory.model import User
from emulator.dpws.call import Call
from emulator.dsm import faults
from emulator.soap.fault import FaultError
from emulator.trust.user_identity import identity_of

_log = logging.getLogger(__name__)


def require_user(call: Call, user: User) -> None:
    """Refuse a message over a connection that somebody else's certificate opened. In weak mode there is none, and
    UserIdentifier alone says who the user is. Raises FaultError, which goes out as HTTP 403.
    [dsp/cancel-post-scan-job/same-user] [dsp/security/strong-mode-client-certificate]"""
    der = call.incoming.request.client_certificate
    if not der:
        return
    try:
        identity = identity_of(der)
    except ValueError as error:
        named = f"a client certificate that cannot be read ({error})"
    else:
        if identity.is_of(sid=user.sid, principal=user.principal, mail=user.mail):
            return
        named = f"a client certificate of {identity}"
    operation = call.message.action.rpartition("/")[2]
    _log.warning("%s from %s: %s, not of %s", operation, call.incoming.request.remote, named, user.principal)
    fault = faults.invalid_args(f"UserIdentifier: {named[:200]} is not one of {user.principal} ({user.sid})")
    raise FaultError(replace(fault, status=403))
