"""click commands: parse, call, render, exit code. No logic, and no heavy import at the top."""
