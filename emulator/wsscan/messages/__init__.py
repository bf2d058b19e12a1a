"""The eight operations of WS-Scan: requests and responses, written and read (WS-Scan pages; ws-scan.md 1).

WS-DSD has five of them with root and direct children in its own namespace: every `to_xml` takes the namespace
to answer in, every `from_xml` reads both (dsm.md section 11).
"""
