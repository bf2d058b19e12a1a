"""What happened: the journal, the trace of the wire, how they are read. Listeners of the layers; none intervenes."""
