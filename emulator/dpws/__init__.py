"""What any networked device does, as messages: WS-Discovery probes, WS-Transfer Get, DPWS metadata.

Pure: no socket, no clock. Knows nothing of scanning.
"""
