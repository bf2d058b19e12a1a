"""Users and the scan processes that they may use: here a folder of files."""
