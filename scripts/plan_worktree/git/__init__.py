"""The only room that starts git: small verbs, typed results, one error type.

Every call names its directory, asks with ``-z`` where git has it, and lets nothing that a plan
supplied be taken for an option.
"""
