"""What happened: the journal, who tells it, and how it is read. All of it listens; nothing here intervenes."""
