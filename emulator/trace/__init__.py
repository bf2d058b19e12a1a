"""What happened: the journal, the trace of the wire, how they are read. All of it listens; nothing intervenes."""
