"""Devices, the embedded scan server and a directory wired together: what commands, fixtures and tests use."""
