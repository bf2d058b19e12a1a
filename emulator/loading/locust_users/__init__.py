"""Users for Locust (extra `load`): our devices, in a thread beside gevent. docs/load.md tells how it is run."""
