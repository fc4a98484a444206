"""Completion in the shells themselves: what click generates for each, with our offers in it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.result import Result
from tests.sampling import sampled
from tests.support import PLANS, Repo, Stage, plan_text, run, tool

PLAN = "2026-01-02-shop"

BASH = """\
eval "$(_PLAN_WORKTREE_COMPLETE=bash_source plan-worktree)"
complete -p plan-worktree >/dev/null || exit 9
compopt() { echo "files"; }
COMP_WORDS=(@TYPED@); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_plan_worktree_completion plan-worktree
printf '%s\\n' "${COMPREPLY[@]}"
"""
FISH = """\
_PLAN_WORKTREE_COMPLETE=fish_source plan-worktree | source
complete --do-complete LINE | string split --fields 1 \\t
"""
# zsh completes on a terminal only; zpty is one (zshmodules(1)).
ZSH = """\
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=; autoload -Uz compinit; compinit -D -u'
zpty -w shell "zstyle ':completion:*' list-separator '|'"
zpty -w shell 'eval "$(_PLAN_WORKTREE_COMPLETE=zsh_source plan-worktree)"; setopt list_rows_first'
zpty -w shell 'LISTMAX=1000; print "be""gin"'
while zpty -r shell line && [[ $line != *begin* ]]; do :; done
zpty -n -w shell LINE$'\\t'
sleep 2
while zpty -r -t shell line; do print -r -- "$line"; done
"""


@pytest.fixture
def shop(repo: Repo) -> Repo:
    repo.plan(PLAN, "api", "ui:api", "docs")
    return repo


def path() -> dict[str, str]:
    return {"PATH": f"{tool('plan-worktree').parent}{os.pathsep}{os.environ['PATH']}"}


def bash(words: tuple[str, ...], cwd: Path) -> list[str]:
    script = BASH.replace("@TYPED@", shlex.join(("plan-worktree", *words)))
    done = run("bash", "--norc", "-c", script, cwd=cwd, env=path())
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout.splitlines()


@sampled(
    ("words", "offered"),
    (
        (("se",), ["setup"]),
        (("setup", ""), [PLAN]),
        (("setup", "2026"), [PLAN]),
        (("setup", "shop"), [PLAN]),  # any part of the id finds it
        (("setup", "shop", ""), ["api", "ui", "docs"]),
        (("setup", "shop", "api", ""), ["ui", "docs"]),
        (("setup", "--dry-run", "shop", "d"), ["docs"]),
        (("start", PLAN, "u"), ["ui"]),
        (("restore", PLAN, ""), ["api", "ui", "docs"]),
        (("mark", PLAN, ""), ["api", "ui", "docs"]),
        (("mark", PLAN, "api", "b"), ["blocked"]),
        (("mark", PLAN, "a"), ["api", "approved", "abandoned"]),
        (("mark", "dr"), ["files", "draft"]),
        (("todo", "sh"), [PLAN]),
        (("todo", "shop", "u"), ["ui"]),
        (("todo", "shop", "ui", ""), [""]),
        (("setup", "nothing-like-it", ""), [""]),
        (("validate", PLAN, ""), ["files", ""]),
        (("validate", "--explain", "PW10"), ["PW101", "PW102", "PW103", "PW104"]),
        (("validate", "--ignore", "PW405,pw10"), [f"PW405,PW10{n}" for n in (1, 2, 3, 4)]),
        (("validate", "--select", "X"), [""]),
        (("validate", "--select", "$(touch pwned),PW10"), [""]),
        (("setup", "caf\udce9"), [""]),
        (("validate", "--format", ""), ["text", "json", "github"]),
        (("init", "p"), ["pre-commit"]),
        (("setup", f"./{PLANS}/"), ["files", ""]),
        (("setup", "README"), ["files", ""]),
    ),
    one_in=3,
    ids=" ".join,
)
def test_bash_offers(shop: Repo, words: tuple[str, ...], offered: list[str]) -> None:
    assert bash(words, shop.path) == offered


def test_bash_offers_the_same_in_a_worktree(shop: Repo, cli: Callable[..., Result]) -> None:
    shop.commit()
    assert cli("setup", PLAN, "api", cwd=shop.path).exit_code == 0
    place = shop.stage(PLAN, "api").path
    assert bash(("brief", ""), place) == [PLAN]
    assert bash(("brief", PLAN, ""), place) == ["api", "ui", "docs"]


def test_where_there_is_nothing_to_offer_nothing_is(tmp_path: Path) -> None:
    assert bash(("setup", "shop", ""), tmp_path) == [""]
    assert bash(("setup", "sh"), tmp_path) == ["files", ""]


def test_a_plan_with_faults_still_offers_its_stages(shop: Repo) -> None:
    shop.plan("2026-01-02-faulty", "api:nobody", "ui")
    assert bash(("show", "2026-01-02-f"), shop.path) == ["2026-01-02-faulty"]
    assert bash(("start", "faulty", ""), shop.path) == ["api", "ui"]


@pytest.mark.second
@sampled(
    "name",
    ("$(touch pwned)", "`touch pwned`", "a;touch pwned", "a\nplain,b", "-rf", "a b", ""),
    one_in=3,
)
def test_a_hostile_name_never_gets_onto_the_command_line(repo: Repo, name: str) -> None:
    hostile = plan_text("2026-01-02-bad", Stage(name), Stage("good", name="It's\n$(touch pwned)"))
    repo.write(f"{PLANS}/2026-01-02-bad.md", hostile)
    repo.write(f"{PLANS}/other.md", hostile.replace(json.dumps("2026-01-02-bad"), json.dumps(name)))
    assert bash(("start", "2026-01-02-bad", ""), repo.path) == ["good"]
    assert bash(("start", ""), repo.path) == ["2026-01-02-bad"]
    assert not (repo.path / "pwned").exists()


@pytest.mark.thorough
@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_offers(shop: Repo) -> None:
    def fish(line: str) -> list[str]:
        script = FISH.replace("LINE", shlex.quote(f"plan-worktree {line}"))
        done = run("fish", "--no-config", "-c", script, cwd=shop.path, env=path())
        assert (done.exit_code, done.stderr) == (0, "")
        return sorted(done.stdout.splitlines())

    assert fish("setup ") == [PLAN]
    assert fish("setup shop ") == ["api", "docs", "ui"]
    assert fish("validate --explain PW10") == ["PW101", "PW102", "PW103", "PW104"]


@pytest.mark.thorough
@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_offers(shop: Repo) -> None:
    def zsh(line: str) -> set[str]:
        script = ZSH.replace("LINE", shlex.quote(f"plan-worktree {line}"))
        done = run("zsh", "-f", "-c", script, cwd=shop.path, env=path() | {"TERM": "dumb"})
        shown = [part.strip() for part in done.stdout.splitlines() if "|" in part]
        return {part.partition("|")[0].strip() for part in shown}

    assert zsh("setup shop ") == {"api", "docs", "ui"}
    assert zsh("validate --explain PW10") == {"PW101", "PW102", "PW103", "PW104"}
