"""Checks over the whole of what a client has sent, one module a family."""
