"""A stage's TODO items, as lines or as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from plan_worktree.diagnostics import printable
from plan_worktree.output.counts import count_fields
from plan_worktree.output.jsontext import emit
from plan_worktree.output.terminal import write
from plan_worktree.plan.parts.todo import Task, count
from plan_worktree.stages.todo import StageTodo, TodoOptions


def show_todo(todo: StageTodo, options: TodoOptions, as_json: bool) -> None:
    """Show a stage's items, and which of them were ticked, or would be."""
    if as_json:
        fields = {
            "dry_run": options.dry_run,
            "plan_id": todo.opened.plan.plan_id,
            "plan": str(todo.opened.path),
            "id": todo.stage.id,
            "todo": count_fields(count(todo.tasks)),
            "items": [_fields(task) for task in todo.tasks],
            "changed": list(todo.changed or ()),
        }
        emit("todo", fields)
        return
    shown = todo.tasks
    if todo.changed is not None:  # whoever ticks an item knows the list
        shown = tuple(task for task in todo.tasks if task.number in todo.changed)
    for line in (*_items(shown), _result(todo, options)):
        write(printable(line))


def _items(tasks: tuple[Task, ...]) -> Iterator[str]:
    width = len(str(len(tasks)))
    outermost = min((task.depth for task in tasks), default=0)
    for task in tasks:
        # An item may lie as deep as a line is long; nobody reads more than some levels.
        indent = "  " * min(task.depth - outermost, 20)
        yield f"{task.number:>{width}} {indent}[{'x' if task.done else ' '}] {task.text}".rstrip()


def _result(todo: StageTodo, options: TodoOptions) -> str:
    stage, (done, total) = todo.stage, count(todo.tasks)
    if not total:
        return f"stage {stage.id} has no items with a box under TODO in {todo.opened.file.name}"
    what = ""
    if todo.changed is not None:
        verb = "untick" if options.undo else "tick"
        did = f"would {verb}" if options.dry_run else f"{verb}ed"
        which = ", ".join(map(str, todo.changed)) or "nothing that was not so already"
        what = f"{did} {which}; "
    left = ""
    if done == total and not options.dry_run:
        finish = f"plan-worktree complete {quote(todo.opened.plan.plan_id)} {stage.id}"
        left = f"; when all is committed: {finish}"
    return f"stage {stage.id}: {what}{done} of {total} done{left}"


def _fields(task: Task) -> dict[str, object]:
    return {
        "number": task.number,
        "done": task.done,
        "text": task.text,
        "line": task.line + 1,
        "depth": task.depth,
    }
