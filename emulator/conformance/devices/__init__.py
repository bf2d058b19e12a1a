"""The judge of devices: scanners that speak WS-Scan and WS-DSD."""
