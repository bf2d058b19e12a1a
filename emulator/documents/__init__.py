"""Believable documents, drawn from a seed, and the truth of what is on them."""
