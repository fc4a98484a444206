"""A stage's work becomes part of the target: conflicts, what a merge would give, merge.

Everything is predicted before anything is touched. A stage lands whole or not at all.
"""
