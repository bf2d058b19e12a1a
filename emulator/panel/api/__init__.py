"""The control API as a table of operations: what is answered, what is refused and openapi.json are made of it."""
