"""The kit for machines without a network: made here, installed where there is none, by hashes alone."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import make_offline_kit
import pytest
from built_packages import bare_variables
from make_offline_kit import line_of
from optional_programs import needs_program
from programs import PROJECT
from variants import exhaustive


@exhaustive
@pytest.mark.timeout(1800)
def test_installed_without_a_network(tmp_path: Path) -> None:
    """In a network namespace with nothing in it, not even loopback until it is brought up."""
    needs_program("unshare")
    kit = tmp_path / "kit"
    subprocess.run([sys.executable, PROJECT / "docs" / "make_offline_kit.py", kit], check=True)
    script = """
    ip link set lo up
    python -m venv venv
    venv/bin/pip install -q --no-index --find-links kit --require-hashes -r kit/requirements.txt
    venv/bin/dsm-emulator scan --documents office-day --pages 1 --events none --json
    venv/bin/dsm-emulator exec --report report -- dsm-emulator press start --set InputSource=Platen
    """
    variables = {name: value for name, value in bare_variables().items() if not name.startswith("PIP_")}
    variables |= {"PIP_CONFIG_FILE": os.devnull, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    begun = time.monotonic()
    done = subprocess.run(
        ["unshare", "-n", "sh", "-ec", script], cwd=tmp_path, env=variables, capture_output=True, text=True
    )
    print(f"from nothing to the first green run: {time.monotonic() - begun:.0f} s")
    assert (tmp_path / "report" / "junit.xml").is_file()
    assert done.returncode == 0 and '"outcome": "Completed"' in done.stdout, done.stdout + done.stderr
    wheels = list(kit.glob("*.whl"))
    print(f"{len(wheels)} wheels, {sum(each.stat().st_size for each in wheels) / 1e6:.0f} MB")
    spoiled = kit / "requirements.txt"
    spoiled.write_text(re.sub(r"(typer==\S+ --hash=sha256:)\w{8}", r"\g<1>00000000", spoiled.read_text()))
    again = script.replace("python -m venv venv", "python -m venv other").replace("venv/bin/pip", "other/bin/pip")
    done = subprocess.run(
        ["unshare", "-n", "sh", "-ec", again], cwd=tmp_path, env=variables, capture_output=True, text=True
    )
    assert done.returncode != 0 and "HASH" in done.stderr.upper(), done.stderr


def test_what_has_no_wheel_is_built_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And the Dockerfile lets the same ones be built."""
    lock = tmp_path / "requirements.lock"
    lock.write_text("docopt==0.6.2\nlxml==6.1.3\nWSDiscovery==2.1.2\n", encoding="utf-8")
    monkeypatch.setattr(make_offline_kit, "LOCK", lock)
    monkeypatch.setattr(make_offline_kit, "PROJECT", tmp_path)
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "dsm-emulator"\ndependencies = ["lxml>=6", "WSDiscovery>=2.1.2"]\n'
        "[project.optional-dependencies]\n"
        'documents = ["num2words>=0.5"]\nall = ["dsm-emulator[documents,ad]"]\nad = []\n',
        encoding="utf-8",
    )
    assert make_offline_kit.sources("") == ["WSDiscovery==2.1.2"]
    assert make_offline_kit.sources("ad,all") == ["docopt==0.6.2", "WSDiscovery==2.1.2"]
    (built,) = re.findall(r"--no-binary (\S+)", (PROJECT / "Dockerfile").read_text("utf-8"))
    assert set(built.split(",")) == make_offline_kit.WITHOUT_WHEEL.keys()


def test_what_has_no_wheel_is_locked() -> None:
    locked = {line.partition("==")[0].lower() for line in make_offline_kit.LOCK.read_text("utf-8").splitlines()}
    assert make_offline_kit.WITHOUT_WHEEL.keys() <= locked
    assert "docopt==" in " ".join(make_offline_kit.sources("documents"))


def test_a_line_of_the_kit(tmp_path: Path) -> None:
    wheel = tmp_path / "some_thing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(
            "some_thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: Some.Thing\nVersion: 1.0\n"
        )
    assert line_of(wheel) == f"some.thing==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"
    with pytest.raises(ValueError, match="values to unpack"):
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("readme", "")
        line_of(wheel)
