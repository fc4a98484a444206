"""The repository around the plans: home, settings, lock, refusals, hooks, just."""
