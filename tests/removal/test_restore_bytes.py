"""remove --force, then restore: whatever a worktree held comes back, byte for byte."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests import trees
from tests.result import Result
from tests.support import Repo, checked, plan_worktree
from tests.trees import STAGE, Change, State
from tests.world import PLAN_ID, POINTER, branch, refs, row

pytestmark = pytest.mark.thorough

SAVED = f"refs/plan-worktree/{PLAN_ID}/saved/{STAGE}/"
COMMITTED = r"""
printf 'one\ntwo\n' >a.txt; mkdir -p dir/deep; echo c >dir/c.txt; echo d >dir/deep/d.txt
echo '#!/bin/sh' >run.sh; chmod +x run.sh; ln -s a.txt link; printf 'x\r\ny\r\n' >crlf.txt
"""


@pytest.fixture
def project(tmp_path: Path) -> Repo:
    """Return a project whose stage has a few committed files."""
    repo = trees.make_stage(tmp_path)
    shell(repo, COMMITTED)
    trees.commit(tree_of(repo))
    return repo


def tree_of(repo: Repo) -> Path:
    return repo.stage(PLAN_ID, STAGE).path


def shell(repo: Repo, script: str, folder: str = "") -> None:
    checked("sh", "-e", "-c", script, cwd=tree_of(repo) / folder)


def saved(repo: Repo) -> list[str]:
    return [name for name in refs(repo) if name.startswith(SAVED)]


def others(repo: Repo) -> dict[str, str]:
    """Every ref that is no saved one: what restore must bring back or leave as it was."""
    return {name: value for name, value in refs(repo).items() if "/saved/" not in name}


def collect_garbage(repo: Repo) -> None:
    """Drop at once what no ref holds, as git's own housekeeping would in months."""
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("-c", "gc.pruneExpire=now", "gc", "--prune=now", "--quiet")


def take_away(repo: Repo, *flags: str) -> Result:
    """Remove the stage by force: it is gone, saved, and the repository is sound."""
    known = len(saved(repo))
    result = plan_worktree("remove", PLAN_ID, STAGE, "--force", *flags, cwd=repo.path)
    assert result.exit_code == 0, result.output
    assert not os.path.lexists(tree_of(repo))
    assert repo.worktrees() == []
    assert len(saved(repo)) == known + 1
    assert (branch(STAGE) in repo.branches()) is ("--delete-branch" not in flags)
    repo.git("fsck", "--no-dangling")
    return result


def bring_back(repo: Repo) -> None:
    result = plan_worktree("restore", PLAN_ID, STAGE, cwd=repo.path)
    assert result.exit_code == 0, result.output
    assert repo.worktrees() == [tree_of(repo)]
    repo.git("fsck", "--no-dangling")


def comes_back(repo: Repo, *flags: str, gc: bool = False) -> Result:
    """Take the stage away and bring it back: nothing that can be seen has changed."""
    lost = () if "--include-ignored" in flags else trees.ignored(tree_of(repo))
    trees.restat(tree_of(repo))
    before, refs_before = trees.record(tree_of(repo), but=lost), others(repo)
    result = take_away(repo, *flags)
    outside = Repo(repo.path.parent / trees.OUTSIDE)
    outside.write("c.txt", "called as a file that is gone\n")
    outside_before = trees.files(outside.path)
    if gc:
        collect_garbage(repo)
    bring_back(repo)
    after = trees.record(tree_of(repo), but=lost)
    for key, value in before.items():
        assert after[key] == value, key
    assert others(repo) == refs_before
    assert trees.files(outside.path) == outside_before
    return result


# Whatever there may be.

FEW = 6


