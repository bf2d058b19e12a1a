"""Servers written by others, started by the test on a free loopback port with a configuration of its own and ended
by their id: nginx and Apache with WebDAV, Samba's smbd."""

from __future__ import annotations

import base64
import contextlib
import getpass
import hashlib
import http.client
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree
from optional_programs import needs_program, skip_or_fail

from emulator.trust.authority import LabAuthority

PASSWORD = "pässwörd of the scanner"
"""Of every account at these servers."""


def _nobody() -> tuple[int, int]:
    """User and group of a server where we are root; both modules are POSIX's own."""
    import pwd

    found = pwd.getpwnam("nobody")
    return found.pw_uid, found.pw_gid


ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
_SBIN = "/usr/sbin"
_DAV_EXT = Path("/usr/lib/nginx/modules/ngx_http_dav_ext_module.so")
_APACHE_MODULES = Path("/usr/lib/apache2/modules")
_START = 15.0
"""Seconds that a server may take to listen."""


@dataclass
class DavServer:
    """A running WebDAV server."""

    port: int
    folder: Path
    """What it serves; empty where that is a file system that only the server sees."""
    ca_file: Path
    log: Path
    authorization: str = field(
        default="Basic " + base64.b64encode(f"scanner:{PASSWORD}".encode()).decode("ascii"), repr=False
    )

    @property
    def url(self) -> str:
        """Of its root, without a slash at the end."""
        return f"https://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """A request of the standard library's client."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=context)
        try:
            connection.request(method, path, body, {"Authorization": self.authorization, **headers})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def names(self, path: str) -> list[str]:
        """What is in a folder, asked by PROPFIND."""
        status, data = self.ask("PROPFIND", path, Depth="1")
        assert status == 207, (status, data)
        hrefs = [each.text or "" for each in etree.fromstring(data).iter("{DAV:}href")]
        return sorted(each.rstrip("/").rpartition("/")[2] for each in hrefs if each.rstrip("/") != path.rstrip("/"))


@contextlib.contextmanager
def server_folder() -> Iterator[Path]:
    """A folder that a server may use which is not run by root: Apache and nginx drop root's rights."""
    folder = Path(tempfile.mkdtemp(prefix="dsm-emulator-test-"))
    try:
        folder.chmod(0o755)
        for name in ("www", "work"):
            (folder / name).mkdir(mode=0o755)
            give(folder / name)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def give(path: Path) -> None:
    """Let the server have it."""
    if ROOT:
        os.chown(path, *_nobody())


def free_port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def as_nobody(command: Sequence[str | Path]) -> list[str]:
    """The command without the rights of root."""
    user, group = _nobody()
    return ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", *map(str, command)]


@contextlib.contextmanager
def running(command: Sequence[str | Path], port: int, log: Path, *, drop: bool = True) -> Iterator[None]:
    """A program that listens on a port, as nobody where we are root (`drop`); ended afterwards."""
    words = [str(each) for each in command]
    if ROOT and drop:
        words = as_nobody(words)
    with log.open("ab") as output:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _wait(process, port, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _START
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text("utf-8", "replace")[-2000:]
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"does not listen: {log.read_text('utf-8', 'replace')[-2000:]}")


def on_a_small_disk(folder: Path, octets: int, command: Sequence[str | Path]) -> list[str]:
    """The command, for which `folder` is a file system of so many octets that only it sees."""
    needs_program("unshare")
    if not ROOT or subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        skip_or_fail("no mount namespace can be made for a small file system (root is needed)")
    script = 'd=$1; shift; mount -t tmpfs -o "size=$0,mode=0777" tmpfs "$d" && exec "$@"'
    return ["unshare", "-m", "sh", "-c", script, str(octets), str(folder), *map(str, command)]


