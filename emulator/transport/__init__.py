"""HTTP in and out, with points to plug in; an in-memory twin for tests. Knows nothing of SOAP."""
