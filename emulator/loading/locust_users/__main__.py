"""`python -m emulator.loading.locust_users`: Locust, with all of its options and ours, and our users where no
locustfile is named. Locust must find threads and sockets as they are, or no event loop could run beside gevent."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

SKIP: Final = "LOCUST_SKIP_MONKEY_PATCH"
"""Environment variable of Locust: it leaves the standard library as it is."""
LOCUSTFILE: Final = "LOCUST_LOCUSTFILE"

PATIENCE: Final = 15
"""Seconds without a heartbeat after which a worker counts as gone. Locust has three, and a worker on a busy machine
is silent for longer while it encodes its first pages: with it all of its users would go."""


def main() -> None:
    """Run Locust."""
    if "--master" not in sys.argv[1:]:  # a master has no devices, and blocks itself where it is not patched
        os.environ.setdefault(SKIP, "1")
    named = any(each == "-f" or each.startswith(("-f", "--locustfile")) for each in sys.argv[1:])
    if not named:
        os.environ.setdefault(LOCUSTFILE, str(Path(__file__).with_name("locustfile.py")))
    try:
        from locust import runners
        from locust.main import main as locust_main
    except ModuleNotFoundError as error:
        if error.name != "locust":
            raise
        sys.exit("error: Locust is not installed\n       pip install 'dsm-emulator[load]' brings it")
    runners.HEARTBEAT_LIVENESS = PATIENCE
    sys.argv[0] = "locust"
    locust_main()


if __name__ == "__main__":
    main()
