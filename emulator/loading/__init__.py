"""Load on a scan server: devices that have jobs at once, what is counted of them, and who is the limit."""
