"""Worktrees are taken away and brought back: remove, restore, the exact snapshot between.

Nothing is deleted that is not in a commit, in the target, or saved where restore finds it.
"""
