"""Messages of landings beside the project's own rules for messages."""

from __future__ import annotations

import json

import pytest

from tests.sampling import sampled
from tests.signing import sign_commits, unsigned
from tests.support import Repo
from tests.world import PLAN_ID, Cli, finish, hook, set_up, work

LINTER = """\
head -1 "$1" | grep -Eq '^(Merge branch |Merge .* into |(feat|fix): )' || {
    echo "message refused" >&2
    exit 1
}"""


@pytest.mark.thorough
@pytest.mark.parametrize("flags", ((), ("--squash", "--subject", "feat: {name}")))
def test_a_linter_of_messages_lets_a_landing_through(
    repo: Repo, cli: Cli, flags: tuple[str, ...]
) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    hook(repo, "commit-msg", LINTER)

    result = cli("merge", PLAN_ID, *flags, cwd=repo.path)

    assert result.exit_code == 0, result.output


@sampled("flags", ((), ("--squash",), ("--rebase",)), one_in=3)
def test_a_landing_is_recorded_whatever_template_cleanup_and_hook_make_of_its_message(
    repo: Repo, cli: Cli, flags: tuple[str, ...]
) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    template = repo.path.parent / "template"
    template.write_text("TICKET: \n# explain\n")
    repo.git("config", "commit.template", str(template))
    repo.git("config", "commit.cleanup", "scissors")
    hook(repo, "commit-msg", 'printf "%s\\n" "[X-1] $(cat "$1")" > "$1.new" && mv "$1.new" "$1"')

    result = cli("merge", PLAN_ID, *flags, "--json", cwd=repo.path)

    assert result.exit_code == 0, result.output
    (landed,) = json.loads(result.stdout)["landed"]
    assert landed["commit"] == repo.head()
    message = repo.git("log", "-1", "--format=%B")
    assert "TICKET" not in message
    assert message.startswith("[X-1] ") == ("--rebase" not in flags)
    status = json.loads(cli("status", PLAN_ID, "--json", cwd=repo.path).stdout)
    assert status["stages"][0]["landed"] == repo.head()


def test_the_body_of_a_squash_lists_the_stages_own_commits_and_no_merges(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core")
    work(repo, "core", "src/core.txt")
    repo.write("other.txt", "somebody else's\n")
    repo.commit("something else")
    core = repo.stage(PLAN_ID, "core")
    core.git("merge", "--quiet", "--no-edit", "main")
    assert cli("complete", PLAN_ID, "core", cwd=core.path).exit_code == 0

    assert cli("merge", PLAN_ID, "--squash", cwd=repo.path).exit_code == 0

    listed = [line for line in repo.git("log", "-1", "--format=%b").split("\n") if line[:2] == "- "]
    assert listed == ["- work on core"]


@pytest.mark.thorough
def test_every_commit_that_becomes_history_is_signed_where_the_user_signs(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core", "api", "ui:core,api")
    sign_commits(repo)
    begun = repo.head()
    for stage in ("core", "api", "ui"):
        owned = ("--owner", "ada")
        assert cli("start", PLAN_ID, stage, *owned, cwd=repo.path).exit_code == 0
        work(repo, stage, f"src/{stage}.txt")
        assert cli("complete", PLAN_ID, stage, *owned, cwd=repo.path).exit_code == 0
    work(repo, "core", "src/core.txt", "more\n")
    assert cli("complete", PLAN_ID, "core", cwd=repo.path).exit_code == 0
    assert cli("sync", PLAN_ID, "ui", cwd=repo.path).exit_code == 0
    assert cli("complete", PLAN_ID, "ui", cwd=repo.path).exit_code == 0

    result = cli("merge", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert unsigned(repo, f"{begun}..main") == []
    assert len(repo.git("rev-list", f"{begun}..main").splitlines()) >= 8
