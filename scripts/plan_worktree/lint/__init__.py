"""Rules: a plan in, diagnostics out. Reads the repository only through `subject.Repository`."""
