"""Merged results are proved before they land, several at once, and culprits named: merge --verify.

Nobody waits for a gate: the repository's lock is held while what was proved lands, and no longer.
"""
