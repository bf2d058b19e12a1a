"""SOAP 1.2, WS-Addressing 2004/08, faults, MTOM/XOP: bytes to messages and back.

Pure: no socket, no clock, no asyncio. One reader serves the device and the scan server; it accepts
what real peers send and tells what was wrong (`Deviations`). What this room writes has no deviation.
"""
