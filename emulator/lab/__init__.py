"""The public Python API: a scan server, a directory and devices, started and stopped together."""
