"""PW3: names of branches and places of worktrees, with a repository and without one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.lint.plans import PLAN_ID, FakeRepository, findings, plan
from tests.support import Stage

WORKTREES = f"../worktrees/{PLAN_ID}"


@pytest.fixture
def home(tmp_path: Path) -> FakeRepository:
    root = tmp_path / "projects" / "home"
    (root / ".git").mkdir(parents=True)
    return FakeRepository(root)


def branches(*names: str, base: str | None = None) -> str:
    """Write a plan whose stages a, b, c … have these branches; a's is in line 13."""
    stages = (Stage(chr(97 + i), branch=name) for i, name in enumerate(names))
    return plan(*stages, base=base)


def paths(*written: str) -> str:
    """Write a plan whose stages a, b, c … have these paths; a's is in line 14."""
    return plan(*(Stage(chr(97 + i), worktree_path=path) for i, path in enumerate(written)))


@pytest.mark.parametrize(
    ("name", "why"),
    (
        ("a b", "contains a space"),
        ("--upload-pack=x", "begins with a dash and would be read as an option"),
        ("a\x1b[2J", "contains '\\x1b'"),
        ("HEAD", "is a name git keeps for itself"),
    ),
)
def test_a_branch_git_would_refuse_is_reported_with_why(name: str, why: str) -> None:
    shown = name.replace("\x1b", "\\x1b")
    assert findings(branches(name), "PW301") == [
        f'13:17 PW301 branch "{shown}" {why}: git refuses it'
    ]


def test_a_base_git_would_refuse_is_reported_too() -> None:
    text = branches("feature/a", base="release..1")
    (found,) = findings(text, "PW301")
    assert found.endswith(
        'PW301 base branch "release..1" contains two dots in a row: git refuses it'
    )
    line = int(found.split(":")[0])
    assert text.splitlines()[line - 1].strip() == '"base": "release..1"'


def test_branches_git_takes_have_no_finding() -> None:
    assert findings(branches("feature/a", "fix/é-b", base="main"), "PW301", "PW302", "PW303") == []


def test_a_branch_used_twice_names_the_line_of_the_first() -> None:
    assert findings(branches("f/a", "f/b", "f/a"), "PW302") == [
        '29:17 PW302 branch "f/a" is already used in line 13: give each stage its own'
    ]


def test_branches_that_differ_only_by_case_are_one_branch() -> None:
    assert findings(branches("f/a", "F/A"), "PW302") == [
        (
            '21:17 PW302 branch "F/A" is already used in line 13 (only the case differs): '
            "give each stage its own"
        )
    ]


@pytest.mark.parametrize("name", ("main", "Main"))
def test_a_stage_cannot_have_the_plans_base(name: str) -> None:
    assert findings(branches(name, base="main"), "PW302") == [
        f'13:17 PW302 branch "{name}" is the plan\'s base: a stage needs one of its own'
    ]


INSIDE = "git keeps branches as files and folders; rename one"


@pytest.mark.parametrize(
    ("names", "line", "inner", "outer", "outer_line"),
    (
        (("f/a", "f/a/b"), 21, "f/a/b", "f/a", 13),
        (("f/a/b", "f/a"), 13, "f/a/b", "f/a", 21),
        (("f/a/b/c", "F/A"), 13, "f/a/b/c", "f/a", 21),
    ),
)
def test_a_branch_inside_another_is_reported_whichever_comes_first(
    names: tuple[str, ...], line: int, inner: str, outer: str, outer_line: int
) -> None:
    assert findings(branches(*names), "PW303") == [
        (
            f'{line}:17 PW303 branch "{inner}" cannot exist beside "{outer}" (line {outer_line}): '
            f"{INSIDE}"
        )
    ]


def test_a_branch_inside_the_base_is_reported() -> None:
    assert findings(branches("main/a", base="main"), "PW303") == [
        f'13:17 PW303 branch "main/a" cannot exist beside "main" (the plan\'s base): {INSIDE}'
    ]


def test_a_branch_that_the_base_is_inside_of_is_reported() -> None:
    (found,) = findings(branches("release", base="release/1.0"), "PW303")
    assert found.startswith('13:17 PW303 branch "release" cannot exist beside "release/1.0"')


def test_the_folder_is_shown_as_it_is_written() -> None:
    (found,) = findings(branches("ß/a/b", "ß/a"), "PW303")
    assert 'branch "ß/a/b" cannot exist beside "ß/a" (line 21)' in found


def test_branches_beside_each_other_are_no_folders() -> None:
    names = ("f/a", "f/ab", "f/a-b/c", "f/b")
    assert findings(branches(*names, base="f/main"), "PW302", "PW303") == []


