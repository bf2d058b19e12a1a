"""Checks that ask the peer by themselves, one module a family."""
