"""What a peer of ours does on purpose otherwise than the documents say. Pure: it does no input or output."""
