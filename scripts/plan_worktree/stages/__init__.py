"""One stage's life: start, brief, todo, complete, mark, sync.

A stage is given to one owner, and it is complete when that was proved on a commit.
"""
