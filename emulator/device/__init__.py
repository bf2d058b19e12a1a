"""The virtual scanner: its profile, the runner of post-scan jobs, and the manifest of what was sent."""
