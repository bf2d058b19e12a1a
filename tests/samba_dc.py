"""A real directory for tests: a throw-away Samba AD domain controller on a loopback address of its own.

Needs root, because its ports are fixed (53, 88, 389, 636): real root, or `unshare -Urn python -m pytest ...`.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from optional_programs import needs_program, skip_or_fail

from emulator.resources import resource_folder
from emulator.trust.authority import LabAuthority

PYTHON: Final = "/usr/bin/python3"
"""The one that Samba's own modules belong to."""
REALM: Final = "DSM.TEST"
SHORT: Final = "DSM"
DOMAIN: Final = "dsm.test"
HOST: Final = f"dc1.{DOMAIN}"
BASE: Final = "DC=dsm,DC=test"
EVERYONE_ID: Final = "6F9619FF-8B86-D011-B42D-00C04FC964FF"
PORTS: Final = (389, 636, 88, 53)
STAFF_ID: Final = "11111111-2222-3333-4444-555555555555"
PASSWORDS: Final = {
    name: f"{name.capitalize()}-Passw0rd-41"
    for name in ("joe", "ann", "scansrv", "nested", "locked", "disabled", "expired", "old", "change")
}
"""Of each user; the names of the last five say what is wrong with them."""

_CHECK: Final = (
    "import os, samba.dsdb, samba.samdb; from samba.provision import setup_path; from samba.schema import Schema; "
    "os.stat(setup_path('ad-schema/' + Schema.base_schemas[Schema.default_base_schema()][0]))"
)
_NEVER: Final = "-9223372036854775808"
_LONG_AGO: Final = "125911584000000000"
"""2000-01-01 as the directory counts: 100 ns since 1601."""
_XML: Final = (resource_folder("profiles") / "office" / "scan-to-folder.xml").read_text("utf-8")
_HOSTILE: Final = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    + _XML[_XML.index("<psp:") :].replace("scan1.contoso.example", "&b;")
)  # fmt: skip


def _wishes(names: list[str], root: bytes) -> dict[str, Any]:
    special: dict[str, dict[str, str]] = {
        "disabled": {"userAccountControl": "514"},
        "expired": {"accountExpires": _LONG_AGO},
        "old": {"pwdLastSet": _LONG_AGO},
        "change": {"pwdLastSet": "0"},
    }
    groups = {"joe": ["ScanStaff"], "scansrv": ["ScanServers"], "nested": ["Interns"]}
    return {
        "domain": {
            "pwdProperties": "0",
            "minPwdAge": "0",
            "maxPwdAge": str(-2000 * 24 * 3600 * 10_000_000),
            "minPwdLength": "1",
            "pwdHistoryLength": "0",
            "lockoutThreshold": "3",
            "lockoutDuration": _NEVER,
            "lockOutObservationWindow": str(-30 * 60 * 10_000_000),
        },
        "names": names,
        "groups": ["ScanStaff", "ScanServers", "Interns"],
        "nested_groups": [["ScanStaff", "Interns"]],
        "users": [
            {
                "name": name,
                "password": password,
                "groups": groups.get(name, []),
                **({"attributes": special[name]} if name in special else {}),
            }
            for name, password in PASSWORDS.items()
        ],
        "scan_processes": [
            {"cn": "ScanToEveryone", "guid": EVERYONE_ID, "xml": _XML},
            {"cn": "ScanToStaff", "guid": STAFF_ID, "xml": _XML, "readers": ["ScanStaff", "ScanServers"]},
            {"cn": "Broken", "guid": "00000000-0000-0000-0000-000000000001", "xml": "<psp:PostScanProcess>"},
            {"cn": "Hostile", "guid": "00000000-0000-0000-0000-000000000002", "xml": _HOSTILE},
        ],
        "roots": [{"cn": "Lab root", "der": root.hex()}],
    }


@dataclass(eq=False)
class DomainController:
    """A controller that has been provisioned; `start` and `stop` as often as a test likes."""

    folder: Path
    address: str
    sids: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The directory in clear on its usual port."""
        return f"ldap://{self.address}"

    @property
    def ldaps(self) -> str:
        """The same inside TLS."""
        return f"ldaps://{self.address}"

    @property
    def ca_file(self) -> Path:
        """PEM of the CA that its certificate comes from."""
        return self.folder / "tls" / "ca.pem"

    @property
    def krb5_conf(self) -> Path:
        """For KRB5_CONFIG: the realm's KDC without DNS."""
        return self.folder / "krb5.conf"

    def start(self) -> None:
        """Start it, unless it runs, and return when it answers on all its ports."""
        if self._process is not None and self._process.poll() is None:
            return
        with (self.folder / "samba.out").open("ab") as output:
            self._process = subprocess.Popen(
                ["samba", "--foreground", "--no-process-group", "-s", self.folder / "smb.conf"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"},
            )
        deadline = time.monotonic() + 60
        for port in PORTS:
            while not self._listens(port):
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"the domain controller did not come up:\n{self.log()[-3000:]}")
                time.sleep(0.05)

    def kill(self) -> None:
        """As a power failure would: all of its processes at once, by the process group that it was started in."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
            # Its children end a moment later, and what starts too soon finds their ports taken.
            deadline = time.monotonic() + 10
            while any(map(self._listens, PORTS)) and time.monotonic() < deadline:
                time.sleep(0.02)
        self._process = None

    def _listens(self, port: int) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((self.address, port), 1):
            return True
        return False

    def mark(self) -> dict[Path, int]:
        """How far its logs are, for `log`."""
        files = [self.folder / "samba.out", *(self.folder / "log").glob("*")]
        return {path: path.stat().st_size for path in files if path.is_file()}

    def log(self, since: dict[Path, int] | None = None) -> str:
        """What it has written, or written since then."""
        begin = since or {}
        found = [path.read_bytes()[begin.get(path, 0) :] for path in self.mark()]
        return b"".join(found).decode(errors="replace")


def missing() -> str:
    """Why no domain controller can run here; '' where one can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "a Samba domain controller needs root (or: unshare -Urn python -m pytest ...)"
    asked = subprocess.run(
        [PYTHON, "-c", _CHECK], capture_output=True, timeout=60
    ) if Path(PYTHON).exists() else None  # fmt: skip
    if asked is None or asked.returncode:
        return "Samba's Python modules are not installed (python3-samba, samba-dsdb-modules, samba-ad-provision)"
    return ""


