"""The names of the refs in which state lives (design, "Where state lives")."""

from plan_worktree.plan.model import Plan, Stage

REFS = "refs/plan-worktree"
HEADS = "refs/heads/"


def target_ref(plan_id: str) -> str:
    """Name the symbolic ref that records a plan's target."""
    return f"{REFS}/{plan_id}/target"


def base_ref(plan: Plan, stage: Stage) -> str:
    """Name the ref that pins the commit a stage's branch started from."""
    return f"{REFS}/{plan.plan_id}/base/{stage.id}"


def claim_ref(plan: Plan, stage: Stage) -> str:
    """Name the ref of the blob that says who works on a stage."""
    return f"{REFS}/{plan.plan_id}/claim/{stage.id}"


def saved_refs(plan: Plan, stage: Stage) -> str:
    """Name the folder of a stage's recovery refs; each is called by its UTC time."""
    return f"{REFS}/{plan.plan_id}/saved/{stage.id}/"
