"""The judge of clients that scan: it reads what they send to a device that others give in."""
