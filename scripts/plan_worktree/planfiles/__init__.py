"""Plan files in a repository: found, opened, edited; the one definition of what a plan is.

A plan that was only read is untrusted text: a command acts on a plan that was checked.
"""
