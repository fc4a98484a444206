"""Text becomes a document: every fact with its position, and edits that change nothing else."""
