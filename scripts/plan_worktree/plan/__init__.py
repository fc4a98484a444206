"""A document becomes a plan: metadata, stages, sections, the graph between stages; no git."""
