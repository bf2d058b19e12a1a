"""Scenarios: what is done at devices and what is expected of it, in files that read like a test plan."""
