"""A worktree and a branch for every stage, and what makes a new worktree complete.

Everything is checked before the first change. Run again, setup changes nothing.
"""
