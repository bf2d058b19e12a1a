"""Checks that ask the device by themselves, one module a family."""
