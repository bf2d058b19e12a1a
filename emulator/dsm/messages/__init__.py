"""The operations and events of WS-DSP (WS-DSP pages) and WS-DSC (MS-BDSRR), written and read. What both services
have is written in the namespace that the caller names, and read in that of its root."""
