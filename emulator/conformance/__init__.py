"""The judge of scan servers: what a peer does is held against the law book, clause by clause, with evidence.

It judges, so it does not read with the eyes of the judged: nothing here imports the readers and writers of the
embedded server or of the device (contract in pyproject.toml). What it needs to read is small, and stands here once
more.
"""
