"""TLS contexts, the lab's own certificate authority, certificates."""
