"""What the tests of altered messages share: the peers, started once."""

from __future__ import annotations

from collections.abc import Iterator

import gsoap_build
import pytest
from gsoap_process import GsoapServer, running
from message_bench import Bench
from optional_programs import needs_program


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The embedded server, a device, and a raw server."""
    made = Bench(tmp_path_factory.mktemp("bench"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def gsoap_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GsoapServer]:
    """The scan server made with gSOAP; its program is built once for all runs."""
    for program in gsoap_build.PROGRAMS:
        needs_program(program)
    cache = getattr(request.config, "cache", None)
    executable = gsoap_build.build(cache.mkdir("gsoap") if cache else tmp_path_factory.mktemp("gsoap"))
    with running(executable, tmp_path_factory.mktemp("store")) as server:
        yield server
