"""The judge of what a device sends to a scan server: it offers one of its own, and looks at what comes."""
