"""What makes documents of sides of sheets: pages that are scanned, numbered copies of some, files as they are."""