def provision(folder: Path) -> DomainController:
    """Make a domain in an empty folder, with its users and scan processes. Skips the test where that cannot be."""
    needs_program("samba")
    needs_program("samba-tool")
    if reason := missing():
        skip_or_fail(reason)
    _loopback_up()
    # Any of 127.0.0.0/8 is loopback on Linux: one for each controller, so that they do not meet.
    controller = DomainController(folder, f"127.{93 + secrets.randbelow(90)}.{secrets.randbelow(256)}.7")
    for name in ("run", "log", "lock", "cache", "bind-dns", "tls"):
        (folder / name).mkdir(parents=True)
    root = _certificates(controller)
    empty = folder / "empty.conf"
    empty.write_text("[global]\n")
    # The access lists of sysvol need a file server, which this domain has not.
    script = (
        "import runpy, shutil, sys, samba.provision as p\n"
        "p.setsysvolacl = lambda *a, **k: None\n"
        "sys.argv[0] = shutil.which('samba-tool')\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    _run(
        PYTHON, "-c", script, "domain", "provision", f"--configfile={empty}", f"--targetdir={folder}",
        f"--realm={REALM}", f"--domain={SHORT}", "--host-name=dc1", f"--host-ip={controller.address}",
        "--server-role=dc", "--dns-backend=SAMBA_INTERNAL", f"--adminpass=Adm-{secrets.token_hex(8)}X",
        f"--option=interfaces={controller.address}/8", "--option=bind interfaces only=yes",
    )  # fmt: skip
    _configure(controller)
    wishes = _wishes([HOST, controller.address, "dc1"], root)
    seed = Path(__file__).with_name("seed_samba_dc.py")
    told = _run(PYTHON, seed, folder / "smb.conf", folder / "private" / "sam.ldb", given=json.dumps(wishes))
    controller.sids = json.loads(told.splitlines()[-1])
    return controller


def _loopback_up() -> None:
    """A network namespace of one's own begins with loopback down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("127.0.0.1", 9))
        except OSError:
            subprocess.run([needs_program("ip"), "link", "set", "lo", "up"], check=True, timeout=30)


def _certificates(controller: DomainController) -> bytes:
    """The controller's own; the root as DER."""
    authority = LabAuthority.create()
    tls = controller.folder / "tls"
    (tls / "ca.pem").write_bytes(authority.certificate_pem)
    # Beside the controller's, one for a scan server of the same enterprise.
    for prefix, names in (("", (HOST, DOMAIN, controller.address)), ("scan-", ("127.0.0.1", "localhost"))):
        issued = authority.issue_server(names)
        (tls / f"{prefix}cert.pem").write_bytes(issued.cert_pem)
        (tls / f"{prefix}key.pem").write_bytes(issued.key_pem)
        (tls / f"{prefix}key.pem").chmod(0o600)
    return ssl.PEM_cert_to_DER_cert(authority.certificate_pem.decode("ascii"))


def _configure(controller: DomainController) -> None:
    folder, address = controller.folder, controller.address
    (folder / "smb.conf").write_text(
        f"""[global]
  netbios name = DC1
  realm = {REALM}
  workgroup = {SHORT}
  server role = active directory domain controller
  server services = ldap, cldap, kdc, dns
  dns forwarder = 127.0.0.1
  interfaces = {address}/8
  bind interfaces only = yes
  ldap server require strong auth = yes
  tls enabled = yes
  tls keyfile = {folder}/tls/key.pem
  tls certfile = {folder}/tls/cert.pem
  tls cafile = {folder}/tls/ca.pem
  private dir = {folder}/private
  state directory = {folder}/state
  cache directory = {folder}/cache
  lock directory = {folder}/lock
  pid directory = {folder}/run
  ncalrpc dir = {folder}/run/ncalrpc
  winbindd socket directory = {folder}/run/winbindd
  ntp signd socket directory = {folder}/run/ntp_signd
  binddns dir = {folder}/bind-dns
  log file = {folder}/log/samba.log
  logging = file
  max log size = 0
  log level = 1 auth_audit:4
[sysvol]
  path = {folder}/state/sysvol
[netlogon]
  path = {folder}/state/sysvol/{DOMAIN}/scripts
"""
    )
    controller.krb5_conf.write_text(
        f"""[libdefaults]
  default_realm = {REALM}
  dns_lookup_realm = false
  dns_lookup_kdc = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
[realms]
  {REALM} = {{
    kdc = {address}
  }}
[domain_realm]
  .{DOMAIN} = {REALM}
  {DOMAIN} = {REALM}
  {address} = {REALM}
"""
    )


def _run(*command: str | Path, given: str | None = None) -> str:
    done = subprocess.run(
        [*map(str, command)],
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        text=True,
        timeout=300,
        env={key: value for key, value in os.environ.items() if not key.startswith("PYTHON")},
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@contextlib.contextmanager
def running(controller: DomainController) -> Iterator[DomainController]:
    """Start it, and end it with the block."""
    controller.start()
    try:
        yield controller
    finally:
        controller.kill()
