"""What sessions and agents hear that have something to do with a stage.

`plan_hook.py` has found out that there is a stage; this module says something, or nothing, about
it.
"""

from __future__ import annotations

import json
import os
import re
import sys

import plan_hook as base

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Event = dict[str, Any]

# Says which sessions and agents were reminded of the stage, one a line.
REMINDED, KEPT = "plan-worktree.reminded", 50
LONGEST_TITLE = 80
# Agents that only look around build no stage.
HELPERS = ("Explore", "Plan")
DONE = ("complete", "merged")
GO_ON, TELL_THE_AGENT = 0, 2


def answer(event: Event, root: str) -> int:
    """Answer an event of a session or an agent in the stage's worktree `root`."""
    name = event["hook_event_name"]
    if name == "SessionStart":
        return brief(event, root, "--full")
    if name == "SubagentStart":
        return brief(event, root)
    return remind(event, root)


def brief(event: Event, root: str, *flags: str) -> int:
    """Add the stage's brief to what the model reads; a session that has no title gets one."""
    told = base.plan_worktree(root, "brief", *flags)
    if told.returncode != 0:
        return GO_ON
    said = {"hookEventName": event["hook_event_name"], "additionalContext": told.stdout}
    named = title(told.stdout)
    if event["hook_event_name"] == "SessionStart" and named and not event.get("session_title"):
        said["sessionTitle"] = named
    print(json.dumps({"hookSpecificOutput": said}))
    return GO_ON


def title(told: str) -> str:
    """Return the stage's id and name, which are the first line of its brief."""
    before, _, named = told.partition("\n")[0].partition("# Stage ")
    return named[:LONGEST_TITLE].strip() if not before and named.isprintable() else ""


def remind(event: Event, root: str) -> int:
    """Hold whoever stops with a stage that is claimed and not complete, once."""
    if event.get("stop_hook_active") or event.get("background_tasks"):
        return GO_ON
    directory = base.git_directory(root)
    if directory is None or not os.path.exists(os.path.join(directory, base.SEEN)):
        return GO_ON
    who = event.get("session_id")
    if event["hook_event_name"] == "SubagentStop":
        # An agent that a session in the same worktree has sent is a helper of the stage's owner.
        around = base.stage_worktree(os.environ.get("CLAUDE_PROJECT_DIR") or os.sep)
        if around == root or event.get("agent_type") in HELPERS:
            return GO_ON
        who = event.get("agent_id")
    if not isinstance(who, str) or not who.isprintable() or not is_new(directory, who):
        return GO_ON
    told = base.plan_worktree(root, "brief", "--json")
    stage = json.loads(told.stdout) if told.returncode == 0 else {}
    owner, ours = stage.get("owner"), os.environ.get("PLAN_WORKTREE_OWNER")
    if owner is None or stage["state"] in (*DONE, "blocked") or (ours and ours != owner):
        return GO_ON
    if not note(directory, who):
        return GO_ON  # whom nothing could stop from being reminded again is not reminded at all
    name = f"{stage['plan_id']} {stage['id']}"
    reason = (
        f"plan-worktree: stage {stage['id']} is claimed by {owner} and not complete. Complete it "
        f"(commit, then: plan-worktree complete), mark it blocked and say why (plan-worktree mark "
        f"{name} blocked), or say that you will go on with it. This is said once."
    )
    print(json.dumps({"decision": "block", "reason": reason}))
    return GO_ON


def reminded(directory: str) -> list[str]:
    """Return who was reminded, the last first to come last."""
    try:
        with open(os.path.join(directory, REMINDED), encoding="utf-8", errors="replace") as file:
            return file.read(100_000).splitlines()[-KEPT:]
    except OSError:
        return []


def is_new(directory: str, who: str) -> bool:
    """Tell whether somebody was not reminded yet."""
    return who not in reminded(directory)


def note(directory: str, who: str) -> bool:
    """Write down that somebody is reminded; tell whether that could be done."""
    lines = [*reminded(directory), who]
    try:
        with open(os.path.join(directory, REMINDED), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    except OSError:
        return False
    return True


def task_completed(event: Event) -> int:
    """Refuse a task whose subject names a stage that is not proved as it is now."""
    subject = event.get("task_subject")
    if not isinstance(subject, str):
        return GO_ON
    here = base.where(event)
    stages = sorted(named_stages(subject[:1000], here))
    faults = [fault(plan, stage, here) for plan, stage in stages]
    if not faults or None in faults:  # one of several plans that have a stage of that name
        return GO_ON
    print(
        "plan-worktree: "
        + "\n".join(one for one in faults if one)
        + "\nA task that is only a part of the stage is named without the stage.",
        file=sys.stderr,
    )
    return TELL_THE_AGENT


def named_stages(subject: str, here: str) -> Iterator[tuple[str, str]]:
    """Yield the plan and the stage of every stage that a task's subject names."""
    told = base.told_by_git(here, "for-each-ref", "--format=%(refname)", "refs/plan-worktree/")
    for line in told.splitlines():
        parts = line.split("/")
        if len(parts) == 5 and parts[3] == "base" and names(subject, parts[2], parts[4]):
            yield parts[2], parts[4]


def names(subject: str, plan: str, stage: str) -> bool:
    """Tell whether a subject is about a stage as a whole: "stage ID", "the ID stage", or ID alone.

    The id as a word of a sentence names nothing: it may be an everyday one.
    """
    one = rf"(?<![\w.-])[`\"']?{re.escape(stage)}[`\"']?(?![\w-])"
    forms = (
        rf"\bstages?\s*:?\s*{one}",
        rf"{one}\s+stage\b",
        rf"^\W*{one}\W*$",
        rf"{re.escape(plan)}\s*[/: ]\s*{one}",
    )
    return any(re.search(form, subject, re.IGNORECASE) for form in forms)


def fault(plan: str, stage: str, here: str) -> str | None:
    """Return why a stage is not done, and the way; None where it is, or nobody can tell."""
    told = base.plan_worktree(here, "status", plan, "--json")
    if told.returncode != 0:
        return None
    entries = json.loads(told.stdout)["stages"]
    entry = next((one for one in entries if one["id"] == stage), None)
    if entry is None or entry["state"] == "merged":
        return None
    if entry["verified"] is not None and entry["verified"] == entry["head"]:
        return None
    why = "no proof" if entry["verified"] is None else "a proof that is older than its last commit"
    return f"stage {stage} has {why}: plan-worktree complete {plan} {stage}"
