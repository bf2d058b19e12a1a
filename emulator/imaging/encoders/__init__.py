"""The formats of WS-Scan as files, one family a module; `emulator.imaging.encode` is the door."""
