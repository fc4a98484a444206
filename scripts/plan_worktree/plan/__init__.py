"""Plans as values: bytes to positions, metadata, stages and their graph. Knows nothing of git."""
