"""Devices on the network: what `run` starts, who they are, the list of what runs."""
