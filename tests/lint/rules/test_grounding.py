"""PW502 to PW505 in real repositories: which commit is asked, and what is never asked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from plan_worktree.authoring.validate import validate
from plan_worktree.diagnostics import Diagnostic
from plan_worktree.git.process import GitError
from plan_worktree.lint.suppress import Selection
from tests.support import PLANS, Repo, Stage, plan_text

PLAN_ID = "2026-01-02-shop"
FILES = ("src/a.py", "src/b.py", "docs/guide.md", "app/[id]/page.tsx", "a file.txt", "größe.txt")


@pytest.fixture
def project(repo: Repo) -> Repo:
    for name in FILES:
        repo.write(name, "x\n")
    repo.commit("files")
    return repo


def checked(repo: Repo, text: str, *codes: str) -> list[Diagnostic]:
    path = repo.write(f"{PLANS}/{PLAN_ID}.md", text.encode("utf-8", "surrogatepass"))
    said = None
    try:
        (one,) = validate([str(path)], repo.path, selection=Selection(codes or ("PW5",)))
    except GitError as error:
        said = ascii(str(error))[:300]
    # Not while the error is handled: its own text may be long, or impossible to print.
    assert said is None
    return list(one.diagnostics)


def findings(repo: Repo, *stages: str | Stage, **metadata: str) -> list[str]:
    """Return the codes of the findings about files."""
    return [one.code for one in checked(repo, plan_text(PLAN_ID, *stages, **metadata))]


def listing(*lines: str) -> str:
    """Return a plan of one stage that lists these files."""
    text = plan_text(PLAN_ID, "core")
    assert text.count("- Create: `src/core.txt`") == 1
    return text.replace("- Create: `src/core.txt`", "\n".join(lines))


@pytest.mark.parametrize(
    "name", (*FILES[:3], *FILES[4:], "src/", "src/*.py", "**/*.md", "docs/../src/a.py", "*")
)
def test_what_the_commit_has_may_be_changed(project: Repo, name: str) -> None:
    assert findings(project, Stage("core", modify=(name,))) == []


@pytest.mark.parametrize(
    "name", ("src/c.py", "lib/", "src/*.js", "src/a.py/x", "SRC/a.py", "docs", ":/src/a.py")
)
def test_what_the_commit_lacks_may_not(project: Repo, name: str) -> None:
    expected = [] if name == "docs" else ["PW502"]

    assert findings(project, Stage("core", modify=(name,))) == expected


def test_files_that_are_not_committed_do_not_count(project: Repo) -> None:
    project.write("src/new.py", "x\n")
    project.git("add", "src/new.py")

    assert findings(project, Stage("core", modify=("src/new.py",))) == ["PW502"]
    assert findings(project, Stage("core", create=("src/new.py",))) == []


def test_files_deleted_but_not_yet_in_a_commit_are_still_there(project: Repo) -> None:
    (project.path / "src/a.py").unlink()

    assert findings(project, Stage("core", modify=("src/a.py",))) == []


def test_the_base_is_asked_when_the_plan_names_one(project: Repo) -> None:
    project.git("branch", "release", "HEAD~1")

    assert findings(project, Stage("core", modify=("src/a.py",))) == []
    (found,) = checked(
        project, plan_text(PLAN_ID, Stage("core", modify=("src/a.py",)), base="release")
    )
    assert "release" in found.message


def test_the_recorded_target_is_asked_before_anything_else(project: Repo) -> None:
    project.git("branch", "old", "HEAD~1")
    project.git("symbolic-ref", f"refs/plan-worktree/{PLAN_ID}/target", "refs/heads/old")

    assert findings(project, Stage("core", modify=("src/a.py",))) == ["PW502"]


def test_a_branch_that_is_not_there_leaves_nothing_to_ask(project: Repo) -> None:
    assert findings(project, Stage("core", modify=("gone.py",)), base="nowhere") == []


def test_a_repository_without_a_commit_leaves_nothing_to_ask(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "empty")
    repo.path.mkdir()
    repo.git("init", "--quiet")

    assert findings(repo, Stage("core", modify=("gone.py", "*.md"))) == []


def test_outside_a_repository_nothing_is_asked(tmp_path: Path) -> None:
    assert findings(Repo(tmp_path), Stage("core", modify=("gone.py",))) == []
    assert findings(Repo(tmp_path), Stage("core", modify=("../gone.py",))) == ["PW502"]


@pytest.mark.parametrize("status", ("complete", "abandoned"))
def test_a_plan_that_is_over_is_let_be(project: Repo, status: str) -> None:
    stages = Stage("core", modify=("gone.py",)), Stage("api", create=("src/b.py",))

    assert findings(project, *stages, status=status) == []


def test_a_stage_that_is_complete_is_let_be_and_still_creates(project: Repo) -> None:
    stages = (
        Stage("core", create=("src/a.py",), status="complete"),
        Stage("api", ("core",), modify=("src/a.py",)),
    )

    assert findings(project, *stages) == []


def test_the_missing_dependency_is_named(project: Repo) -> None:
    stages = Stage("core", create=("new.py",)), Stage("api", modify=("new.py",))

    (found,) = checked(project, plan_text(PLAN_ID, *stages), "PW502")

    for part in ("new.py", '"core"', '"api"', "depends_on"):
        assert part in found.message


def test_what_a_later_stage_creates_is_not_mended_by_a_dependency_on_it(project: Repo) -> None:
    stages = Stage("core", modify=("new.py",)), Stage("api", ("core",), create=("new.py",))

    (found,) = checked(project, plan_text(PLAN_ID, *stages), "PW502")

    assert 'add "api" to the depends_on of "core"' not in found.message


@pytest.mark.parametrize(
    "created", ("new/a.py", "new/", "new/*.py", "**/a.py", "./new//a.py"), ids=str
)
def test_what_an_ancestor_creates_may_be_changed(project: Repo, created: str) -> None:
    stages = Stage("core", create=(created,)), Stage("api", ("core",)), Stage("ui", ("api",))

    assert findings(project, *stages[:2], Stage("ui", ("api",), modify=("new/a.py",))) == []


@pytest.mark.parametrize("changed", ("new/", "new/*.py", "new/**/a.py"))
def test_a_directory_or_pattern_is_made_by_what_lies_in_it(project: Repo, changed: str) -> None:
    stages = Stage("core", create=("new/a.py",)), Stage("api", ("core",), modify=(changed,))

    assert findings(project, *stages) == []


def test_a_renamed_file_is_there_under_its_new_name_only(project: Repo) -> None:
    text = plan_text(PLAN_ID, "core", "api:core")
    text = text.replace("- Create: `src/core.txt`", "- Rename: `src/a.py` -> `src/z.py`")

    assert checked(project, text.replace("- Create: `src/api.txt`", "- Modify: `src/z.py`")) == []


def test_a_file_may_be_created_again_after_it_was_deleted(project: Repo) -> None:
    stages = Stage("core", delete=("src/a.py",)), Stage("api", ("core",), create=("src/a.py",))

    assert findings(project, *stages) == []
    assert findings(project, Stage("core", delete=("src/a.py",), create=("src/a.py",))) == []
    assert "PW503" in findings(project, stages[0], Stage("api", create=("src/a.py",)))


@pytest.mark.parametrize("deleted", ("src/", "src/*.py"))
def test_a_file_may_be_created_again_after_all_around_it_was_deleted(
    project: Repo, deleted: str
) -> None:
    stages = Stage("core", delete=(deleted,)), Stage("api", ("core",), create=("src/a.py",))

    assert findings(project, *stages) == []


@pytest.mark.parametrize("name", ("src/", "docs/*.md"))
def test_creating_in_a_directory_that_exists_is_no_fault(project: Repo, name: str) -> None:
    assert findings(project, Stage("core", create=(name,))) == []


def test_a_finding_about_a_missing_file_does_not_depend_on_the_others(project: Repo) -> None:
    text = listing(
        "- Modify: `src/`", "- Modify: `src/a.py`", "- Modify: `.`", "- Modify: `src/**`"
    )

    assert checked(project, text) == []


def test_brackets_in_the_name_of_a_file_that_exists_are_no_pattern(project: Repo) -> None:
    assert findings(project, Stage("core", modify=("app/[id]/page.tsx",))) == []
    assert findings(project, Stage("core", create=("app/[id]/page.tsx",))) == ["PW503"]


def test_a_path_that_climbs_out_is_shown_as_it_was_written(project: Repo) -> None:
    (found,) = checked(project, listing("- Modify: `/etc/passwd`"))

    assert "/etc/passwd" in found.message


def test_no_file_outside_the_repository_is_ever_looked_at(
    project: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    for name in ("stat", "lstat", "scandir", "listdir", "open"):
        real: Callable[..., object] = getattr(os, name)

        def recorded(
            *args: object, real: Callable[..., object] = real, **options: object
        ) -> object:
            asked.extend(str(arg) for arg in args[:1])
            return real(*args, **options)

        monkeypatch.setattr(os, name, recorded)

    found = checked(project, listing("- Modify: `../secret/a`, `~/secret/b`, `/secret/c`"))

    assert len(found) == 3
    assert not [path for path in asked if "secret" in path]


@pytest.mark.parametrize(
    "line",
    (
        "- Modify: `-x`",
        "- Modify: `src/--output=x`",
        "- Modify: `:(exclude)src`",
        "- Modify: `src/\x1b[31ma.py`",
        "- Modify: `src/\u202ea.py`",
        "- Modify: `src/\ta*`",
        "- Modify: `" + "a" * 200_000 + "`",
        "- Modify: `" + "a/" * 3_000 + "b`",
        "- Modify: `" + "*" * 3_000 + "`",
        "- Modify: `" + "**/" * 300 + "x`",
        "\n".join(f"- Modify: `{number}{'a' * 5_000}`" for number in range(499)),
    ),
    ids=lambda line: ascii(line[:24]),
)
def test_a_hostile_path_is_at_most_a_finding(project: Repo, line: str) -> None:
    found = checked(project, listing(line))

    assert {one.code for one in found} <= {"PW502", "PW504"}
    assert all(one.message.isprintable() for one in found)


@pytest.mark.parametrize(
    "base", (r"a\u0000b", r"\ud800", r"a\nb", "-x", "main..main", "main~0", "main:src")
)
def test_a_base_that_is_no_branch_is_a_finding_and_never_asked_for(
    project: Repo, base: str
) -> None:
    text = plan_text(PLAN_ID, Stage("core", modify=("gone.py",)), base="BASE")
    text = text.replace('"base": "BASE"', f'"base": "{base}"')

    assert [one.code for one in checked(project, text, "PW3", "PW5")] == ["PW301"]


def test_git_is_asked_a_few_times_for_any_number_of_files(
    project: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plan_worktree.git import process

    calls = 0
    real = process.start

    def counted(*args: object, **options: object) -> object:
        nonlocal calls
        calls += 1
        return real(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(process, "start", counted)
    many = tuple(f"src/{number}.py" for number in range(400))
    patterns = tuple(f"src/{number}*.py" for number in range(50))

    found = findings(project, Stage("core", modify=(*many, *patterns)))

    assert len(found) == 450
    assert 0 < calls < 20


@pytest.mark.soak
@pytest.mark.timeout(100)
def test_a_thousand_stages_with_ten_files_each_do_not_hang_it(project: Repo) -> None:
    stages = (
        Stage(
            f"s{number}",
            create=tuple(f"new/{number}/{file}.py" for file in range(4)),
            modify=tuple(f"old/{number}/{file}*.py" for file in range(3)),
            delete=tuple(f"old/{number}/{file}.py" for file in range(3)),
        )
        for number in range(1000)
    )

    assert findings(project, *stages).count("PW502") == 6000


@pytest.mark.parametrize(
    "lines",
    (
        ("Nothing.",),
        ("- A ticket for the guide",),
        ("",),
        ("| part |", "|------|", "| `parser` |"),
    ),
)
def test_a_list_without_a_file_says_what_one_looks_like(project: Repo, lines: tuple[str]) -> None:
    (found,) = checked(project, listing(*lines))

    assert found.code == "PW504"
    assert "`" in found.message


def test_a_section_without_a_list_of_files_is_left_to_the_finding_about_that(
    project: Repo,
) -> None:
    text = listing("- Create: `x`").replace("**Files to Change**:", "**Documents**:")

    assert checked(project, text, "PW404", "PW504") != []
    assert checked(project, text, "PW504") == []


@pytest.mark.parametrize("word", ("Test", "Docs", "Create or update", "Write"))
@pytest.mark.parametrize("name", ("src/a.py", "src/new.py"))
def test_a_file_that_may_be_there_or_not_is_no_finding_either_way(
    project: Repo, word: str, name: str
) -> None:
    assert checked(project, listing(f"- {word}: `{name}`")) == []


@pytest.mark.parametrize(
    ("line", "codes"),
    (
        ("- Create: `src/a.py` (if needed)", []),
        ("- Create: `src/a.py`", ["PW503"]),
        ("- Modify: `src/new.py` (if it exists)", []),
        ("- Modify: `src/new.py` (if needed)", ["PW502"]),
        ("- Move: `src/a.py` to `lib/`", []),
        ("- Move: `src/a.py` to `docs/guide.md`", ["PW503"]),
        ("- Move: `src/new.py` to `lib/`", ["PW502"]),
        ("- Modify: `src/{a,b,c}.py`", ["PW502"]),
        ("- Read: `src/new.py`", ["PW504"]),
        ("- Backend: `src/a.py`", ["PW505"]),
        ("- Modify: `src\\a.py`", ["PW505"]),
        ("- Modify: `src\\new.py`", ["PW502", "PW505"]),
        ("- Modify: `C:\\shop\\src\\a.py`", ["PW502", "PW505"]),
        ("- Create: GitHub issue for the docs\n- Modify: `src/a.py`", []),
    ),
)
def test_what_a_line_means_decides_what_is_found(
    project: Repo, line: str, codes: list[str]
) -> None:
    assert [one.code for one in checked(project, listing(line))] == codes


def test_a_stage_that_may_create_a_file_makes_it_for_those_behind_it(project: Repo) -> None:
    stages = Stage("core"), Stage("ui", ("core",), modify=("tests/a.py",))
    text = plan_text(PLAN_ID, *stages).replace("- Create: `src/core.txt`", "- Test: `tests/a.py`")

    assert checked(project, text) == []


def test_a_line_that_cannot_be_read_says_how_to_write_it(project: Repo) -> None:
    (found,) = checked(project, listing("- Create: `src/c.py`", "- Backend: `src/a.py`"))

    assert "src/a.py" in found.message
    assert "- Modify: `src/a.py`" in found.message


def test_a_path_that_is_left_out_in_part_is_not_put_into_the_advice(project: Repo) -> None:
    (found,) = checked(project, listing("- Modify: `src/.../a.py`"))

    assert "- Modify: `path/to/file`" in found.message


def test_a_path_of_windows_is_read_and_said_how_to_write(project: Repo) -> None:
    (found,) = checked(project, listing("- Modify: `src\\a.py`"))

    assert "is read as src/a.py" in found.message


def test_a_line_that_cannot_be_read_may_be_silenced(project: Repo) -> None:
    ignore = "  <!-- plan-worktree: ignore PW505 nobody changes it -->"

    assert checked(project, listing("- Create: `src/c.py`", ignore, "- Backend: `src/a.py`")) == []
