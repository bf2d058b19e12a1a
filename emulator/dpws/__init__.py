"""What any networked device does: WS-Discovery, WS-Transfer Get with DPWS metadata, WS-Eventing.

Messages and state are pure (no socket, no clock); beside them stand those who send and receive. Knows nothing of
scanning.
"""