@pytest.mark.parametrize("count", (FEW, pytest.param(300, marks=pytest.mark.soak)))
@pytest.mark.thorough
@pytest.mark.parametrize("operation", ("none", "detached", "merge", "rebase", "cherry-pick"))
def test_whatever_a_stage_holds_comes_back(
    tmp_path_factory: pytest.TempPathFactory, operation: str, count: int
) -> None:
    # The shortest failure takes minutes to find, which only the long run has; that one is random.
    phases = (Phase.generate, Phase.shrink) if count > FEW else (Phase.generate,)
    slowly = settings(derandomize=False, suppress_health_check=[HealthCheck.too_slow])

    @settings(slowly, max_examples=count, phases=phases)
    @given(trees.states())
    def check(state: State) -> None:
        folder = tmp_path_factory.mktemp("tree")
        repo = trees.make_stage(folder)
        tree = tree_of(repo)
        trees.apply(tree, state.committed)
        trees.commit(tree)
        trees.begin(tree, operation)
        trees.apply(tree, state.changes)
        comes_back(repo, *state.flags, gc=state.collected)
        shutil.rmtree(folder)

    (check if count > FEW else seed(operation)(check))()


# Each thing that there may be.

IN_A_FOLDER = {
    "an edit": "echo 3 >>a.txt",
    "a file deleted": "rm a.txt",
    "a folder deleted": "rm -r dir",
    "a file that became a program, and one that is none": "chmod +x a.txt; chmod -x run.sh",
    "a file staged as a program and made plain again": "chmod +x a.txt; git add .; chmod -x a.txt",
    "a file that became a link": "ln -sf run.sh a.txt",
    "a file that became a dangling link": "ln -sf nowhere a.txt",
    "a file that became a link to itself": "rm a.txt; ln -s a.txt a.txt",
    "a file that became a link to an absolute path": 'ln -sf "$PWD/run.sh" a.txt',
    "a file that became a link to a folder outside": "ln -sf ../../../../outside a.txt",
    "a folder that became a link to a folder outside": "rm -r dir; ln -s ../../../../outside dir",
    "a folder that became a staged link": 'rm -r dir; ln -s "$PWD/../.." dir; git add .',
    "a link that became a file": "rm link; printf a.txt >link",
    "a link that became a folder": "rm link; mkdir link; echo x >link/a.txt",
    "a file that became a folder": "rm a.txt; mkdir -p a.txt/deep; echo x >a.txt/deep/a.txt",
    "a file that became a staged folder": "rm a.txt; mkdir a.txt; echo x >a.txt/in; git add .",
    "a folder that became a file": "rm -r dir; echo x >dir",
    "a folder that became a staged file": "rm -r dir; echo x >dir; git add .",
    "an empty file": ": >a.txt; : >new.txt",
    "a big binary file": "head -c 3000000 /dev/urandom >new.bin; head -c 99999 /dev/zero >a.txt",
    "a staged edit": "echo 3 >>a.txt; git add .",
    "a staged edit, edited again": "echo 3 >>a.txt; git add .; echo 4 >>a.txt",
    "a staged edit, undone in the file": "cp a.txt b; echo 3 >>a.txt; git add a.txt; mv b a.txt",
    "a file that only the index holds": "echo new >new.txt; git add .; rm new.txt",
    "a staged file that became a folder": "echo 1 >n; git add .; rm n; mkdir n; echo 2 >n/in",
    "a file removed with git rm": "git rm -q a.txt",
    "a file removed with git rm and written again": "git rm -q a.txt; echo again >a.txt",
    "a file removed from the index only": "git rm -q --cached a.txt",
    "a file removed from the index only, and edited": "git rm -q --cached a.txt; echo 3 >>a.txt",
    "a folder removed from the index only": "git rm -rq --cached dir",
    "a rename": "git mv a.txt dir/moved.txt",
    "a rename and an edit": "git mv a.txt moved.txt; echo 3 >>moved.txt",
    "a renamed folder": "git mv dir elsewhere",
    "a rename that git was not told of": "mv a.txt moved.txt",
    "two files that changed names": "mv a.txt x; mv run.sh a.txt; mv x run.sh; git add a.txt",
    "a file to be added": "echo later >new.txt; git add -N new.txt",
    "an empty file to be added": ": >new.txt; git add -N new.txt",
    "a file to be added, deleted again": "echo later >new.txt; git add -N new.txt; rm new.txt",
    "untracked files, links and folders": "mkdir -p u/v; echo >u/v/w; chmod +x u/v/w; ln -s v u/l",
    "a file assumed unchanged, edited": "git update-index --assume-unchanged a.txt; echo 3 >a.txt",
    "a file assumed unchanged, deleted": "git update-index --assume-unchanged a.txt; rm a.txt",
    "a file to be skipped, edited": "git update-index --skip-worktree a.txt; echo 3 >a.txt",
    "a file to be skipped, deleted": "git update-index --skip-worktree a.txt; rm a.txt",
    "a staged file to be skipped and assumed unchanged, edited": "echo 3 >a.txt; git add .;"
    "git update-index --skip-worktree a.txt; git update-index --assume-unchanged a.txt; rm a.txt",
    "line ends that git would change": "echo '* text=auto eol=crlf' >.gitattributes; git add .;"
    r"printf 'x\ny\r\n' >crlf.txt; printf 'x\r\ny\n' >new.txt; printf 'x\ry\n' >a.txt",
    "content that git would change": "echo '* filter=lossy ident' >.gitattributes;"
    "echo 'aA $Id: a$' >new.txt; cp new.txt a.txt; cp a.txt b; git add b; chmod +x b; ln -s b c",
}


