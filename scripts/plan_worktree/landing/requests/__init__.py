"""Stages land by pull request: what is pushed, opened, changed, and known to have landed.

Nothing that others pushed or wrote is overwritten, and no lock is held while others are asked.
"""
