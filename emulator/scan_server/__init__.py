"""The embedded DSM scan server: jobs, filters, store. Strict and small."""
