"""The image, made by the steps of the Dockerfile in a clean Debian root. Minutes, and the network: by hand."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from dockerfile import PROJECT, ROOT_USER, Roots, in_root, octets_of, read_dockerfile, run_in
from optional_programs import needs_program, skip_or_fail
from variants import exhaustive

pytestmark = [exhaustive, pytest.mark.timeout(1800)]
STAGES = read_dockerfile((PROJECT / "Dockerfile").read_text(encoding="utf-8"))
IMAGE = STAGES[-1]
CEILING = 420_000_000
"""Octets of the whole root, unpacked."""
PREFIX = "10.198.6"
TOKEN = "a-token-of-the-test-0123456789"


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of the last stage; of DSM_CLEAN_ROOT (a folder) where one is named, else of one by mmdebstrap."""
    if not ROOT_USER:
        skip_or_fail("roots need root")
    folder = tmp_path_factory.mktemp("roots")
    base = folder / "base"
    if named := os.environ.get("DSM_CLEAN_ROOT"):
        subprocess.run(["cp", "-a", "--reflink=auto", named, base], check=True)
    else:
        mmdebstrap = os.environ.get("DSM_MMDEBSTRAP") or needs_program("mmdebstrap")
        mirror = "deb http://deb.debian.org/debian trixie main"
        subprocess.run(
            [*mmdebstrap.split(), "--mode=root", "--variant=minbase",
             '--aptopt=Acquire::Check-Valid-Until "false"', "--include=python3,python3-venv,ca-certificates",
             "stable", base, mirror], check=True,
        )  # fmt: skip
    (base / "usr/local/bin/python").unlink(missing_ok=True)
    (base / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    shutil.copy("/etc/resolv.conf", base / "etc/resolv.conf")
    if (roots := os.environ.get("PIP_CERT")) is not None:
        shutil.copy(roots, base / "etc/ssl/certs/ca-certificates.crt")
    network = {name: value for name, value in os.environ.items() if name in _NETWORK}
    return Roots(base, folder, network).build(STAGES)


_NETWORK = ("PIP_CERT", "PIP_DEFAULT_TIMEOUT", "PIP_INDEX_URL", "http_proxy", "https_proxy")


@dataclass
class Container:
    """A command of the image as some user, in a network namespace or in none, with its volumes."""

    root: Path
    who: int
    volumes: Mapping[Path, str]
    variables: Mapping[str, str] = field(default_factory=dict)
    hosts: Path | None = None
    before: Sequence[str] = ()

    def _line(self, command: Sequence[str]) -> tuple[list[str], dict[str, str]]:
        return in_root(
            self.root, command, {**IMAGE.variables, **self.variables}, "/scans", who=self.who,
            volumes=self.volumes, hosts=self.hosts, before=self.before,
        )  # fmt: skip

    def run(self, *command: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        line, told = self._line(command)
        return subprocess.run(line, env=told, capture_output=True, text=True, timeout=timeout)

    @contextlib.contextmanager
    def started(self, *command: str, log: Path) -> Iterator[subprocess.Popen[str]]:
        line, told = self._line([*IMAGE.one("ENTRYPOINT"), *command])
        with log.open("w") as output:
            process = subprocess.Popen(line, env=told, stdout=output, stderr=output, text=True)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def wait_healthy(self, log: Path, seconds: float = 60) -> float:
        """By HEALTHCHECK of the image; seconds until it was."""
        begun = time.monotonic()
        while self.run(*IMAGE.health).returncode:
            assert time.monotonic() - begun < seconds, log.read_text()
            time.sleep(0.2)
        return time.monotonic() - begun


def volume(folder: Path) -> Path:
    """As the image makes them: whoever it runs as can write there."""
    folder.mkdir()
    folder.chmod(0o1777)
    return folder


def test_its_size(image: Path, tmp_path: Path) -> None:
    whole, ours = octets_of(image), octets_of(image / "opt/dsm-emulator")
    packed = tmp_path / "ours.tar.gz"
    with tarfile.open(packed, "w:gz") as archive:
        archive.add(image / "opt/dsm-emulator", "opt")
    print(f"root {whole / 1e6:.0f} MB, of it ours {ours / 1e6:.0f} MB, packed {packed.stat().st_size / 1e6:.0f} MB")
    assert whole < CEILING and packed.stat().st_size < 150_000_000
    assert not list(image.glob("opt/dsm-emulator/lib/*/site-packages/pip"))
    licences = list(image.glob("opt/dsm-emulator/lib/*/site-packages/*.dist-info/**/LICEN*"))
    assert len(licences) > 20


@pytest.mark.parametrize("who", [10001, 1, 4_000_000, 0])
def test_a_job_as_any_user(who: int, image: Path, tmp_path: Path) -> None:
    """No entry in the list of users, no home."""
    container = Container(image, who, {volume(tmp_path / "scans"): "/scans", volume(tmp_path / "state"): "/state"})
    done = container.run("dsm-emulator", "scan", "--documents", "office-day", "--pages", "1", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["outcome"] == "Completed"
    stored = list((tmp_path / "scans").rglob("*.jpg"))
    assert len(stored) == 1 and stored[0].stat().st_uid == who


def test_its_command_becomes_healthy(image: Path, tmp_path: Path) -> None:
    container = Container(
        image, 10001, {volume(tmp_path / "scans"): "/scans", volume(tmp_path / "state"): "/state"}
    )
    assert container.run(*IMAGE.health).returncode == 1, "nothing runs yet"
    log = tmp_path / "log"
    with container.started("run", "--port", "0", log=log):
        print(f"healthy after {container.wait_healthy(log):.1f} s")


@pytest.fixture
def network(tmp_path: Path) -> Iterator[dict[str, list[str]]]:
    """Three namespaces behind one bridge: name of a service -> what runs a command there."""
    needs_program("ip")
    tag, names = f"dsmk{os.getpid() % 10000}", ("server", "device", "client")
    hosts = "127.0.0.1 localhost\n" + "".join(f"{PREFIX}.{n} {name}\n" for n, name in enumerate(names, 1))
    (tmp_path / "hosts").write_text(hosts)

    def ip(*words: str) -> None:
        done = subprocess.run(["ip", *words], capture_output=True, text=True)
        if done.returncode:
            skip_or_fail(f"no namespaces here: ip {' '.join(words)}: {done.stderr.strip()}")

    ip("netns", "add", f"{tag}-hub")
    try:
        ip("-n", f"{tag}-hub", "link", "add", "br0", "type", "bridge")
        ip("-n", f"{tag}-hub", "link", "set", "br0", "up")
        for number, name in enumerate(names, 1):
            own = f"{tag}-{name}"
            ip("netns", "add", own)
            ip(
                "-n",
                own,
                "link",
                "add",
                "eth0",
                "type",
                "veth",
                "peer",
                "name",
                f"v{number}",
                "netns",
                f"{tag}-hub",
            )
            ip("-n", f"{tag}-hub", "link", "set", f"v{number}", "master", "br0", "up")
            ip("-n", own, "address", "add", f"{PREFIX}.{number}/24", "dev", "eth0")
            ip("-n", own, "link", "set", "eth0", "up")
            ip("-n", own, "link", "set", "lo", "up")
            ip("-n", own, "route", "add", "224.0.0.0/4", "dev", "eth0")
        yield {name: ["ip", "netns", "exec", f"{tag}-{name}", "unshare", "-u"] for name in names}
    finally:
        for name in (*names, "hub"):
            subprocess.run(["ip", "netns", "delete", f"{tag}-{name}"], capture_output=True)


def test_device_and_server_of_the_compose_file_reached_from_a_third(
    image: Path, network: dict[str, list[str]], tmp_path: Path
) -> None:
    """The commands, volumes and variables of compose.yaml; depends_on by HEALTHCHECK."""
    compose: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text(encoding="utf-8"))
    volumes = {name: volume(tmp_path / f"volume-{name}") for name in compose["volumes"]}
    own = volume(tmp_path / "own")
    containers: dict[str, Container] = {}
    for name, service in compose["services"].items():
        root = tmp_path / f"root-{name}"
        subprocess.run(["cp", "-a", "--reflink=auto", str(image), str(root)], check=True)
        mounted = {volumes[each.split(":")[0]]: each.split(":")[1] for each in service["volumes"]}
        mounted |= {volume(tmp_path / f"{name}{each.replace('/', '-')}"): each
                    for each in IMAGE.one("VOLUME") if each not in mounted.values()}  # fmt: skip
        before = [*network[name], "sh", "-c", f'hostname {service["hostname"]} && exec "$@"', "sh"]
        containers[name] = Container(
            root, 10001, mounted, {"DSM_EMULATOR_TOKEN": TOKEN}, tmp_path / "hosts", before
        )
    mounted = {own: "/scans", volume(tmp_path / "mine"): "/state", volumes["server"]: "/server"}
    told = {"DSM_EMULATOR_TOKEN": TOKEN}
    client = Container(image, 10001, mounted, told, tmp_path / "hosts", network["client"])
    with contextlib.ExitStack() as stack:
        for name in ("server", "device"):  # as depends_on says
            log = tmp_path / f"{name}.log"
            stack.enter_context(containers[name].started(*map(str, compose["services"][name]["command"]), log=log))
            print(f"{name} healthy after {containers[name].wait_healthy(log):.1f} s")
        found = client.run("dsm-emulator", "discover", "--timeout", "3", "--json")
        assert "device:5357" in found.stdout, found.stdout + found.stderr + (tmp_path / "device.log").read_text()
        inspected = client.run("dsm-emulator", "inspect", "http://device:5357/")
        assert inspected.returncode == 0, inspected.stdout + inspected.stderr
        (uuid,) = set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", inspected.stdout))
        pressed = client.run("dsm-emulator", "press", "start", "--control", f"http://device:8080/devices/{uuid}",
                             "--set", "InputSource=Platen", "--json")  # fmt: skip
        assert pressed.returncode == 0, pressed.stdout + pressed.stderr
        assert len(list(volumes["scans"].rglob("*.jpg"))) == 1
        sent = client.run("dsm-emulator", "scan", "--pages", "1", "--server", "https://server:5362/ScanServer",
                          "--ca-file", "/server/server-ca/ca.pem")  # fmt: skip
        assert sent.returncode == 0, sent.stdout + sent.stderr


def test_root_is_read_only(image: Path, tmp_path: Path) -> None:
    """As `docker run --read-only --tmpfs /tmp`: the volumes alone are written to."""
    volumes = {volume(tmp_path / "scans"): "/scans", volume(tmp_path / "state"): "/state"}
    before = run_in(image, ["find", "/", "-xdev", "-newer", "/etc/hostname", "-type", "f"], {})
    Container(image, 10001, volumes).run("dsm-emulator", "scan", "--pages", "1", "-q")
    after = run_in(image, ["find", "/", "-xdev", "-newer", "/etc/hostname", "-type", "f"], {})
    assert sorted(before.split()) == sorted(after.split())
