"""Checks over each message of a client, one module a family."""
