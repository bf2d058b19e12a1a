"""The eight operations and seven events of WS-Scan, written and read (WS-Scan pages; ws-scan.md 1 and 8).

WS-DSD has five of the operations and six of the events with root and direct children in its own namespace: every
`to_xml` takes the namespace to write in, every `from_xml` reads both (dsm.md section 11).
"""
