"""Asks and watches the devices and scan servers of others, and captures their profiles."""
