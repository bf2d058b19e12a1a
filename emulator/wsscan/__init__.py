"""WS-Scan vocabulary: values and the resolution of a scan ticket; `xml` reads and writes them, `messages` holds
the eight operations, `faults` what goes wrong. Pure."""
