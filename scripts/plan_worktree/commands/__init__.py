"""click commands, one file a verb: parse, call, render, exit code; no logic.

Nothing heavy is imported at the top of a module: ``--help`` costs little more than click itself.
"""
