"""Checks of everything that the device has sent, one module a family."""
