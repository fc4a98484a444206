"""A plan that another tool wrote becomes a plan of ours.

A format reads a source into tasks (`source.py` is the protocol, `formats/` has one module a
format). `arrows.py` finds what must come before what, with the reason for each; `carry.py` makes
verbatim text safe; `write.py` puts all of it under the template's headings; `importing.py` is the
whole story. Nothing is invented: what a source does not say stays the template's placeholder.
"""
