"""Commands of a plan run in worktrees: gates and --each, their logs, and what has passed before.

Whatever a command prints goes to a log in the git common directory, bounded in size, and never
elsewhere. A command ends with all that it has started when it takes too long, when the log cannot
be written, and when we are interrupted; a gate leaves nothing running at all.
"""
