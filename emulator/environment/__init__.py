"""What commands and the Python API stand on: exit codes, trust, directories, folders of their own, signals."""
