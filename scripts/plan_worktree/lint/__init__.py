"""A plan in, diagnostics out.

A rule asks about the repository through a small protocol (`subject.Repository`), never git itself.
"""
