"""What people do at running devices: the control API, and who calls it."""
