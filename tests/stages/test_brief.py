"""brief: what whoever works on a stage must know, and only that."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from plan_worktree.plan.parts.gates import read_gates
from plan_worktree.plan.sections import read_sections
from plan_worktree.plan.text.document import read_document
from plan_worktree.plan.text.source import Source, decode
from tests.support import PLANS, Repo, Stage, plan_text
from tests.world import (
    PLAN_ID,
    Cli,
    branch,
    claim_ref,
    completed_ref,
    finish,
    set_up,
    shop,
    work,
)

STAGES = (
    Stage("core", create=("src/core.txt",)),
    Stage("api", ("core",), create=("src/api.txt",), verify=("just test", "echo `x`")),
    Stage("ui", ("core",), modify=("src/ui/*.css",), delete=("old.css",)),
    Stage("top", ("api", "ui")),
)


def section(text: str, title: str) -> str:
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_a_brief_holds_what_the_stage_needs(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, *STAGES)
    core = finish(repo, cli, "core")
    cli("start", PLAN_ID, "api", "--owner", "ada", cwd=repo.path)

    text = cli("brief", PLAN_ID, "api", cwd=repo.path).stdout

    assert text.startswith("# Stage api: Api\n")
    assert "What is built, and why it matters." in section(text, "Goal of the plan")
    assert "nothing leaves the machine" in section(text, "Constraints")
    plan = repo.read(f"{PLANS}/{PLAN_ID}.md")
    own = "### Stage 2: Api" + plan.partition("### Stage 2: Api")[2].partition("\n---\n")[0]
    assert own.rstrip() in section(text, "Your stage")
    files = section(text, "Files")
    assert "- create: `src/api.txt`" in files
    assert "- ui: `src/ui/*.css`, `old.css`" in files
    assert "top" not in files
    built_on = section(text, "What this builds on")
    assert f"- {core[:10]} work on core" in built_on
    assert "- create: `src/core.txt`" in built_on
    gates = section(text, "Gates")
    assert "`complete` runs these in the worktree, and each must pass:\n\n- `just test`\n" in gates
    assert (
        "- `` echo `x` ``\n\nRun these in the worktree yourself, as Validation says:\n\n- `git diff"
        in gates
    )
    assert f"plan-worktree complete {PLAN_ID} api" in section(text, "How to finish")
    assert f"`{branch('api')}`, to land in `main`" in text
    assert f"- Base: {core}" in text


@pytest.mark.second
def test_a_stage_that_has_landed_owns_no_files_any_more(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, *STAGES)
    finish(repo, cli, "core")
    cli("sync", PLAN_ID, "ui", cwd=repo.path)
    work(repo, "ui", "src/ui/a.css")
    assert cli("complete", PLAN_ID, "ui", cwd=repo.stage(PLAN_ID, "ui").path).exit_code == 0
    assert "- ui: " in section(cli("brief", PLAN_ID, "api", cwd=repo.path).stdout, "Files")

    assert cli("merge", PLAN_ID, "core", "ui", cwd=repo.path).exit_code == 0

    assert "- ui: " not in section(cli("brief", PLAN_ID, "api", cwd=repo.path).stdout, "Files")


def test_in_the_worktree_it_needs_no_arguments(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, *STAGES)
    there = repo.stage(PLAN_ID, "ui")

    assert cli("brief", cwd=there.path).stdout == cli("brief", PLAN_ID, "ui", cwd=repo.path).stdout
    nowhere = cli("brief", PLAN_ID, cwd=repo.path)
    assert nowhere.exit_code == 2
    assert "name a stage, or go to its worktree" in nowhere.stderr


def test_fences_in_a_section_stay_whole(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    fence = "````markdown\n# not a heading\n```sh\nls\n```\n## nor this\n````\n"
    path.write_text(path.read_text().replace("It stands alone.\n", f"It stands.\n\n{fence}"))

    text = cli("brief", PLAN_ID, "core", cwd=repo.path).stdout

    assert fence in text
    titles = [
        token.content
        for before, token in zip(
            MarkdownIt().parse(text), MarkdownIt().parse(text)[1:], strict=False
        )
        if before.type == "heading_open"
    ]
    assert "How to finish" in titles
    assert "nor this" not in titles


def test_a_brief_is_bounded_and_says_where_the_rest_is(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, *STAGES)
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    long = "\n".join(f"line {n} " + "x" * 90 for n in range(3000))
    text = path.read_text().replace("It stands alone.\n", f"```text\n{long}\n```\n")
    path.write_text(text.replace("What is built, and why it matters.", long))
    there = repo.stage(PLAN_ID, "core")
    for n in range(100):
        there.write(f"many/{n}.txt", "x\n")
        if n % 4 == 0:
            there.commit(f"commit {n}")
    there.commit("the last")

    brief = cli("brief", PLAN_ID, "api", cwd=repo.path).stdout

    assert len(brief) < 100_000
    assert brief.count(f"(cut here; all of it is in {path})") == 2
    assert "- and 6 more\n" in brief
    assert "- and 40 more: git diff --stat" in brief
    headings = [t for t in MarkdownIt().parse(brief) if t.type == "heading_open"]
    assert [t for t in headings if t.tag == "h2"]
    assert "\n## How to finish\n" in brief
    found = cli("brief", PLAN_ID, "api", "--json", cwd=repo.path).json()
    assert found["cut"] == ["goal", "section"]
    assert (found["delivered"][0]["commits_left"], found["delivered"][0]["files_left"]) == (6, 40)


@pytest.mark.parametrize(
    ("text", "end"),
    (
        ("> ```text\n{long}> ```\n", "> ```"),
        ("- ~~~\n{long}  ~~~\n", "  ~~~"),
        ("x" * 70_000 + "\n", "x" * 100),
    ),
)
def test_what_is_cut_ends_well(repo: Repo, cli: Cli, text: str, end: str) -> None:
    shop(repo, "core")
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    prefix = text[:2] if text[0] == ">" else "  "
    long = "".join(f"{prefix}line {n} {'x' * 90}\n" for n in range(900))
    plan = path.read_text().replace("It stands alone.\n", text.format(long=long))
    path.write_text(plan.replace("## Overview\n", "Overview\n--------\n"))

    found = cli("brief", PLAN_ID, "core", "--json", cwd=repo.path).json()

    assert found["cut"] == ["section"]
    assert found["section"].endswith(end) or end[0] == "x"
    assert found["goal"] == "What is built, and why it matters."


@pytest.mark.second
def test_what_a_stage_delivered_is_still_told_after_it_was_merged_and_removed(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, *STAGES)
    core = finish(repo, cli, "core")
    repo.git("merge", "--quiet", "--no-edit", branch("core"))
    assert cli("remove", PLAN_ID, "core", cwd=repo.path).exit_code == 0

    text = cli("brief", PLAN_ID, "api", cwd=repo.path).stdout

    assert f"- {core[:10]} work on core" in text
    assert "- create: `src/core.txt`" in text


def test_names_and_subjects_of_others_stay_what_they_are(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, *STAGES)
    there = repo.stage(PLAN_ID, "core")
    there.write("a`b\n# c.txt", "x\n")
    there.commit("\x1b[2J # subject")

    text = cli("brief", PLAN_ID, "api", cwd=repo.path).stdout

    assert "- create: ``a`b\\n# c.txt``\n" in text
    assert "\\x1b[2J # subject\n" in text


def test_text_of_the_plan_cannot_drive_a_terminal(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    path.write_text(path.read_text().replace("It stands alone.", "It\x1b[2J stands\u202e alone."))

    text = cli("brief", PLAN_ID, "core", cwd=repo.path).stdout

    assert r"It\x1b[2J stands\u202e alone." in text


def test_a_stage_that_waits_or_is_blocked_says_so(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, *STAGES)
    cli("mark", PLAN_ID, "ui", "blocked", cwd=repo.path)

    assert (
        "> Not to be started yet: it waits for api, ui."
        in cli("brief", PLAN_ID, "top", cwd=repo.path).stdout
    )
    assert (
        "> The plan declares this stage blocked."
        in cli("brief", PLAN_ID, "ui", cwd=repo.path).stdout
    )


def test_changes_of_a_dependencys_dependency_are_not_told_as_its_own(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, *STAGES)
    finish(repo, cli, "core")
    cli("start", PLAN_ID, "api", "--owner", "ada", cwd=repo.path)
    work(repo, "api", "src/api.txt")

    found = cli("brief", PLAN_ID, "top", "--json", cwd=repo.path).json()["delivered"]

    assert [d["id"] for d in found] == ["api", "ui"]
    assert [f["path"] for f in found[0]["files"]] == ["src/api.txt"]
    assert [c["subject"] for c in found[0]["commits"]] == ["work on api"]
    assert found[1]["commits"] == []


def test_a_brief_names_the_gates_and_files_that_validate_sees(repo: Repo, cli: Cli) -> None:
    text = plan_text(PLAN_ID, Stage("core"), status="approved")
    lines = "- [ ] `just test`\n- [ ] No test calls `git push --force`\n- Then run `make all`"
    text = text.replace("- [ ] Run `git diff --check`", lines)
    text = text.replace("- Create: `src/core.txt`", "- Test: `tests/a.py`")
    name = f"{PLANS}/{PLAN_ID}.md"
    repo.write(name, text)
    repo.commit("plan")
    (section,) = read_sections(document := read_document(decoded(text)))

    brief = cli("brief", PLAN_ID, "core", "--json", cwd=repo.path).json()
    shown = cli("brief", PLAN_ID, "core", cwd=repo.path).stdout

    assert brief["gates"] == ["just test", "make all"]
    assert brief["gates"] == [gate.command for gate in read_gates(document, section)]
    assert brief["files"] == [{"change": "create-or-modify", "path": "tests/a.py"}]
    assert "- create-or-modify: `tests/a.py`" in shown


def decoded(text: str) -> Source:
    source = decode(text.encode(), "plan.md")
    assert isinstance(source, Source)
    return source


def test_who_has_no_file_to_change_learns_how_to_finish_without_commits(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, *STAGES)
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    path.write_text(path.read_text().replace("- Create: `src/core.txt`\n", "None.\n"))

    text = cli("brief", PLAN_ID, "core", cwd=repo.path).stdout

    assert "has nothing to commit, adds `--empty`." in section(text, "How to finish")
    assert "--empty" not in cli("brief", PLAN_ID, "api", cwd=repo.path).stdout


def test_what_a_rendered_plan_does_not_show_is_not_in_a_brief(repo: Repo, cli: Cli) -> None:
    shop(repo, *STAGES)
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    hidden = "<!-- Each can be answered\nwith yes or no. -->\n\n"
    text = path.read_text().replace("- [ ] Security:", f"{hidden}- [ ] Security:")
    path.write_text(
        text.replace("Adds the Core part.", f"{hidden}Adds <!-- say --> the Core part.")
    )

    brief = cli("brief", PLAN_ID, "core", cwd=repo.path).stdout

    assert "answered" not in brief
    assert "- [ ] Security:" in section(brief, "Constraints")
    assert "Adds <!-- say --> the Core part." in section(brief, "Your stage")


def test_a_brief_has_the_plans_conventions(repo: Repo, cli: Cli) -> None:
    shop(repo, *STAGES)

    text = section(cli("brief", PLAN_ID, "core", cwd=repo.path).stdout, "Conventions")

    assert "### Existing Code to Follow\n\nREADME.md.\n" in text
    assert "### Testing Strategy\n" in text


def test_a_plan_without_conventions_has_none_in_its_briefs(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    text = path.read_text()
    before, _, rest = text.partition("## Technical Approach")
    path.write_text(
        before
        + "## Implementation Stages"
        + rest.partition("## Implementation Stages")[2].partition("## Testing")[0]
    )

    brief = cli("brief", PLAN_ID, "core", cwd=repo.path)

    assert brief.exit_code == 0, brief.output
    assert "## Conventions" not in brief.stdout
    assert cli("brief", PLAN_ID, "core", "--json", cwd=repo.path).json()["conventions"] == []


def test_a_dependency_promises_until_it_has_delivered(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, *STAGES)

    before = section(cli("brief", PLAN_ID, "api", cwd=repo.path).stdout, "What this builds on")
    finish(repo, cli, "core")
    after = section(cli("brief", PLAN_ID, "api", cwd=repo.path).stdout, "What this builds on")

    assert "It is ready. Its section promises:" in before
    assert "#### What\n\nAdds the Core part." in before
    assert "src/core.txt" not in before
    assert "promises" not in after
    assert "- create: `src/core.txt`" in after


def test_what_two_dependencies_promise_alike_is_told_of_each(repo: Repo, cli: Cli) -> None:
    shop(repo, Stage("a", name="Same"), Stage("b", name="Same"), Stage("c", ("a", "b")))
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    long = "\n".join(f"- `f{n}()`" for n in range(900))
    path.write_text(path.read_text().replace("Adds the Same part.", f"Adds it.\n\n{long}"))

    text = section(cli("brief", PLAN_ID, "c", cwd=repo.path).stdout, "What this builds on")

    assert text.count("`f0()`") == 2
    assert text.count("(cut here; the rest is in its section of the plan)") == 2
    assert len(text) < 8_000
    found = cli("brief", PLAN_ID, "c", "--json", cwd=repo.path).json()["delivered"]
    assert [one["promise_cut"] for one in found] == [True, True]


def test_a_note_reaches_all_who_build_on_the_stage(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api:core", "top:api", "ui")
    work(repo, "core", "src/core.txt")
    there = repo.stage(PLAN_ID, "core").path
    said = cli("complete", "--owner", "ada", "--note", "get() is\n slow: \u2028 keep it", cwd=there)
    assert said.exit_code == 0, said.output

    for stage in ("api", "top"):
        text = cli("brief", PLAN_ID, stage, cwd=repo.path).stdout
        notes = section(text, "Notes of those who built it")
        assert notes == "\n- core (ada): get() is slow: keep it\n"
    assert "Notes of those" not in cli("brief", PLAN_ID, "ui", cwd=repo.path).stdout
    found = cli("brief", PLAN_ID, "top", "--json", cwd=repo.path).json()
    assert found["notes"] == [{"id": "core", "owner": "ada", "text": "get() is slow: keep it"}]


@pytest.mark.second
def test_notes_that_others_wrote_are_bounded_and_harmless(repo: Repo, cli: Cli) -> None:
    names = [f"s{n}" for n in range(12)]
    set_up(repo, cli, *names, Stage("top", tuple(names)))
    for name in names:
        text = '{"note": "\\u001b[2J\\n' + "x" * 5000 + '"}'
        blob = repo.git("hash-object", "-w", str(repo.write(f"../{name}.json", text)))
        repo.git("update-ref", completed_ref(name), blob)

    text = cli("brief", PLAN_ID, "top", cwd=repo.path).stdout

    notes = section(text, "Notes of those who built it")
    assert "- s0: \\x1b[2J xxx" in notes
    assert f"- and 4 more: plan-worktree brief {PLAN_ID} top --json\n" in notes
    assert len(notes) < 9_000
    assert len(cli("brief", PLAN_ID, "top", "--json", cwd=repo.path).json()["notes"]) == 12


def edit(repo: Repo, old: str, new: str) -> None:
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_brief_names_what_of_the_plan_has_changed_since_the_claim(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, *STAGES)
    finish(repo, cli, "core")
    first = cli("start", PLAN_ID, "api", "--owner", "ada", cwd=repo.path)
    cli("mark", PLAN_ID, "ui", "blocked", cwd=repo.path)
    cli("todo", PLAN_ID, "api", "1", cwd=repo.path)
    assert "Changed in the plan" not in first.stdout
    assert "Changed in the plan" not in cli("brief", PLAN_ID, "api", cwd=repo.path).stdout

    edit(repo, "Adds the Api part.", "Adds another part.")
    edit(repo, "Adds the Core part.", "Adds another core.")
    edit(repo, "README.md.", "other.md.")
    text = cli("brief", PLAN_ID, "api", cwd=repo.path).stdout

    said = "its section, the conventions, the section of what it needs"
    assert f"> Changed in the plan since you claimed this stage: {said}.\n" in text
    found = cli("brief", PLAN_ID, "api", "--json", cwd=repo.path).json()
    assert found["changed"] == ["section", "conventions", "needs"]


def test_a_claim_from_before_says_nothing_of_changes(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    old = '{"owner": "ada", "host": "h", "time": "2026-01-02T00:00:00Z", "base": ""}'
    blob = repo.git("hash-object", "-w", str(repo.write("../old.json", old)))
    repo.git("update-ref", claim_ref("core"), blob)
    edit(repo, "Adds the Core part.", "Adds another core.")

    text = cli("brief", PLAN_ID, "core", cwd=repo.path).stdout

    assert "- Claimed by: ada on h" in text
    assert "Changed in the plan" not in text
    assert "## Goal of the plan" in text


def test_an_owners_second_brief_leaves_out_what_the_first_one_said(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, *STAGES)
    ada = ("--owner", "ada")
    first = cli("start", PLAN_ID, "core", *ada, cwd=repo.path).stdout
    work(repo, "core", "src/core.txt")
    cli("complete", PLAN_ID, "core", *ada, cwd=repo.path)

    second = cli("start", PLAN_ID, "api", *ada, cwd=repo.path).stdout
    other = cli("start", PLAN_ID, "ui", "--owner", "bob", cwd=repo.path).stdout

    for title in ("Goal of the plan", "Constraints", "Conventions"):
        assert f"## {title}\n" in first
        assert f"## {title}\n" not in second
        assert f"## {title}\n" in other
    command = f"plan-worktree brief {PLAN_ID} api --full"
    assert f"are those in your brief of core; to read them again: `{command}`\n" in second
    full = cli(*command.split()[1:], cwd=repo.path).stdout
    assert "## Conventions\n" in full
    assert "in your brief of" not in full
    again = cli("start", PLAN_ID, "api", *ada, "--full", cwd=repo.path).stdout
    assert again == full
    found = cli("brief", PLAN_ID, "api", "--json", cwd=repo.path).json()
    assert (found["said_for"], found["goal"]) == ("core", "What is built, and why it matters.")


def test_what_has_changed_since_is_told_again(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, *STAGES)
    ada = ("--owner", "ada")
    cli("start", PLAN_ID, "core", *ada, cwd=repo.path)
    work(repo, "core", "src/core.txt")
    cli("complete", PLAN_ID, "core", *ada, cwd=repo.path)
    edit(repo, "nothing leaves", "little leaves")

    assert "## Constraints\n" in cli("start", PLAN_ID, "api", *ada, cwd=repo.path).stdout


@pytest.mark.second
def test_of_two_claims_the_earlier_one_had_the_whole_brief(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "ui")
    ada = ("--owner", "ada")
    for stage in ("core", "ui"):
        cli("start", PLAN_ID, stage, *ada, cwd=repo.path)
    text = repo.git("cat-file", "blob", claim_ref("core"))
    time = text.partition('"time": "')[2].partition('"')[0]
    earlier = repo.write("../early.json", text.replace(time, "2026-01-01T00:00:00Z"))
    repo.git("update-ref", claim_ref("core"), repo.git("hash-object", "-w", str(earlier)))

    assert "in your brief of core" in cli("brief", PLAN_ID, "ui", cwd=repo.path).stdout
    assert "in your brief of" not in cli("brief", PLAN_ID, "core", cwd=repo.path).stdout


@pytest.mark.second
def test_a_complete_stage_does_not_run_beside_another(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, *STAGES)
    finish(repo, cli, "core")
    cli("sync", PLAN_ID, "ui", cwd=repo.path)
    work(repo, "ui", "src/ui/a.css")
    cli("complete", PLAN_ID, "ui", cwd=repo.stage(PLAN_ID, "ui").path)

    files = section(cli("brief", PLAN_ID, "api", cwd=repo.path).stdout, "Files")

    assert "which stages that run beside" not in files
    assert "that are complete and not landed; your branch lacks their work:\n\n- ui: " in files
    found = cli("brief", PLAN_ID, "api", "--json", cwd=repo.path).json()
    assert (found["parallel"], [one["id"] for one in found["finished"]]) == ([], ["ui"])


@pytest.mark.second
def test_what_very_many_dependencies_promise_is_bounded(repo: Repo, cli: Cli) -> None:
    names = [f"s{n}" for n in range(30)]
    shop(repo, *names, Stage("top", tuple(names)))
    long = "\n".join(f"- `f{n}()`" for n in range(900))
    edit(repo, "It stands alone.", long)

    brief = cli("brief", PLAN_ID, "top", cwd=repo.path).stdout

    assert len(section(brief, "What this builds on")) < 20_000
    assert brief.count("(cut here; the rest is in its section of the plan)") == 30


def test_a_file_that_two_stages_change_is_allowed_and_told_as_shared(repo: Repo, cli: Cli) -> None:
    both = (
        Stage("core", modify=("README.md",)),
        Stage("api", modify=("README.md",), create=("a",)),
    )
    set_up(repo, cli, *both)

    core = cli("brief", PLAN_ID, "core", cwd=repo.path).stdout

    allowed, _, rest = core.partition("Some of them are changed beside this stage as well")
    assert "- modify: `README.md`" in allowed
    shared, _, others = rest.partition("Not these, which stages that run beside this one own:")
    assert "- api: `README.md`" in shared
    assert "- api: `a`\n" in others


def test_the_brief_of_a_stage_that_was_just_started_is_of_one_in_progress(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core")

    started = cli("start", PLAN_ID, "core", "--json", "--owner", "ada", cwd=repo.path).json()

    assert started["brief"]["state"] == "in-progress"
    assert cli("brief", PLAN_ID, "core", "--json", cwd=repo.path).json()["state"] == "in-progress"


def test_the_gates_of_the_whole_are_in_every_brief(repo: Repo, cli: Cli) -> None:
    shop(repo, Stage("core", verify=("just test",)), verify=["just whole"], status="approved")
    shown = cli("brief", PLAN_ID, "core", cwd=repo.path).stdout
    whole = "Whoever lands it runs these as well, so run them first:\n\n- `just whole`\n"
    assert whole in section(shown, "Gates")
