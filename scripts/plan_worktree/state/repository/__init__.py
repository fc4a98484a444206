"""One look at the repository: refs, claims, upstreams, worktrees."""
