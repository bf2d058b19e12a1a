"""Checks that have the device scan and look at what it does, one module a family."""
