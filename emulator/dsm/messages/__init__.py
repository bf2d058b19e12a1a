"""The five operations of WS-DSP, one module each: request and response, written and read (WS-DSP pages)."""
