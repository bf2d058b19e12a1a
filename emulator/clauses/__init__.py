"""The law book: every clause of the documents that this program obeys, as data. One TOML file a document.

Code, tests and pages cite a clause by its id. Pure; a file is read when somebody asks for a clause.
"""
