"""A branch is brought to what its stage builds on, where that has moved: sync."""
