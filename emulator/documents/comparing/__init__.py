"""What a reader made of pages, held against their truth (docs/truth-compare.md)."""
