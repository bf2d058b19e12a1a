"""Traces of life and of the scanner: what paper, copiers, feeders, optics and sensors leave on a page.

`apply` puts them on a page in the order in which they come about; each trace is a module of its own.
"""

from emulator.documents.traces.order import TRACES, apply
from emulator.documents.traces.plan import AppliedTrace, TracedPage, TracePlan, TracePlanError

__all__ = ["TRACES", "AppliedTrace", "TracePlan", "TracePlanError", "TracedPage", "apply"]
