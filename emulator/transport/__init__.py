"""HTTP in and out, with observers; an in-memory twin for tests. Knows nothing of SOAP."""