OUTSIDE = (
    "leads outside the directory that holds the repository: write ../worktrees/…, or "
    "allow its root with git config planWorktree.root DIRECTORY"
)
ITSELF = "is the repository itself, or a directory around it"
IN_GIT = "is inside a .git directory"

REFUSED = (
    ("..", ITSELF),
    (".", ITSELF),
    ("./", ITSELF),
    ("sub/..", ITSELF),
    ("../home", ITSELF),
    ("../home/", ITSELF),
    ("../..", ITSELF),
    ("/", ITSELF),
    ("../../elsewhere/a", OUTSIDE),
    ("../a/../../elsewhere/a", OUTSIDE),
    ("/nowhere/a", OUTSIDE),
    (".git/a", IN_GIT),
    (".git", IN_GIT),
    (".GIT/worktrees/a", IN_GIT),
    ("../other/.git/a", IN_GIT),
    ("..\\a", "contains a backslash: write /"),
    ("C:\\a", "contains a backslash: write /"),
    ("~/a", "begins with ~, which is not expanded here: write ../worktrees/…"),
    ("~root/a", "begins with ~, which is not expanded here: write ../worktrees/…"),
    ("../w/a\nb", "contains a control or invisible character"),
    ("../w/\x00", "contains a control or invisible character"),
    ("../w/\u200ba", "contains a control or invisible character"),
    ("../w/\ud800", "contains a control or invisible character"),
)


@pytest.mark.parametrize("with_repository", (True, False))
@pytest.mark.parametrize(("written", "why"), REFUSED)
def test_a_path_where_no_worktree_may_be_is_refused(
    written: str, why: str, with_repository: bool, home: FakeRepository
) -> None:
    text = paths("../w/a").replace('"../w/a"', _json(written))
    found = findings(text, "PW304", repository=home if with_repository else None)
    assert found == [f'14:24 PW304 worktree path "{_shown(written)}" {why}']


def _json(text: str) -> str:
    return '"' + "".join(c if c.isalnum() else f"\\u{ord(c):04x}" for c in text) + '"'


def _shown(text: str) -> str:
    escapes = {"\n": "\\n", "\x00": "\\x00", "\u200b": "\\u200b", "\ud800": "\\ud800"}
    return "".join(escapes.get(char, char) for char in text)


@pytest.mark.parametrize("with_repository", (True, False))
@pytest.mark.parametrize(
    "written",
    (
        f"{WORKTREES}/a",
        "../a",
        "../a/",
        "../home-a",
        "../home.git/a",
        "../w/./b/../a",
        "../w with spaces/日本/a",
        "../no\u00a0break/a",
        "../w/-rf",
        "../.github/a",
        "../gitignore/a",
    ),
)
def test_a_path_beside_the_repository_is_allowed(
    written: str, with_repository: bool, home: FakeRepository
) -> None:
    repository = home if with_repository else None
    assert findings(paths(written), "PW304", repository=repository) == []


def test_a_path_inside_the_repository_must_be_ignored_there(home: FakeRepository) -> None:
    def finding(line: int, name: str, place: str) -> str:
        inside = f'{line}:24 PW304 worktree path "{name}" is inside the repository'
        add = f"where git does not ignore it: add /{place}/ to .gitignore"
        return f"{inside}, {add}, or choose ../worktrees/…"

    both = [finding(14, "trees/p/a", "trees/p"), finding(22, "trees/p/b", "trees/p")]
    assert findings(paths("trees/p/a", "trees/p/b"), "PW304", repository=home) == both
    assert findings(paths("a", "trees/b"), "PW304", repository=home) == [
        finding(14, "a", "a"),
        finding(22, "trees/b", "trees/b"),
    ]
    ignoring = FakeRepository(home.root, ignores=frozenset({"trees/a"}))
    assert findings(paths("trees/a", "trees/b"), "PW304", repository=ignoring) == [
        finding(22, "trees/b", "trees")
    ]
    (home.root / "trees").mkdir(parents=True)  # and what is in it must be seen
    assert findings(paths("trees/a"), "PW304", repository=home) == [
        finding(14, "trees/a", "trees/a")
    ]


def test_without_a_repository_nobody_can_say_what_is_ignored() -> None:
    assert findings(paths("trees/a"), "PW304") == []


