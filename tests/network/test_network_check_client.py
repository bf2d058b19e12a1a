"""A client of another make is judged by what it asks over the network: WSDiscovery's, on another machine (a network
namespace)."""

from __future__ import annotations

import json
import signal
import sys

from two_namespaces import PREFIX, two_machines
from variants import exhaustive

WSDISCOVER = "from wsdiscovery.cmdline import discover; discover()"
SCAN = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"


@exhaustive
def test_wsdiscovers_probes_keep_to_the_documents() -> None:
    with two_machines() as network:
        judge = network.here.start(
            sys.executable, "-m", "emulator", "check", "client", "--json", "--situation", "ordinary",
            "--interface", network.here.device, "--from", f"{PREFIX}.2",
        )  # fmt: skip
        assert judge.stderr is not None and judge.stdout is not None
        assert any("now: scan" in line for line in judge.stderr)
        asked = ("-t", "3", "--type", SCAN, "wscn", "ScanDeviceType")
        found = network.there.run(sys.executable, "-c", WSDISCOVER, *asked)
        assert "address: " in found.stdout, found.stdout + found.stderr
        judge.send_signal(signal.SIGINT)
        told = json.loads(judge.stdout.read())
        verdicts = {each["id"]: each["verdict"] for each in told["results"]}
        assert set(verdicts.values()) <= {"passed", "observed", "not run"}, told
        for id in ("discovery/probe/to-the-discovery-urn", "discovery/timing/multicast-udp-repeat"):
            assert verdicts[id] == "passed", told
        assert judge.wait(30) == 0
