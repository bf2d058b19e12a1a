"""A command of somebody between devices and a scan server of ours: what `exec` runs."""
