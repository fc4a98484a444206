"""submit: pushes complete stages and opens or updates a pull request for each, stacked."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.output.test_schemas import fits
from tests.pull_requests import Hub, hub, reached, submitted
from tests.remotes import moved, review
from tests.result import Result
from tests.support import Repo, Stage, path_without, run
from tests.world import PLAN_ID, Cli, branch, executable, finish, hook, once, refs, work

CHAIN = ("core", "api:core")


def submit(repo: Repo, cli: Cli, *words: str, exit_code: int = 0) -> Result:
    result: Result = cli("submit", PLAN_ID, *words, cwd=repo.path)
    assert result.exit_code == exit_code, result.output
    return result


def advised(result: Result, start: str) -> list[str]:
    """Return the first command of a message that starts with some words."""
    line = next(line for line in result.stderr.splitlines() if start in line)
    return shlex.split(line[line.index(start) :])


def start(repo: Repo, cli: Cli, stage: str) -> None:
    result = cli("start", PLAN_ID, stage, "--owner", "w", cwd=repo.path)
    assert result.exit_code == 0, result.output


def there(forge: Hub, stage: str) -> str:
    """Return the commit that the remote has of a stage's branch, empty without the branch."""
    name = f"refs/heads/{branch(stage)}"
    return forge.clone.git("ls-remote", "origin", name).partition("\t")[0]


