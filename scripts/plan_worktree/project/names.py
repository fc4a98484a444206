"""Names that are the same in every repository; the plugin's hook imports them, too."""

DEFAULT_PLANS = ".claude/plans"
CURRENT_STAGE = "CURRENT_STAGE.md"
POINTER = f"{DEFAULT_PLANS}/{CURRENT_STAGE}"
DEFAULT_PLACE = "../worktrees"
