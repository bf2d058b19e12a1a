"""The witness: the package WSDiscovery, an independent client of WS-Discovery, in a process of its own. It says
what it sees of what came, beside our own reading, and decides nothing."""
