"""What a peer of ours does on purpose otherwise than the documents say. Pure, knows no message."""
