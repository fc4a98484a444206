"""What is seen of work and run while they go on, and what came of a run."""
