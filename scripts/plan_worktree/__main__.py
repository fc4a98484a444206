"""``python -m plan_worktree``."""

import sys

from plan_worktree.cli import main

sys.exit(main())
