"""PW6: the commands that decide whether a stage is done.

Gates are what `plan/parts/gates.py` reads under Validation, and the metadata's ``verify``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.lint.subject import Rule, Subject, suggestion
from plan_worktree.plan.model import Stage
from plan_worktree.plan.parts.gates import Gate, cannot_fail
from plan_worktree.plan.sections import VALIDATION, Section

_JUSTFILE = re.compile(r"(?:^|/)\.?justfile$|\.just$", re.IGNORECASE)


def no_gate(subject: Subject) -> Iterator[Diagnostic]:
    """PW601: nothing under Validation can be run."""
    for section, stage, gates in _stages(subject):
        lines = section.parts.get(VALIDATION)
        if lines is not None and not stage.verify and not gates:
            message = (
                f'stage "{stage.id}" has no command under Validation that is a line of its own: '
                "write one, such as - [ ] Run `just test`"
            )
            yield subject.on(lines.start + 1, 1, "PW601", message)


def unknown_recipe(subject: Subject) -> Iterator[Diagnostic]:
    """PW602: a gate calls a just recipe that the project does not have.

    A recipe may come with the stage itself, or one before it, when that changes a justfile.
    """
    asked = [
        (section, gate, recipe)
        for section, _, gates in _stages(subject)
        for gate in gates
        for recipe in _recipes(gate.command)
    ]
    known = subject.repository.recipes() if asked and subject.repository else None
    if known is None:
        return
    writers = {
        section.stage_id
        for section, files in zip(subject.sections, subject.files, strict=True)
        if any(_JUSTFILE.search(entry.path) for entry in files)
    }
    for section, gate, recipe in asked:
        stage = section.stage_id
        comes = stage in writers or any(subject.graph.is_before(w, stage) for w in writers)
        if not _is_known(recipe, known) and not comes:
            near = suggestion(recipe, known) or "; just --list shows what there is"
            message = f'the justfile has no recipe "{recipe}"{near}'
            yield subject.on(gate.line + 1, gate.column + 1, "PW602", message)


def gate_cannot_fail(subject: Subject) -> Iterator[Diagnostic]:
    """PW603: a gate that passes whatever happens, such as one that ends with ``|| true``."""
    for index, command in enumerate(subject.plan.verify):
        if cannot_fail(command):
            yield subject.at("PW603", _cannot_fail(command), "verify", index)
    for _, stage, gates in _stages(subject):
        for gate in gates:
            if cannot_fail(gate.command):
                message = _cannot_fail(gate.command)
                yield subject.on(gate.line + 1, gate.column + 1, "PW603", message)
        for index, command in enumerate(stage.verify):
            if cannot_fail(command):
                message = _cannot_fail(command)
                yield subject.at("PW603", message, "stages", stage.position, "verify", index)


RULES: tuple[Rule, ...] = (no_gate, unknown_recipe, gate_cannot_fail)


def _stages(subject: Subject) -> Iterator[tuple[Section, Stage, list[Gate]]]:
    stages = {stage.id: stage for stage in subject.plan.stages if stage.id}
    for section, gates in zip(subject.sections, subject.gates, strict=True):
        if section.stage_id in stages:
            yield section, stages[section.stage_id], gates


def _cannot_fail(command: str) -> str:
    if "|" in command or ";" in command:
        return f"this gate cannot fail: {command}; take its end off"
    return f"this gate is no test: {command}; write a command that can fail"


def _recipes(command: str) -> Iterator[str]:
    """Yield the recipes that a shell command asks this project's just for.

    What names another justfile or folder, or is a place to fill in, asks for none of ours.
    """
    for part in _BETWEEN.split(command):
        words = part.split()
        while words and _ASSIGNMENT.match(words[0]):
            del words[0]
        if words[:1] != ["just"] or any(word in _ELSEWHERE for word in words):
            continue
        skip = 0
        for word in words[1:]:
            if skip:
                skip -= 1
            elif word.startswith("-"):
                skip = _TAKES.get(word, 0)
            elif "=" not in word:
                recipe = word.strip("'\"")
                if _RECIPE.fullmatch(recipe):
                    yield recipe
                break


def _is_known(recipe: str, known: frozenset[str]) -> bool:
    """Tell whether a recipe, or a module whose recipe follows, is there."""
    return recipe in known or any(name.startswith(f"{recipe}::") for name in known)


_BETWEEN = re.compile(r"&&|\|\||[;|&]")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_RECIPE = re.compile(r"[A-Za-z_][\w-]*(?:::[A-Za-z_][\w-]*)*")
_ELSEWHERE = frozenset({"-f", "--justfile", "-d", "--working-directory", "-g", "--global-justfile"})
# Options of just with the number of values that follow them.
_TAKES = {"--set": 2, "--color": 1, "--shell": 1, "--shell-arg": 1, "--dotenv-path": 1, "-E": 1}
