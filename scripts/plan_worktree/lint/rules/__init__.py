"""The rules: each is one function that yields the diagnostics of its codes."""
