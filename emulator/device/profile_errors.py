"""Errors of device profiles: file, line, field and what is allowed, for people."""

from __future__ import annotations

from emulator.toml_files import TomlFileError


class ProfileError(TomlFileError):
    """A device profile is missing, no TOML, or says something that it may not."""
