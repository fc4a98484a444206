"""The evals hang together: what is expected is checked, and no check is passed by doing nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.evals.sandbox import SANDBOXES, make, plan_worktree
from tests.evals.score import CHECKS, EVALS, FEATURES, score
from tests.plan.example import EXAMPLE, PLAN_ID, unit_test
from tests.support import PLANS, Repo, Stage, plan_text, registry_environment

WRITTEN = json.loads(EVALS.read_text())
TASKS: dict[str, dict[str, Any]] = {task["name"]: task for task in WRITTEN["evals"]}


def test_there_are_ten_tasks_of_different_kinds() -> None:
    assert [task["id"] for task in WRITTEN["evals"]] == list(range(1, 11))
    assert len(TASKS) == 10
    assert len({task["prompt"] for task in WRITTEN["evals"]}) == 10
    assert {task["sandbox"] for task in WRITTEN["evals"]} == set(SANDBOXES)


def test_every_assertion_is_checked_and_every_check_asserted() -> None:
    expected = [sentence for task in WRITTEN["evals"] for sentence in task["assertions"]]
    assert set(expected) == set(CHECKS)
    assert set(FEATURES) <= set(TASKS)


def test_half_of_twenty_triggers_are_near_misses() -> None:
    queries = WRITTEN["triggers"]
    assert len({one["query"] for one in queries}) == 20
    assert sum(one["should_trigger"] for one in queries) == 10


def by_hand(repo: Repo, *stages: str | Stage, **metadata: Any) -> None:
    repo.write(f"{PLANS}/{PLAN_ID}.md", plan_text(PLAN_ID, *stages, **metadata))


def with_gate(stage_id: str, *needs: str) -> Stage:
    file = f"pages/{stage_id}.md"
    return Stage(stage_id, needs, create=(file,), verify=(f"test -s {file}",))


def migrate(repo: Repo) -> None:
    names = ("reader", "convert", "switch", "warn", "remove")
    needs: list[tuple[str, ...]] = [(), *((name,) for name in names[:-1])]
    by_hand(repo, *(with_gate(*(name, *need)) for name, need in zip(names, needs, strict=True)))


def write_pages(repo: Repo) -> None:
    by_hand(repo, *(with_gate(f"page-{number}") for number in range(8)), status="approved")
    repo.commit("Plan eight pages")
    plan_worktree(repo, "setup", PLAN_ID)


def leave_a_draft(repo: Repo) -> None:
    by_hand(repo, with_gate("share"))
    text = repo.read(f"{PLANS}/{PLAN_ID}.md")
    heading, rest = text.split("## Open Questions\n", 1)
    asked = "- [ ] Who may see a note?\n- [ ] Where do notes live?\n"
    repo.write(f"{PLANS}/{PLAN_ID}.md", f"{heading}## Open Questions\n\n{asked}\n{rest}")


def repair(repo: Repo) -> None:
    repo.write(f"{PLANS}/{PLAN_ID}.md", EXAMPLE)


def land(repo: Repo, **owners: str) -> None:
    with pytest.raises(AssertionError, match="does not land"):
        plan_worktree(repo, "merge", PLAN_ID)
    (late,) = {"upper", "sorted"} - {repo.git("log", "-1", "--format=%s").split()[2]}
    with pytest.raises(AssertionError, match="is open"):
        plan_worktree(repo, "sync", PLAN_ID, late, "--resolve")
    worktree = repo.stage(PLAN_ID, late)
    base = repo.git("show", "refs/eval/start:notes/note.py")
    fixed = 'marks = " ".join(f"#{tag}" for tag in sorted(tag.upper() for tag in self.tags))'
    worktree.write(
        "notes/note.py",
        base.replace('marks = " ".join(f"#{tag}" for tag in self.tags)', fixed) + "\n",
    )
    old = repo.git("show", "refs/eval/start:tests/test_note.py")
    worktree.write("tests/test_note.py", old.replace("#shop #home", "#HOME #SHOP") + "\n")
    worktree.git("add", ".")
    worktree.git("commit", "--quiet", "--no-edit")
    named = owners.get(late, f"agent-{late}")
    owner = ("--owner", named, "--accept-scope", "an old test saw tags as written")
    plan_worktree(repo, "complete", PLAN_ID, late, *owner)
    finish(repo)


def finish(repo: Repo) -> None:
    plan_worktree(repo, "merge", PLAN_ID)
    repo.commit("All of it has landed")
    plan_worktree(repo, "remove", PLAN_ID, "--merged")


def go_on(repo: Repo) -> None:
    me = ("--owner", "agent-8")
    plan_worktree(repo, "start", PLAN_ID, "escape", "--takeover", *me)
    worktree = repo.stage(PLAN_ID, "escape")
    worktree.write(
        "notes/escape.py",
        worktree.read("notes/escape.py") + '        text = text.replace(char, f"\\\\{char}")\n'
        "    return text\n",
    )
    worktree.write(
        "tests/test_escape.py", unit_test("notes.escape", "escape", "escape('a')", "'a'")
    )
    worktree.commit("Escape")
    plan_worktree(repo, "complete", PLAN_ID, "escape", *me)
    plan_worktree(repo, "start", PLAN_ID, "report", *me)
    worktree = repo.stage(PLAN_ID, "report")
    worktree.write(
        "notes/report.py",
        "from notes.escape import escape\nfrom notes.words import words\n\n\ndef report(notes):\n"
        '    return "\\n".join(f"{escape(note.title)}: {words(note)}" for note in notes)\n',
    )
    worktree.write("tests/test_report.py", unit_test("notes.report", "report", "report([])", "''"))
    worktree.commit("Report")
    plan_worktree(repo, "complete", PLAN_ID, "report", *me)
    finish(repo)


SIX = {
    "words": "def words(note):\n    return len(note.body.split())\n",
    "escape": "def escape(text):\n    for char in '\\\\*_':\n"
    "        text = text.replace(char, '\\\\' + char)\n    return text\n",
    "slug": "import re\n\n\ndef slug(title):\n"
    "    return re.sub('[^a-z0-9]+', '-', title.lower()).strip('-')\n",
    "tags": "def tags(notes):\n    return sorted({tag for note in notes for tag in note.tags})\n",
    "report": "from notes.escape import escape\nfrom notes.words import words\n\n\n"
    "def report(notes):\n"
    "    return '\\n'.join(f'{escape(note.title)}: {words(note)}' for note in notes)\n",
    "index": "from notes.slug import slug\nfrom notes.tags import tags\n\n\ndef index(notes):\n"
    "    return {tag: [slug(n.title) for n in notes if tag in n.tags] for tag in tags(notes)}\n",
}


def build_side_by_side(repo: Repo) -> None:
    for number, (name, code) in enumerate(SIX.items()):
        owner = ("--owner", f"agent-{number % 3 + 1}")
        plan_worktree(repo, "start", PLAN_ID, name, *owner)
        worktree = repo.stage(PLAN_ID, name)
        worktree.write(f"notes/{name}.py", code)
        test = unit_test(f"notes.{name}", name, f"callable({name})", "True")
        worktree.write(f"tests/test_{name}.py", test)
        worktree.commit(f"Add {name}")
        plan_worktree(repo, "complete", PLAN_ID, name, *owner)
    finish(repo)


def build_both(repo: Repo) -> None:
    before = "for tag in self.tags)"
    for name, after, old, tags, result in (
        ("upper", "for tag in map(str.upper, self.tags))", "#SHOP #HOME", ("x",), '"a  #X"'),
        ("sorted", "for tag in sorted(self.tags))", "#home #shop", ("2", "1"), '"a  #1 #2"'),
    ):
        owner = ("--owner", f"agent-{1 + (name == 'sorted')}")
        plan_worktree(repo, "start", PLAN_ID, name, *owner)
        worktree = repo.stage(PLAN_ID, name)
        text = worktree.read("notes/note.py")
        assert before in text
        worktree.write("notes/note.py", text.replace(before, after))
        call = f'Note("a", tags={tags!r}).render()'
        test = unit_test("notes.note", "Note", call, result)
        worktree.write(f"tests/test_{name}.py", test)
        seen = worktree.read("tests/test_note.py")
        worktree.write("tests/test_note.py", seen.replace("#shop #home", old))
        worktree.commit(f"Add {name}")
        plan_worktree(repo, "complete", PLAN_ID, name, *owner)
    land(repo, upper="agent-1", sorted="agent-2")


def just_do_it(repo: Repo) -> None:
    text = repo.read("notes/note.py")
    repo.write(
        "notes/note.py", text.replace("for tag in self.tags", "for tag in sorted(self.tags)")
    )
    old = repo.read("tests/test_note.py")
    repo.write("tests/test_note.py", old.replace("#shop #home", "#home #shop"))
    repo.commit("Sort tags")


SOLUTIONS: dict[str, Callable[[Repo], None]] = {
    "long-migration": migrate,
    "eight-pages": write_pages,
    "vague-request": leave_a_draft,
    "repair-a-plan": repair,
    "conflict-to-land": land,
    "resumed-plan": go_on,
    "no-plan-needed": just_do_it,
    "three-workers": build_side_by_side,
    "two-reasons": build_both,
}


@pytest.mark.soak
@pytest.mark.parametrize("name", SOLUTIONS)
def test_only_a_sandbox_in_which_it_was_done_gets_full_marks(name: str, tmp_path: Path) -> None:
    repo = make(TASKS[name]["sandbox"], tmp_path)
    untouched = score(name, tmp_path)
    assert not all(untouched.values())
    SOLUTIONS[name](repo)
    assert [sentence for sentence, holds in score(name, tmp_path).items() if not holds] == []


@pytest.mark.registry
def test_a_real_library_is_among_the_sandboxes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in registry_environment().items():
        monkeypatch.setenv(name, value)
    repo = make("boltons", tmp_path)
    assert len(repo.git("ls-files", "boltons").splitlines()) > 25
    assert repo.git("status", "--porcelain") == ""
    assert repo.head("refs/eval/start") == repo.head()