@pytest.fixture
def chain(repo: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """Submit a stage and one that needs it."""

    def fill() -> None:
        hub(repo, cli, monkeypatch, *CHAIN)
        finish(repo, cli, "core")
        start(repo, cli, "api")
        submitted(repo, cli, "api")

    once(repo, fill, "chain")
    return reached(repo, monkeypatch)


def test_a_stage_goes_into_the_branch_of_the_one_it_needs(repo: Repo, chain: Hub) -> None:
    core, api = chain.of("core"), chain.of("api")

    assert (core["baseRefName"], api["baseRefName"]) == ("main", branch("core"))
    assert not core["isDraft"]
    assert not api["isDraft"]
    assert api["title"] == "Api (api)"
    assert "Adds the Api part." in api["body"]
    assert repo.head(branch("api")) in api["body"]
    assert there(chain, "api") == repo.head(branch("api"))


def test_run_again_it_asks_once_a_stage_and_changes_nothing(
    repo: Repo, cli: Cli, chain: Hub
) -> None:
    before, kept = refs(repo), chain.requests()
    chain.calls()

    result = submit(repo, cli)

    assert [call[:2] for call in chain.calls()] == [["pr", "list"]] * 2
    assert (refs(repo), chain.requests()) == (before, kept)
    assert result.stdout.count("kept") == 4


def test_a_dry_run_pushes_and_opens_nothing(
    repo: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge = hub(repo, cli, monkeypatch, *CHAIN)
    finish(repo, cli, "core")
    before = refs(repo)

    result = submit(repo, cli, "--dry-run")

    assert "would be pushed" in result.stdout
    assert "would be opened" in result.stdout
    assert (refs(repo), forge.requests(), there(forge, "core")) == (before, [], "")
    shown = fits("submit", submit(repo, cli, "--dry-run", "--json"))
    assert shown["stages"][0]["action"] == "opened"


@pytest.mark.second
def test_a_stage_that_needs_several_stays_a_draft_until_one_is_left(
    repo: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge = hub(repo, cli, monkeypatch, "api", "ui", "app:api,ui")
    for stage in ("api", "ui"):
        finish(repo, cli, stage)
    start(repo, cli, "app")
    finish(repo, cli, "app")

    result = submit(repo, cli)

    assert "stage app: a draft until these have landed: api, ui" in result.stderr
    assert (forge.of("app")["isDraft"], forge.of("app")["baseRefName"]) == (True, "main")
    there = forge.clone
    there.git("fetch", "--quiet")
    there.git("switch", "--quiet", "-C", "landing", "origin/main")
    there.git("merge", "--quiet", "--no-ff", "-m", "land api", f"origin/{branch('api')}")
    there.git("push", "--quiet", "origin", "HEAD:main")
    fields = {"state": "MERGED", "mergeCommit": {"oid": there.head()}}
    forge.change(forge.of("api")["number"], **fields)

    shown = fits("submit", submit(repo, cli, "--json"))

    assert [one["id"] for one in shown["stages"]] == ["ui", "app"]
    assert (forge.of("app")["isDraft"], forge.of("app")["baseRefName"]) == (False, branch("ui"))


def test_words_of_people_stay_and_ours_are_brought_up_to_date(
    repo: Repo, cli: Cli, chain: Hub
) -> None:
    one = chain.of("core")
    body = f"Please look at the lock first.\n\n{one['body']}\n\nThanks!".replace("\n", "\r\n")
    chain.change(one["number"], body=body, title="A better title", isDraft=True)
    commit = work(repo, "core", "src/core.txt", "more\n")
    cli("complete", PLAN_ID, "core", cwd=repo.path)

    result = submit(repo, cli, "core")

    now = chain.of("core")
    assert now["body"].startswith("Please look at the lock first.\r\n\r\n<!-- plan-worktree: begin")
    assert now["body"].endswith("<!-- plan-worktree: end -->\r\n\r\nThanks!")
    assert commit in now["body"]
    assert (now["title"], now["isDraft"]) == ("A better title", True)
    assert "it is a draft: somebody chose that" in result.stderr


def test_a_request_that_was_opened_by_hand_gets_our_part_and_keeps_the_rest(
    repo: Repo, cli: Cli, chain: Hub
) -> None:
    chain.change(chain.of("api")["number"], body="By hand.", title="Mine")

    submit(repo, cli)

    now = chain.of("api")
    assert now["body"].startswith("By hand.\n\n<!-- plan-worktree: begin")
    assert now["title"] == "Mine"
    assert len(chain.requests()) == 2


def test_a_request_that_was_retargeted_by_hand_is_left_there(
    repo: Repo, cli: Cli, chain: Hub
) -> None:
    chain.clone.git("push", "--quiet", "origin", "main:release")
    chain.change(chain.of("core")["number"], baseRefName="release")

    result = submit(repo, cli)

    assert "it goes into release and not into main: somebody chose that" in result.stderr
    assert chain.of("core")["baseRefName"] == "release"


def test_a_request_that_was_closed_by_hand_is_left_alone(repo: Repo, cli: Cli, chain: Hub) -> None:
    one = chain.of("core")
    chain.change(one["number"], state="CLOSED")
    old = there(chain, "core")
    work(repo, "core", "src/core.txt", "more\n")
    cli("complete", PLAN_ID, "core", cwd=repo.path)

    result = submit(repo, cli, "core", exit_code=1)

    number = str(one["number"])
    command = ["gh", "pr", "reopen", "--repo=github.com/acme/shop", number]
    assert advised(result, "gh pr reopen") == command
    assert (there(chain, "core"), len(chain.requests())) == (old, 2)


@pytest.mark.second
def test_what_the_forge_closed_with_its_base_is_opened_anew(
    repo: Repo, cli: Cli, chain: Hub
) -> None:
    chain.squash("core", retarget=False)
    assert chain.of("api")["state"] == "CLOSED"

    result = submit(repo, cli)

    assert "stage api was moved onto main" in result.stderr
    now = chain.of("api")
    assert (now["number"], now["state"], now["baseRefName"]) == (3, "OPEN", "main")
    assert there(chain, "api") == repo.head(branch("api"))


def test_after_a_squash_the_next_stage_is_moved_proved_pushed_and_retargeted(
    repo: Repo, cli: Cli, chain: Hub
) -> None:
    landed = chain.squash("core", delete=False)
    old = repo.head(branch("api"))

    unknown = submit(repo, cli, "--dry-run")
    repo.git("fetch", "--quiet")
    dry = submit(repo, cli, "--dry-run")
    assert repo.head(branch("api")) == old
    shown = fits("submit", submit(repo, cli, "--json"))

    assert "was merged into main, and main does not have it yet" in unknown.stderr
    assert "stage api: would be moved onto the target first, and proved there" in dry.stderr
    assert shown["moved"] == ["api"]
    now = repo.head(branch("api"))
    assert now != old
    assert repo.head(f"{branch('api')}~1") == landed
    assert repo.git("rev-parse", f"refs/plan-worktree/{PLAN_ID}/verified/api") == now
    assert (there(chain, "api"), chain.of("api")["baseRefName"]) == (now, "main")
    assert now in chain.of("api")["body"]
    chain.squash("api")
    last = submit(repo, cli)
    assert last.stdout == ""
    assert f"all stages are in main: commit the plan, then: plan-worktree remove {PLAN_ID}" in (
        last.stderr
    )


@pytest.mark.second
def test_what_builds_on_a_moved_stage_waits_until_that_has_landed(
    repo: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge = hub(repo, cli, monkeypatch, *CHAIN, "app:api")
    for stage in ("core", "api", "app"):
        start(repo, cli, stage)
        finish(repo, cli, stage)
    submit(repo, cli)
    forge.squash("core")
    old = repo.head(branch("app"))

    shown = fits("submit", submit(repo, cli, "--json"))

    assert [one["action"] for one in shown["stages"]] == ["updated", "waiting"]
    assert there(forge, "app") == old
    result = submit(repo, cli)
    assert "stage app: is moved onto the target when this has landed: api" in result.stderr


@pytest.mark.second
def test_a_stage_that_was_moved_and_not_proved_is_proved_and_pushed(
    repo: Repo, cli: Cli, chain: Hub
) -> None:
    chain.squash("core")
    repo.git("fetch", "--quiet")
    assert cli("sync", PLAN_ID, "api", "--onto-target", cwd=repo.path).exit_code == 0

    result = submit(repo, cli)

    assert "stage api was moved onto main" in result.stderr
    assert there(chain, "api") == repo.head(branch("api"))


@pytest.mark.second
def test_a_dry_run_names_what_was_not_fetched(repo: Repo, cli: Cli, chain: Hub) -> None:
    review(chain.clone, "core", "src/core.txt", "reviewed\n")

    result = submit(repo, cli, "core", "--dry-run", exit_code=1)

    assert f"{branch('core')} has commits on origin that were not fetched" in result.stderr
    assert run(*advised(result, "git -C"), cwd=repo.path).exit_code == 0
    now = submit(repo, cli, "core", "--dry-run", exit_code=1)
    assert f"{branch('core')} is 1 commit behind origin/{branch('core')}" in now.stderr


def test_a_target_that_diverged_is_joined_first(repo: Repo, cli: Cli, chain: Hub) -> None:
    moved(chain.clone)
    repo.commit("not pushed")

    result = submit(repo, cli, exit_code=1)

    assert "main and origin/main both have commits of their own" in result.stderr


def test_status_shows_reviews_and_checks(repo: Repo, cli: Cli, chain: Hub) -> None:
    checks = [{"conclusion": "SUCCESS"}]
    fields = {"reviewDecision": "APPROVED", "statusCheckRollup": checks, "isDraft": True}
    chain.change(chain.of("core")["number"], **fields)

    text = cli("status", PLAN_ID, "--fetch", cwd=repo.path).stdout

    assert "core: #1 draft, approved, checks passing: https://github.com" in text


def test_a_stage_that_does_not_move_onto_the_target_names_the_command_that_resolves(
    repo: Repo, cli: Cli, chain: Hub
) -> None:
    forge = chain.clone
    chain.squash("core")
    forge.write("src/api.txt", "somebody else's\n")
    forge.commit("in the way")
    forge.git("push", "--quiet", "origin", "HEAD:main")
    old = there(chain, "api")

    result = submit(repo, cli, exit_code=1)

    assert "it conflicts with main in src/api.txt: plan-worktree sync" in result.stderr
    assert there(chain, "api") == old


@pytest.mark.second
def test_a_stage_whose_commands_fail_on_the_target_is_not_pushed(
    repo: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = "test ! -e broken"
    forge = hub(repo, cli, monkeypatch, "core", Stage("api", ("core",), verify=(gate,)))
    finish(repo, cli, "core")
    start(repo, cli, "api")
    submitted(repo, cli, "api")
    forge.squash("core")
    forge.clone.write("broken", "")
    forge.clone.commit("breaks the gate")
    forge.clone.git("push", "--quiet", "origin", "HEAD:main")
    old = there(forge, "api")

    result = submit(repo, cli, exit_code=1)

    assert gate in result.stderr
    assert there(forge, "api") == old


def test_commits_that_somebody_has_pushed_are_pulled_first(
    repo: Repo, cli: Cli, chain: Hub
) -> None:
    commit = review(chain.clone, "core", "src/core.txt", "reviewed\n")

    result = submit(repo, cli, exit_code=1)

    assert f"{branch('core')} is 1 commit behind origin/{branch('core')}" in result.stderr
    assert there(chain, "core") == commit
    pull = advised(result, "git -C")
    assert pull[pull.index("&&") + 1 :] == ["plan-worktree", "complete", PLAN_ID, "core"]
    assert run(*pull[: pull.index("&&")], cwd=repo.path).exit_code == 0
    cli("complete", PLAN_ID, "core", cwd=repo.path)
    sync = submit(repo, cli, exit_code=1)  # what stands on it takes it in
    assert "plan-worktree sync" in sync.stderr
    cli("sync", PLAN_ID, "api", cwd=repo.path)
    cli("complete", PLAN_ID, "api", cwd=repo.path)
    submit(repo, cli)
    assert there(chain, "api") == repo.head(branch("api"))


def test_a_branch_that_is_moved_between_our_look_and_our_push_is_not_overwritten(
    repo: Repo, cli: Cli, chain: Hub
) -> None:
    work(repo, "core", "src/core.txt", "more\n")
    cli("complete", PLAN_ID, "core", cwd=repo.path)
    bare = chain.folder / "origin.git"
    other = chain.clone.head("origin/main")
    move = f"git --git-dir='{bare}' update-ref refs/heads/{branch('core')} {other}"
    hook(repo, "pre-push", f"unset GIT_DIR; {move}")

    result = submit(repo, cli, "core", exit_code=1)

    assert f"somebody has moved {branch('core')} on origin meanwhile" in result.stderr
    assert there(chain, "core") == other


def test_a_push_that_the_remote_refuses_says_why_and_the_others_go_on(
    repo: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge = hub(repo, cli, monkeypatch, "core", "docs")
    for stage in ("core", "docs"):
        finish(repo, cli, stage)
    script = f'case $1 in refs/heads/{branch("core")}) echo "policy says no"; exit 1;; esac'
    executable(forge.folder / "origin.git/hooks/update", script)

    result = submit(repo, cli, exit_code=1)

    assert "remote: policy says no" in result.stderr
    assert f"origin rejects the push of {branch('core')}" in result.stderr
    assert [one["headRefName"] for one in forge.requests()] == [branch("docs")]


@pytest.mark.second
def test_a_branch_that_was_deleted_on_the_remote_is_not_pushed_again(
    repo: Repo, cli: Cli, chain: Hub
) -> None:
    chain.clone.git("push", "--quiet", "origin", "--delete", branch("core"))

    result = submit(repo, cli, "core", exit_code=1)

    assert f"{branch('core')} was deleted on origin: when it has landed" in result.stderr
    fetch = advised(result, f"git -C {repo.path} fetch --prune")
    assert run(*fetch, cwd=repo.path).exit_code == 0
    submit(repo, cli, "core")
    assert there(chain, "core") == repo.head(branch("core"))


def test_the_merge_that_a_forge_tells_of_decides_where_git_cannot(
    repo: Repo, cli: Cli, chain: Hub
) -> None:
    # Merged by hand there, and with a change besides: no patch of it is known here.
    one, forge = chain.of("core"), chain.clone
    forge.git("fetch", "--quiet")
    forge.git("switch", "--quiet", "-C", "landing", "origin/main")
    forge.git("merge", "--quiet", "--squash", f"origin/{branch('core')}")
    forge.write("src/core.txt", "otherwise\n")
    commit = forge.commit("core, otherwise")
    forge.git("push", "--quiet", "origin", "HEAD:main")
    merged = {"state": "MERGED", "mergeCommit": {"oid": commit}}
    states = cli("status", PLAN_ID, "--json", cwd=repo.path).json()["stages"]
    assert states[0]["state"] == "complete"

    chain.change(one["number"], **merged)
    shown = fits("status", cli("status", PLAN_ID, "--fetch", "--json", cwd=repo.path))

    assert [s["state"] for s in shown["stages"]] == ["merged", "complete"]
    assert shown["stages"][0]["landed"] == commit
    assert shown["stages"][0]["request"]["merged_as"] == commit
    text = cli("status", PLAN_ID, "--fetch", cwd=repo.path).stdout
    assert f"core: #1 merged as {commit[:7]}: https://github.com/acme/shop/pull/1" in text
    assert "api: #2 open: https://github.com/acme/shop/pull/2" in text


@pytest.mark.second
def test_a_merge_commit_that_the_target_does_not_have_decides_nothing(
    repo: Repo, cli: Cli, chain: Hub
) -> None:
    chain.squash("api", delete=False)  # into core's branch

    result = submit(repo, cli, "api")

    assert f"was merged into {branch('core')}, and main does not have it yet" in result.stderr
    chain.change(chain.of("api")["number"], mergeCommit={"oid": "--output=x"})
    submit(repo, cli, "api")
    states = cli("status", PLAN_ID, "--fetch", "--json", cwd=repo.path).json()["stages"]
    assert [s["state"] for s in states] == ["complete", "complete"]


@pytest.mark.second
def test_what_was_merged_with_commits_that_are_not_here_is_for_a_person(
    repo: Repo, cli: Cli, chain: Hub
) -> None:
    review(chain.clone, "core", "src/core.txt", "reviewed\n")
    commit = chain.squash("core")

    result = submit(repo, cli, "core", exit_code=1)

    assert "was merged with commits that" in result.stderr
    mark = advised(result, "plan-worktree mark")
    assert mark[-1] == commit
    assert cli(*mark[1:], cwd=repo.path).exit_code == 0
    submit(repo, cli)
    assert chain.of("api")["baseRefName"] == "main"


def test_without_gh_it_says_what_to_install_and_pushes_nothing(
    repo: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    forge = hub(repo, cli, monkeypatch, *CHAIN)
    finish(repo, cli, "core")
    monkeypatch.setenv("PATH", path_without("gh", tmp_path / "bin-without"))

    result = submit(repo, cli, exit_code=3)

    assert "gh: not found" in result.stderr
    assert "gh auth login --hostname github.com" in result.stderr
    assert there(forge, "core") == ""
    assert cli("status", PLAN_ID, "--fetch", cwd=repo.path).exit_code == 0


def test_who_is_not_logged_in_is_told_how_and_nothing_is_pushed(
    repo: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge = hub(repo, cli, monkeypatch, *CHAIN)
    finish(repo, cli, "core")
    (forge.folder / "logged-out").touch()

    result = submit(repo, cli, exit_code=3)

    assert "gh is not logged in to github.com: gh auth login --hostname" in result.stderr
    assert there(forge, "core") == ""
    status = cli("status", PLAN_ID, "--fetch", cwd=repo.path)
    assert status.exit_code == 0
    assert "what pull requests there are is not known" in status.stderr


def test_a_forge_that_fails_is_quoted_printably(
    repo: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge = hub(repo, cli, monkeypatch, *CHAIN)
    finish(repo, cli, "core")
    (forge.folder / "broken").touch()

    result = submit(repo, cli, exit_code=3)

    assert "HTTP 502: Bad Gateway \\x1b[31m" in result.stderr


def test_a_forge_that_fails_after_the_push_is_gone_on_with(
    repo: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge = hub(repo, cli, monkeypatch, "core", "docs")
    for stage in ("core", "docs"):
        finish(repo, cli, stage)
    hook(repo, "pre-push", f"touch '{forge.folder}/broken'")

    result = submit(repo, cli, exit_code=3)

    assert f"when that is fixed: plan-worktree submit {PLAN_ID}" in result.stderr
    assert "stage docs: gh api repos/acme/shop/pulls fails with exit code 1:" in result.stderr
    assert there(forge, "core") == repo.head(branch("core"))
    (forge.folder / "broken").unlink()
    submit(repo, cli)
    assert len(forge.requests()) == 2


def test_a_stage_is_not_submitted_without_the_one_it_stands_on(
    repo: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge = hub(repo, cli, monkeypatch, *CHAIN)
    finish(repo, cli, "core")
    start(repo, cli, "api")
    finish(repo, cli, "api")

    result = submit(repo, cli, "api", exit_code=1)

    both = advised(result, "plan-worktree submit")
    assert both == ["plan-worktree", "submit", PLAN_ID, "core", "api"]
    assert cli(*both[1:], cwd=repo.path).exit_code == 0
    assert len(forge.requests()) == 2
    assert submit(repo, cli, "api").stdout.count("kept") == 2


def test_a_complete_stage_waits_for_one_that_is_not(
    repo: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge = hub(repo, cli, monkeypatch, *CHAIN)
    finish(repo, cli, "core")
    start(repo, cli, "api")
    finish(repo, cli, "api")
    cli("mark", PLAN_ID, "core", "in-progress", cwd=repo.path)

    result = submit(repo, cli)

    assert "stage api: waits for core, which is not submitted" in result.stderr
    assert forge.requests() == []
    refused = submit(repo, cli, "core", exit_code=1)
    assert "it is in-progress, not complete" in refused.stderr


def test_a_branch_that_moved_since_it_was_proved_is_refused(
    repo: Repo, cli: Cli, chain: Hub
) -> None:
    work(repo, "core", "src/core.txt", "more\n")

    result = submit(repo, cli, exit_code=1)

    assert "has moved since" in result.stderr


def test_remotes_that_do_not_serve_are_named(repo: Repo, cli: Cli, chain: Hub) -> None:
    assert (
        "there is no remote nowhere; there are origin"
        in submit(repo, cli, "--remote", "nowhere", exit_code=2).stderr
    )
    repo.git("config", "planWorktree.forge", "gitea")
    refused = submit(repo, cli, exit_code=1)
    assert "planWorktree.forge is gitea, not one of github, gitlab, none" in refused.stderr
    repo.git("config", "--unset", "planWorktree.forge")
    repo.git("config", "remote.fork.url", "/nowhere")
    repo.git("remote", "rename", "origin", "upstream")
    repo.git("branch", "--unset-upstream", "main")
    assert "name the remote to submit to: --remote" in submit(repo, cli, exit_code=1).stderr
    repo.git("remote", "remove", "upstream")
    repo.git("remote", "remove", "fork")
    assert "there is no remote to submit to" in submit(repo, cli, exit_code=1).stderr


def test_another_remote_gets_what_it_has_not(
    repo: Repo, cli: Cli, chain: Hub, tmp_path: Path
) -> None:
    other = tmp_path / "other.git"
    repo.git("init", "--quiet", "--bare", str(other))
    repo.git("remote", "add", "other", str(other))

    refused = submit(repo, cli, "--remote", "other", exit_code=1)
    push = advised(refused, "git -C")
    assert run(*push, cwd=repo.path).exit_code == 0
    result = submit(repo, cli, "--remote", "other", "core")

    assert f"open it by hand: from {branch('core')} into main" in result.stderr
    assert Repo(other).head(branch("core")) == repo.head(branch("core"))
    strange = chain.clone.git("commit-tree", "-m", "strange", "HEAD^{tree}")
    spec = f"{strange}:refs/heads/{branch('core')}"
    chain.clone.git("push", "--quiet", "--force", str(other), spec)
    refused = submit(repo, cli, "--remote", "other", "core", exit_code=1)
    assert f"{branch('core')} on other has commits of its own" in refused.stderr


def test_merge_names_submit_where_stages_land_by_pull_request(
    repo: Repo, cli: Cli, chain: Hub
) -> None:
    repo.git("config", "planWorktree.land", "submit")

    result = cli("merge", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 1
    assert advised(result, "plan-worktree submit") == ["plan-worktree", "submit", PLAN_ID]


def test_merge_names_submit_where_a_hook_refuses_the_target(
    repo: Repo, cli: Cli, chain: Hub
) -> None:
    script = """[ "$1" = prepared ] || exit 0
while read -r old new ref; do [ "$ref" != refs/heads/main ] || exit 1; done"""
    hook(repo, "reference-transaction", script)

    result = cli("merge", PLAN_ID, "core", cwd=repo.path)

    assert result.exit_code == 3
    assert "or where that hook wants pull requests: plan-worktree submit" in result.stderr


@pytest.mark.soak
def test_a_diamond_goes_by_submit_review_squash_and_restack_to_all_merged(
    repo: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge = hub(repo, cli, monkeypatch)
    for stage in ("core", "api", "ui", "docs", "search", "release"):
        start(repo, cli, stage)
        finish(repo, cli, stage)
    submit(repo, cli)
    assert [one["isDraft"] for one in forge.requests()] == [False] * 4 + [True] * 2

    for wave in (("core",), ("api", "ui", "docs"), ("search",), ("release",)):
        for stage in wave:
            review(forge.clone, stage, f"src/{stage}.txt", f"work\nreviewed {stage}\n")
        refused = submit(repo, cli, exit_code=1)
        for stage in wave:
            assert f"stage {stage}: {branch(stage)} is 1 commit behind" in refused.stderr
            pull = ("merge", "--quiet", "--ff-only", f"origin/{branch(stage)}")
            repo.stage(PLAN_ID, stage).git(*pull)
            cli("complete", PLAN_ID, stage, cwd=repo.path)
        for stage in _open(repo, cli):
            cli("sync", PLAN_ID, stage, cwd=repo.path)
            cli("complete", PLAN_ID, stage, cwd=repo.path)
        submit(repo, cli)
        for stage in wave:
            assert not forge.of(stage)["isDraft"], stage
            assert forge.of(stage)["baseRefName"] == "main", stage
            forge.squash(stage)
        last = submit(repo, cli)

    assert f"plan-worktree remove {PLAN_ID} --merged" in last.stderr
    states = cli("status", PLAN_ID, "--fetch", "--json", cwd=repo.path).json()["stages"]
    assert {s["state"] for s in states} == {"merged"}
    assert {s["request"]["state"] for s in states} == {"merged"}
    assert len(forge.requests()) == 6
    forge.clone.git("fetch", "--quiet")
    for stage in ("core", "api", "ui", "docs", "search", "release"):
        text = forge.clone.git("show", f"origin/main:src/{stage}.txt")
        assert text == f"work\nreviewed {stage}"


def _open(repo: Repo, cli: Cli) -> list[str]:
    """Return the stages that are stale, dependencies first."""
    states = cli("status", PLAN_ID, "--json", cwd=repo.path).json()["stages"]
    return [s["id"] for s in states if s["state"] == "complete"]
