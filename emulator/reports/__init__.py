"""What a run found, line by line (results.jsonl), and what is rendered from these lines alone."""
