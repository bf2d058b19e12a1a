"""A name that a shell with another encoding gives: refused as bad usage, and the device goes on as it was."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from programs import devices, run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="arguments are octets on POSIX alone")

LATIN_1 = os.fsdecode(b"M\xfcller")


def test_a_name_of_octets_that_are_no_utf_8(tmp_path: Path) -> None:
    done = run("run", "--name", LATIN_1, "--state", tmp_path / "other", cwd=tmp_path)
    assert done.returncode == 2 and "--name: U+DCFC at character 2" in done.stderr
    with devices(cwd=tmp_path) as ((device,), _):

        def press(*words: str) -> tuple[int, str]:
            done = run("press", *words, "--state", tmp_path / "state", cwd=tmp_path)
            return done.returncode, done.stdout + done.stderr

        code, told = press("describe", "--name", LATIN_1)
        assert code == 2 and "name: U+DCFC at character 2 is no character of XML" in told
        code, told = press("status", "--json")
        assert code == 0 and json.loads(told)["description"]["names"][0]["text"] == device["name"]
        code, told = press("describe", "--name", "Müller")
        assert code == 0, told
        assert json.loads(press("status", "--json")[1])["description"]["names"][0]["text"] == "Müller"
