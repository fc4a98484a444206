"""The names of the refs in which state lives."""

from collections.abc import Iterable
from datetime import UTC, datetime

from plan_worktree.plan.model import Plan, Stage

REFS = "refs/plan-worktree"
# What the remotes have of them, as it was last fetched.
REMOTE_REFS = "refs/plan-worktree-remote"
HEADS = "refs/heads/"
REMOTES = "refs/remotes/"


def target_ref(plan_id: str) -> str:
    """Name the symbolic ref that records a plan's target."""
    return f"{REFS}/{plan_id}/target"


def mirror_refs(remote: str, plan_id: str) -> str:
    """Name the folder of what a remote has of a plan's records."""
    return f"{REMOTE_REFS}/{remote}/{plan_id}/"


def base_ref(plan: Plan, stage: Stage) -> str:
    """Name the ref that pins the commit a stage's branch started from."""
    return f"{base_refs(plan)}{stage.id}"


def base_refs(plan: Plan) -> str:
    """Name the folder of the refs that pin bases."""
    return f"{REFS}/{plan.plan_id}/base/"


def claim_ref(plan: Plan, stage: Stage) -> str:
    """Name the ref of the blob that says who works on a stage."""
    return f"{REFS}/{plan.plan_id}/claim/{stage.id}"


def verified_ref(plan: Plan, stage: Stage) -> str:
    """Name the ref of the commit that passed a stage's checks."""
    return f"{REFS}/{plan.plan_id}/verified/{stage.id}"


def completed_ref(plan: Plan, stage: Stage) -> str:
    """Name the ref of the blob that says how a stage was completed."""
    return f"{REFS}/{plan.plan_id}/completed/{stage.id}"


def blocked_ref(plan: Plan, stage: Stage) -> str:
    """Name the ref of the blob that says why a stage was declared blocked."""
    return f"{REFS}/{plan.plan_id}/blocked/{stage.id}"


def landed_ref(plan: Plan, stage: Stage) -> str:
    """Name the ref that records how a stage has landed."""
    return f"{REFS}/{plan.plan_id}/landed/{stage.id}"


def proofs_ref(plan: Plan) -> str:
    """Name the ref of the blob that says which gates have passed on which trees."""
    return f"{REFS}/{plan.plan_id}/proofs"


def slot_ref(plan: Plan, stage: Stage) -> str:
    """Name the ref of the blob that says which slot a stage has."""
    return f"{REFS}/{plan.plan_id}/slot/{stage.id}"


# The slots of all stages of all plans, as a pattern (git-for-each-ref(1)).
SLOTS = f"{REFS}/*/slot/*"


def records_of(plan: Plan, stage_id: str, names: Iterable[str]) -> list[str]:
    """Return which of some refs are records of a stage, what was saved of it among them."""
    kinds = ("base", "claim", "verified", "completed", "blocked", "landed", "saved", "slot")
    tops = [f"{REFS}/{plan.plan_id}/{kind}/{stage_id}" for kind in kinds]
    return [n for n in names if any(n == top or n.startswith(f"{top}/") for top in tops)]


def saved_refs(plan: Plan, stage: Stage) -> str:
    """Name the folder of a stage's recovery refs; each is called by its UTC time."""
    return f"{REFS}/{plan.plan_id}/saved/{stage.id}/"


def saved_ref_now(plan: Plan, stage: Stage) -> str:
    """Name a recovery ref of this moment."""
    return saved_refs(plan, stage) + datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
