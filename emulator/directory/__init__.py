"""Users and the scan processes that they may use: a folder of files, or Active Directory."""
