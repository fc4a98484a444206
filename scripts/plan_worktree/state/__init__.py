"""What is: every stage's state, what speaks against a change, and the way out. Reads only.

Everything is learnt with a number of git processes that does not depend on the number of stages.
"""