def test_each_of_these_comes_back_from_a_folder_of_its_own(project: Repo) -> None:
    tree = tree_of(project)
    for name in IN_A_FOLDER:
        (tree / name).mkdir()
        shell(project, COMMITTED, name)
    trees.commit(tree)
    for name, script in IN_A_FOLDER.items():
        shell(project, script, name)

    comes_back(project, gc=True)


def test_files_of_every_odd_name_come_back(project: Repo) -> None:
    tree = tree_of(project)
    for verbs in ((), ("add",), ("intend",), ("add", "skip"), ("add", "assume")):
        paths = [f"{verbs}/{name}/{name}" for name in trees.NAMES]
        for number, verb in enumerate(("write", *verbs, "write")):
            trees.apply(tree, [Change(verb, path, b"%d" % number) for path in paths])

    comes_back(project, gc=True)


OF_THE_TREE = {
    "a rebase that stops to edit": "echo 3 >a.txt; git commit -qam 3;"
    "GIT_SEQUENCE_EDITOR='sed -i s/pick/edit/' git rebase -qi HEAD~2; rm link",
    "mail that does not apply": "echo 3 >a.txt; git commit -qam 3; git format-patch -q --stdout -1"
    " >../mail; echo 4 >a.txt; git commit -qam 4; ! git am -q ../mail; rm ../mail; rm link",
    "a bisection": "for i in 1 2 3 4 5; do git commit -q --allow-empty -m $i; done;"
    "git bisect start HEAD HEAD~4; echo 3 >a.txt",
    "another branch": "git checkout -q -b elsewhere; echo 3 >a.txt",
    "no file left": "git rm -rq .; rm -rf *",
    "an index that git split": "git update-index --split-index; echo 3 >a.txt; git add .",
    "a sparse checkout": "git sparse-checkout set dir; echo 3 >dir/c.txt; mkdir u; echo 4 >u/v",
    "a sparse checkout by patterns": "git sparse-checkout set --no-cone '/*' '!/dir'; rm a.txt",
    "safecrlf": "git config core.safecrlf true; printf 'x\\r\\ny\\n' >a.txt; cp a.txt new.txt;"
    "git config core.autocrlf true; printf 'x\\ny\\n' >crlf.txt; chmod +x crlf.txt",
    "modes that git does not look at": "git config core.fileMode false; chmod +x a.txt",
}


