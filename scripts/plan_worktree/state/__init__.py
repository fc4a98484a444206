"""What is: refs, claims, branches, landed work, status. Reads only.

Everything is learnt with a number of git processes that does not depend on the number of stages.
"""
