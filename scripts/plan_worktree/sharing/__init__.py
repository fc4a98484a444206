"""One plan, several clones: claims, proofs and branches are shared through a git remote.

Promises: of any number of clones one gets a stage, because a claim is a push that names the value
which it expects. What is here follows what was fetched, and never the other way round by accident.
Nobody holds the repository lock while the network runs. A remote that does not answer keeps nobody
from reading, and what was done meanwhile is pushed by the next command that gets an answer.
"""
