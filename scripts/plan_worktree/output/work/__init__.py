"""Where stages stand and what came of work on them: status, brief, start, complete."""