@pytest.mark.parametrize("script", OF_THE_TREE.values(), ids=OF_THE_TREE)
def test_what_concerns_the_whole_tree_comes_back(project: Repo, script: str) -> None:
    shell(project, script)

    comes_back(project, gc=True)


@pytest.mark.parametrize("operation", ("merge", "rebase", "cherry-pick", "revert"))
def test_an_operation_in_conflict_comes_back_and_goes_on(project: Repo, operation: str) -> None:
    trees.begin(tree_of(project), operation)
    comes_back(project, gc=True)

    shell(project, f"echo 3 >>a.txt; git add -A; GIT_EDITOR=: git {operation} --continue")

    assert "You have" not in (status := project.stage(PLAN_ID, STAGE).git("status")), status
    assert project.head(branch(STAGE)) == project.stage(PLAN_ID, STAGE).head()
    ahead = project.git("rev-list", "--count", f"{branch(STAGE)}..side")
    assert ahead == ("0" if operation in ("merge", "rebase") else "1")


IGNORED = r"""
printf '*.log\nbuild/\n' >.gitignore; git add .; git commit -qm ignore; echo 1 >dir/kept.log
git add -f dir/kept.log; echo 2 >dir/kept.log; mkdir build; ln -s out.bin build/link
head -c 3000 /dev/zero >build/out.bin; chmod +x build/out.bin; echo 3 >dir/lost.log
"""


def test_ignored_files_come_back_with_include_ignored(project: Repo) -> None:
    shell(project, IGNORED)

    comes_back(project, "--include-ignored", gc=True)

    assert trees.ignored(tree_of(project)) == {"build/link", "build/out.bin", "dir/lost.log"}


def test_ignored_files_are_listed_and_gone_without_include_ignored(project: Repo) -> None:
    shell(project, IGNORED)

    result = comes_back(project)

    assert "build/" in result.output
    assert "dir/lost.log" in result.output
    assert not trees.ignored(tree_of(project))


def test_restore_takes_the_newest_of_what_is_saved_and_lists_all(project: Repo) -> None:
    for flags in ([], ["--delete-branch"], ["--include-ignored"]):
        shell(project, "echo 3 >>a.txt; git add a.txt; echo 4 >>a.txt; echo 5 >>new.txt")
        comes_back(project, *flags)

    listed = plan_worktree("restore", PLAN_ID, "--list", cwd=project.path)

    assert listed.exit_code == 0
    assert all(name.removeprefix(SAVED) in listed.stdout for name in saved(project))
    assert (tree_of(project) / POINTER).is_file()
    assert row(plan_worktree("setup", PLAN_ID, cwd=project.path), STAGE)[1] == "kept"


NESTED = "(git init -q in; cd in; echo 1 >one; git add one; git commit -qm one; echo 2 >two)"
LEFT_OUT = {
    "a repository": NESTED,
    "a staged repository": f"{NESTED}; git add in; echo 3 >in/three",
    "a submodule": f"{NESTED}; git submodule --quiet add ./in 2>&1; echo 3 >in/one",
    "a branch without a commit": "git checkout -q --orphan new; git rm -q --cached a.txt",
    "names that git refuses": "echo 1 >git~1; mkdir '.git '; echo 2 >'.git /config'",
    "an edit that neither size nor time shows": "git config core.trustctime false; touch -r a.txt"
    " ../t; git status -s; printf 'ONE\\ntwo\\n' >a.txt; touch -r ../t a.txt; rm ../t",
}


@pytest.mark.parametrize("script", LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_git_would_leave_out_is_refused_or_comes_back(project: Repo, script: str) -> None:
    shell(project, script)
    before = trees.files(tree_of(project))

    if plan_worktree("remove", PLAN_ID, STAGE, "--force", cwd=project.path).exit_code == 0:
        bring_back(project)

    assert trees.files(tree_of(project)) == before
