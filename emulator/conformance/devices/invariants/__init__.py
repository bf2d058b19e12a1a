"""Checks over every exchange with the device, one module a family."""
