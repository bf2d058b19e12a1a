"""Checks over every exchange that was recorded, one module a family."""
