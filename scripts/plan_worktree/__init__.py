"""plan-worktree: makes a written implementation plan executable with git worktrees."""

__version__ = "0.1.0"
