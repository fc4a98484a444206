"""What conflicts, what landed, and what was submitted."""
