"""10,000 jobs in a row: memory, descriptors and CPU a job do not grow, of the client and of the embedded server; of
the client neither at a scan server of another make."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gsoap_build
import jobs_in_a_row
import pytest
from gsoap_process import running
from optional_programs import needs_program
from programs import environment, server
from variants import exhaustive

JOBS, EACH = 10_000, 500
GROWN_MB = 10.0
"""As of the pages of one job (a twentieth of them, to the last)."""
GROWN_CPU = 1.1
"""Of the last third by the first, beside work that is always the same: the machine may have others."""


@contextmanager
def embedded(folder: Path) -> Iterator[tuple[str, int]]:
    with server("--http", "--store", "store", cwd=folder, checked=False) as (ready, process):
        yield ready["service"], process.pid


@contextmanager
def gsoap(folder: Path) -> Iterator[tuple[str, int]]:
    for program in gsoap_build.PROGRAMS:
        needs_program(program)
    (folder / "store").mkdir()
    with running(gsoap_build.build(folder), folder / "store") as found:
        yield found.service_url, found.process.pid


@exhaustive
@pytest.mark.timeout(3600)
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("way", ["load", "scan"])
@pytest.mark.parametrize("peer", [embedded, gsoap])
def test_nothing_grows_over_ten_thousand_jobs(way: str, peer: Any, tmp_path: Path) -> None:
    client: list[dict[str, float]] = []
    served: list[dict[str, float]] = []
    with peer(tmp_path) as (service, pid):
        command = [sys.executable, jobs_in_a_row.__file__, way, service, str(JOBS), str(EACH), str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as done:
            assert done.stdout is not None
            for line in done.stdout:
                client.append(json.loads(line))
                served.append(jobs_in_a_row.taken(pid))
        assert done.returncode == 0
    assert client[-1]["jobs"] == JOBS
    told = {"client": client}
    if peer is embedded:
        told["embedded server"] = served
    third = len(client) // 3

    def grown(samples: list[dict[str, float]], what: str) -> float:
        """How often what the first third took the last one takes."""
        return (samples[-1][what] - samples[-third][what]) / (samples[third][what] - samples[1][what])

    dearer = grown(client, "spun")
    for name, samples in told.items():
        early, last = samples[1], samples[-1]
        cost = (samples[third]["cpu"] - early["cpu"]) / ((third - 1) * EACH)
        print(
            f"{way}, {peer.__name__}, {name}: {early['mb']:.1f} MB at {2 * EACH}, {last['mb']:.1f} at {JOBS}; "
            f"descriptors {early['descriptors']:.0f}, {last['descriptors']:.0f}; CPU a job {cost * 1000:.2f} ms, "
            f"then {grown(samples, 'cpu'):.2f} of it, where work that is always the same took {dearer:.2f}"
        )
    for samples in told.values():
        assert samples[-1]["mb"] - samples[1]["mb"] <= GROWN_MB
        assert samples[-1]["descriptors"] <= samples[1]["descriptors"] + 2
        assert grown(samples, "cpu") / dearer <= GROWN_CPU
