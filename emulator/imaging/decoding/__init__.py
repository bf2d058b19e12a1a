"""Files that are not trusted are opened, counted and decoded in processes of their own, with bounds."""
