"""A virtual network scanner for Distributed Scan Management (DSM)."""

__version__ = "0.1.0"
