"""What happened: the journal, who tells it, how it is read. Listeners of the layers; nothing here intervenes."""