def test_the_root_that_the_setting_names_is_allowed_but_not_itself(
    home: FakeRepository, tmp_path: Path
) -> None:
    root = tmp_path / "big disk"
    allowing = FakeRepository(home.root, worktree_root=root)
    assert findings(paths(f"{root}/a", "../../big disk/b"), "PW304", repository=allowing) == []
    assert findings(paths(str(root)), "PW304", repository=allowing) == [
        f'14:24 PW304 worktree path "{root}" {OUTSIDE}'
    ]
    assert findings(paths(f"{root}-else/a"), "PW304", repository=allowing) == [
        f'14:24 PW304 worktree path "{root}-else/a" {OUTSIDE}'
    ]
    assert findings(paths(f"{root}/a/../.."), "PW304", repository=allowing) == [
        f'14:24 PW304 worktree path "{root}/a/../.." {ITSELF}'
    ]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
@pytest.mark.parametrize(
    ("target", "why"),
    (("../..", OUTSIDE), ("home", ITSELF), ("home/.git", IN_GIT), ("..", ITSELF)),
)
def test_a_path_is_judged_where_its_links_lead(target: str, why: str, home: FakeRepository) -> None:
    (home.root.parent / "link").symlink_to(target)
    written = "../link" if why is ITSELF else "../link/a"
    assert findings(paths(written), "PW304", repository=home) == [
        f'14:24 PW304 worktree path "{written}" {why}'
    ]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_that_stays_beside_the_repository_is_allowed(home: FakeRepository) -> None:
    (home.root.parent / "real").mkdir()
    (home.root.parent / "link").symlink_to("real")
    assert findings(paths("../link/a"), "PW304", repository=home) == []


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_loop_of_links_is_no_crash(home: FakeRepository) -> None:
    (home.root.parent / "loop").symlink_to("loop")
    assert findings(paths("../loop/a"), "PW304", "PW305", repository=home) == []


@pytest.mark.parametrize(
    ("written", "expected"),
    (
        (("../w/a", "../w/a"), [(22, "is the same directory as", "a", 14)]),
        (("../w/a", "../W/A"), [(22, "is the same directory as", "a", 14)]),
        (("../w/a", "../x/../w/./a/"), [(22, "is the same directory as", "a", 14)]),
        (("../w/a", "../w/a/b"), [(22, "is inside", "a", 14)]),
        (("../w/a/b", "../w/A"), [(14, "is inside", "b", 22)]),
        (("../w", "../w/b", "../w/b/c"), [(22, "is inside", "a", 14), (30, "is inside", "b", 22)]),
        (("../w/a", "../w/ab", "../w/b"), []),
    ),
)
def test_a_directory_belongs_to_one_stage(
    written: tuple[str, ...], expected: list[tuple[int, str, str, int]]
) -> None:
    assert findings(paths(*written), "PW305") == [
        f'{line}:24 PW305 worktree path "{written[(line - 14) // 8]}" {how} that of stage '
        f'"{owner}" (line {owners_line}): give each its own'
        for line, how, owner, owners_line in expected
    ]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_directories_are_the_same_when_links_make_them_so(home: FakeRepository) -> None:
    (home.root.parent / "link").symlink_to("w")
    (found,) = findings(paths("../w/a", "../link/a"), "PW305", repository=home)
    assert found.startswith('22:24 PW305 worktree path "../link/a" is the same directory as that')


@pytest.mark.parametrize(
    "name",
    ("api", "Feature/api", "feature/other", "feature/API", "feature/ap"),
)
def test_a_branch_from_which_nobody_can_tell_the_stage_is_a_warning(name: str) -> None:
    assert findings(plan(Stage("api", branch=name)), "PW306") == [
        (
            f'13:17 PW306 branch "{name}" is unconventional: a lower-case type, a slash and the '
            f'stage id are expected, such as "feature/{PLAN_ID}-api"'
        )
    ]


def test_a_path_from_which_nobody_can_tell_the_stage_is_a_warning() -> None:
    assert findings(plan(Stage("api", worktree_path="../worktrees/one/")), "PW306") == [
        (
            '14:24 PW306 worktree path "../worktrees/one/" is unconventional: its last part should '
            f'name the stage, such as "{WORKTREES}/api"'
        )
    ]


@pytest.mark.parametrize(
    "stage",
    (
        Stage("api"),
        Stage("API", branch="feature/api-x", worktree_path="../w/my-Api"),
        Stage("api", branch="fix/v1.2/api_3", worktree_path="../w/API/"),
    ),
)
def test_names_that_tell_the_stage_have_no_finding(stage: Stage) -> None:
    assert findings(plan(stage), "PW3") == []


def test_a_name_that_git_refuses_is_not_called_unconventional_as_well() -> None:
    assert findings(plan(Stage("api", branch="a b")), "PW306") == []
