"""The virtual scanner: its profile, feeder, conditions and jobs, what makes documents of pages, its services."""
