"""Where pull requests live: GitHub through gh, GitLab through push options, or nowhere.

Each forge is one module behind the protocol of `protocol.py`; `choose.py` tells from a remote's
address which one it is. No token is read or kept here: gh and git have their own.
"""
