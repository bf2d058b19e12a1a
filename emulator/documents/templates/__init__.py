"""Templates of users: PDF documents with placeholders or form fields, and Typst (docs/templates.md)."""
