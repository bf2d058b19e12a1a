"""A program: wsdd with its listing interface on a Unix socket, `wsdd_listener.py SCRIPT OPTION...`.

wsdd 0.7.0 passes asyncio an argument `loop` that Python 3.10 has abolished; without it all is well.
"""

import asyncio
import runpy
import sys

start_unix_server = asyncio.start_unix_server


def without_loop(*arguments, loop=None, **options):  # type: ignore[no-untyped-def]
    return start_unix_server(*arguments, **options)


asyncio.start_unix_server = without_loop  # type: ignore[assignment]
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
