"""The commands of README.md, so that CI and a test run the very lines a newcomer copies.

`python tests/readme_commands.py run|test` prints one of the two.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"
KINDS = ("run", "test")


def commands() -> dict[str, str]:
    """README's first two shell blocks: the one that runs a job, the one that passes the tests."""
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    return dict(zip(KINDS, (block.strip() for block in blocks), strict=False))


if __name__ == "__main__":
    print(commands()[sys.argv[1]])
