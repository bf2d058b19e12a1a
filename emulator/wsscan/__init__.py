"""WS-Scan vocabulary: values and the resolution of a scan ticket; `xml` reads and writes them. Pure."""