def _certificate(folder: Path) -> Path:
    authority = LabAuthority.create()
    issued = authority.issue_server(["127.0.0.1", "localhost"])
    (folder / "ca.pem").write_bytes(authority.certificate_pem)
    for name, data in (("cert.pem", issued.cert_pem), ("key.pem", issued.key_pem)):
        path = folder / "work" / name
        path.write_bytes(data)
        give(path)
    return folder / "ca.pem"


@contextlib.contextmanager
def nginx(folder: Path, *, listing: bool = True, moving: bool = True, more: str = "") -> Iterator[DavServer]:
    """nginx with its dav module. `listing`: knows PROPFIND, `moving`: knows MOVE; `more`: of its `location`."""
    program = shutil.which("nginx", path=f"{_SBIN}:{os.environ.get('PATH', '')}")
    if program is None:
        skip_or_fail("the program nginx is not installed")
    if listing and not _DAV_EXT.exists():
        skip_or_fail("nginx has no dav_ext module (libnginx-mod-http-dav-ext)")
    port, work = free_port(), folder / "work"
    ca_file = _certificate(folder)
    (folder / "users").write_text(f"scanner:{{PLAIN}}{PASSWORD}\n", "utf-8")
    temporary = "".join(
        f"{name}_temp_path {work}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"""{f"load_module {_DAV_EXT};" if listing else ""}
        daemon off; master_process off; pid {work}/nginx.pid; error_log {work}/error.log;
        events {{ }}
        http {{
          access_log {work}/access.log;
          {temporary}
          server {{
            listen 127.0.0.1:{port} ssl;
            ssl_certificate {work}/cert.pem; ssl_certificate_key {work}/key.pem;
            root {folder}/www; client_max_body_size 1m;
            auth_basic scans; auth_basic_user_file {folder}/users;
            location / {{
              dav_methods PUT DELETE MKCOL {"MOVE" if moving else ""};
              {"dav_ext_methods PROPFIND OPTIONS;" if listing else ""}
              {more}
            }}
          }}
        }}""",
        "utf-8",
    )
    log = work / "start.log"
    give_log(log)
    command = [program or "", "-p", work, "-e", work / "error.log", "-c", configuration]
    with running(command, port, log):
        yield DavServer(port, folder / "www", ca_file, work / "access.log")


def give_log(log: Path) -> None:
    """An empty log that the server may write."""
    log.touch()
    give(log)


@contextlib.contextmanager
def apache(folder: Path, *, disk: int | None = None) -> Iterator[DavServer]:
    """Apache with mod_dav. `disk`: what it serves is a file system of so many octets."""
    program = shutil.which("apache2", path=f"{_SBIN}:{os.environ.get('PATH', '')}")
    if program is None or not (_APACHE_MODULES / "mod_dav.so").exists():
        skip_or_fail("the program apache2 with mod_dav is not installed")
    port, work = free_port(), folder / "work"
    ca_file = _certificate(folder)
    digest = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode("ascii")
    (folder / "users").write_text(f"scanner:{{SHA}}{digest}\n", "utf-8")
    names = "mpm_event authn_core authn_file authz_core authz_user auth_basic dav dav_fs dav_lock ssl socache_shmcb"
    modules = "".join(
        f"LoadModule {name}_module {_APACHE_MODULES}/mod_{name}.so\n"
        for name in names.split()
        if (_APACHE_MODULES / f"mod_{name}.so").exists()
    )
    configuration = folder / "apache.conf"
    configuration.write_text(
        f"""{modules}
        ServerRoot {work}
        ServerName 127.0.0.1
        DefaultRuntimeDir {work}
        PidFile {work}/apache.pid
        ErrorLog {work}/error.log
        Listen 127.0.0.1:{port}
        StartServers 1
        SSLEngine on
        SSLCertificateFile {work}/cert.pem
        SSLCertificateKeyFile {work}/key.pem
        DavLockDB {work}/lock
        DocumentRoot {folder}/www
        <Directory {folder}/www>
          Dav On
          AuthType Basic
          AuthName scans
          AuthUserFile {folder}/users
          Require valid-user
        </Directory>
        """,
        "utf-8",
    )
    log = work / "start.log"
    give_log(log)
    command: list[str | Path] = [program or "", "-DFOREGROUND", "-f", configuration]
    if disk is None:
        with running(command, port, log):
            yield DavServer(port, folder / "www", ca_file, work / "error.log")
        return
    small = on_a_small_disk(folder / "www", disk, as_nobody(command))
    with running(small, port, log, drop=False):
        yield DavServer(port, Path(), ca_file, work / "error.log")


@dataclass
class SmbServer:
    """A running smbd with the shares `scans` (may be written), `readonly` and, if asked for, `small`."""

    port: int
    folder: Path
    user: str

    def names(self, share: str, path: str) -> list[str]:
        """What is in a folder of a share, asked by Samba's own client."""
        done = self._client(share, f'cd "{path}"; ls')
        assert done.returncode == 0, done.stdout + done.stderr
        lines = [line.strip() for line in done.stdout.splitlines()]
        found = [line.split("  ")[0].strip() for line in lines if line and "blocks of size" not in line]
        return sorted(name for name in found if name not in (".", ".."))

    def get(self, share: str, path: str, target: Path) -> str:
        """Have Samba's own client fetch a file; what it says."""
        done = self._client(share, f'get "{path}" "{target}"')
        return done.stdout + done.stderr

    def _client(self, share: str, command: str) -> subprocess.CompletedProcess[str]:
        who = ["smbclient", f"//127.0.0.1/{share}", "-p", str(self.port), "-U", f"{self.user}%{PASSWORD}"]
        return subprocess.run(
            [*who, "-s", str(self.folder / "smb.conf"), "-c", command],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )


@contextlib.contextmanager
def smbd(folder: Path, *, disk: int | None = None, log_level: int = 0) -> Iterator[SmbServer]:
    """Samba's file server. `disk`: the share `small` is a file system of so many octets; `log_level`: of its log,
    smbd.log in the folder."""
    program = shutil.which("smbd", path=f"{_SBIN}:{os.environ.get('PATH', '')}")
    if program is None:
        skip_or_fail("the program smbd (samba) is not installed")
    for name in ("pdbedit", "smbclient"):
        needs_program(name)
    port, user = free_port(), getpass.getuser()
    for name in ("scans", "readonly", "small", "state"):
        (folder / name).mkdir()
    state = folder / "state"
    directories = "\n".join(
        f"{name} = {state}"
        for name in (
            "private dir", "lock directory", "state directory", "cache directory", "pid directory", "ncalrpc dir"
        )
    )  # fmt: skip
    configuration = folder / "smb.conf"
    configuration.write_text(
        f"""[global]
        {directories}
        log file = {folder}/smbd.log
        log level = {log_level}
        smb ports = {port}
        interfaces = 127.0.0.1
        bind interfaces only = yes
        workgroup = CONTOSO
        security = user
        map to guest = never
        passdb backend = tdbsam:{state}/passdb.tdb
        disable spoolss = yes
        load printers = no
        server min protocol = SMB2_10
        [scans]
        path = {folder}/scans
        read only = no
        [readonly]
        path = {folder}/readonly
        [small]
        path = {folder}/small
        read only = no
        """.replace("        ", ""),
        "utf-8",
    )
    subprocess.run(
        ["pdbedit", "-s", str(configuration), "-a", "-t", "-u", user],
        input=f"{PASSWORD}\n{PASSWORD}\n",
        text=True,
        capture_output=True,
        check=True,
        timeout=30,
    )
    command: list[str | Path] = [
        program or "", "--foreground", "--no-process-group", "-s", configuration, "-l", folder
    ]  # fmt: skip
    if disk is not None:
        command = list(on_a_small_disk(folder / "small", disk, command))
    with running(command, port, folder / "start.log", drop=False):
        yield SmbServer(port, folder, user)
