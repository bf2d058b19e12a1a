"""The lock on a store; see emulator/file_lock.py."""

from emulator.file_lock import FileLock

__all__ = ["FileLock"]
