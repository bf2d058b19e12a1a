"""The options of every command and the actions at a device, as models: each is declared once."""
