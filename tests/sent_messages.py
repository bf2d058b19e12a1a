"""Whether what we send is right: the check that stands behind every test."""

from __future__ import annotations

from emulator.soap.read_back import problems_of_written as problems_of_sent

__all__ = ["problems_of_sent"]
