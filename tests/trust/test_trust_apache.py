"""A server that asks for a certificate after the handshake, for one path alone, as IIS does too: Apache, which
renegotiates with TLS 1.2 and uses post-handshake authentication with TLS 1.3."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from openssl_tools import OpensslAuthority, free_port, wait_for_port
from optional_programs import needs_program, skip_or_fail

from emulator.transport.client import StreamClient
from emulator.transport.http import BytesBody, ExchangeError, HttpRequest, HttpResponse, TimeLimits
from emulator.trust.contexts import client_context

MODULES = ("mpm_event", "ssl", "authz_core", "socache_shmcb", "mime", "alias", "headers")


@contextlib.contextmanager
def apache(judge: OpensslAuthority, folder: Path, protocol: str) -> Iterator[int]:
    """Apache on a free port; /strong wants a certificate, / does not."""
    program = needs_program("apache2")
    modules = Path("/usr/lib/apache2/modules")
    if not (modules / "mod_ssl.so").exists():
        skip_or_fail("Apache's modules are not in /usr/lib/apache2/modules")
    port = free_port()
    own = judge.issue("server")
    (folder / "pages").mkdir()
    (folder / "pages" / "index.html").write_text("open")
    (folder / "pages" / "strong.html").write_text("strong")
    loaded = "\n".join(
        f"LoadModule {name}_module {modules}/mod_{name}.so"
        for name in MODULES
        if (modules / f"mod_{name}.so").exists()
    )
    (folder / "httpd.conf").write_text(
        f"{loaded}\nServerRoot {folder}\nServerName 127.0.0.1\nListen 127.0.0.1:{port}\nPidFile {folder}/pid\n"
        f"ErrorLog {folder}/error.log\nLogLevel warn\nMutex posixsem\nTypesConfig /dev/null\n{_user()}"
        f"DocumentRoot {folder}/pages\nSSLEngine on\nSSLProtocol -all +{protocol}\nSSLCertificateFile {own.cert}\n"
        f"SSLCertificateKeyFile {own.key}\nSSLCACertificateFile {judge.ca}\n<Directory {folder}/pages>\n"
        "Require all granted\n</Directory>\n<Location /strong.html>\nSSLVerifyClient require\nSSLVerifyDepth 2\n"
        'Header set X-User "%{SSL_CLIENT_S_DN_CN}s"\n</Location>\n'
    )
    process = subprocess.Popen(
        [program, "-f", str(folder / "httpd.conf"), "-D", "FOREGROUND"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        try:
            wait_for_port(port)
        except AssertionError:
            process.terminate()
            raise AssertionError(process.communicate(timeout=20)[0]) from None
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _user() -> str:
    """Apache serves nobody as root."""
    return "User www-data\nGroup www-data\n" if os.name == "posix" and os.getuid() == 0 else ""


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that every user may read, which pytest's own is not."""
    with tempfile.TemporaryDirectory(prefix="dsm-apache-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


async def get(client: StreamClient, port: int, path: str) -> HttpResponse:
    request = HttpRequest(f"https://127.0.0.1:{port}{path}", (), BytesBody(b""), "GET")
    return await client.exchange(request, TimeLimits(10, 10))


@pytest.mark.parametrize("protocol", ["TLSv1.2", "TLSv1.3"])
async def test_a_certificate_is_shown_after_the_handshake_where_a_path_wants_it(
    folder: Path, protocol: str
) -> None:
    judge = OpensslAuthority(folder / "judge")
    user = judge.issue("user", alternatives="", usage="clientAuth")
    with apache(judge, folder, protocol) as port:
        client = StreamClient(client_context(ca_file=judge.ca, client_cert=user.cert, client_key=user.key))
        assert (await get(client, port, "/index.html")).body == b"open"
        strong = await get(client, port, "/strong.html")
        assert (strong.status, strong.body, strong.header("X-User")) == (200, b"strong", "user")
        await client.aclose()
        without = StreamClient(client_context(ca_file=judge.ca))
        assert (await get(without, port, "/index.html")).status == 200
        try:
            status = (await get(without, port, "/strong.html")).status
        except ExchangeError as error:
            status = type(error).__name__  # type: ignore[assignment]
        assert status in (403, "ClientRefused"), "both end in exit code 5"
        await without.aclose()
