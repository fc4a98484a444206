"""Pages that list what exists list all of it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable

import click

from plan_worktree.cli import VERBS, group
from tests.docs.markdown import blocks, links
from tests.docs.session import README
from tests.plan.example import PLAN_ID
from tests.result import Result
from tests.support import PLANS, ROOT, Repo

SCHEMAS = ROOT / "schemas"

# Those of the plan that the format began with.
SECTIONS = """\
## Overview
## Requirements
### Functional Requirements
### Non-Functional Requirements
## Technical Approach
### Architecture
### Technologies
### Design Patterns
### Existing Code to Follow
## Implementation Stages
#### What
#### Why
#### How
#### Validation
#### TODO for Stage 1
## Testing Strategy
### Unit Tests
### Integration Tests
### Manual Testing
## Deployment Plan
### Pre-deployment
### Staging Deployment
### Production Deployment
### Rollback Plan
## Risks & Mitigations
## Dependencies
### Upstream Dependencies
### Downstream Impact
## Open Questions
## Success Criteria
## Overall TODO List
### Pre-Implementation
### Implementation (per stage)
### Integration & Testing
### Documentation & Deployment
## References
""".splitlines()


def test_the_page_of_schemas_lists_every_schema() -> None:
    assert {link for link in links(SCHEMAS / "README.md") if link.endswith(".schema.json")} == {
        path.name for path in SCHEMAS.glob("*.schema.json")
    }


def test_the_page_of_schemas_lists_every_command_that_has_json() -> None:
    listed = re.findall(r"^\| `(\w+)[^`]*--(?:json|format json)`", page(), re.MULTILINE)
    assert set(listed) == {name for name, command in commands().items() if has_json(command)}


def test_the_page_of_schemas_names_the_commands_without_json() -> None:
    (sentence,) = re.findall(r"(`demo`.*) have no\s+JSON", page())
    without = {name for name, command in commands().items() if not has_json(command)}
    assert set(re.findall(r"`(\w+)`", sentence)) == without


def page() -> str:
    return (SCHEMAS / "README.md").read_text()


def commands() -> dict[str, click.Command]:
    found = {name: group.get_command(click.Context(group), name) for name in VERBS}
    return {name: command for name, command in found.items() if command}


def has_json(command: click.Command) -> bool:
    options = {param.name: param for param in command.params}
    form = options.get("form")
    return "json" in options or (form is not None and "json" in getattr(form.type, "choices", ()))


def test_readme_lists_every_command() -> None:
    table = README.read_text().partition("## Commands")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \| ", table, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`([a-z]+)", row)} == set(VERBS)


def test_readme_draws_the_graph_that_show_draws(cli: Callable[..., Result]) -> None:
    (drawn,) = blocks(README, "mermaid")
    example = ROOT / "skills/plan-worktree/references/example-plan.md"
    assert cli("show", example, "--format", "mermaid").stdout == drawn.text


def test_the_example_plan_is_without_a_finding(cli: Callable[..., Result], repo: Repo) -> None:
    """In the project that it is about, which the demonstration uses."""
    skill = ROOT / "skills/plan-worktree"
    shutil.copytree(skill / "assets/demo-project", repo.path, dirs_exist_ok=True)
    plan = repo.write(f"{PLANS}/{PLAN_ID}.md", (skill / "references/example-plan.md").read_bytes())
    repo.commit("a plan")
    told = cli("validate", "--strict", plan, cwd=repo.path)
    assert told.exit_code == 0, told.output
    assert told.output == "1 plan checked, nothing found\n"


def test_the_template_and_the_example_have_every_section_of_the_format() -> None:
    skill = ROOT / "skills/plan-worktree"
    for name in ("assets/plan-template.md", "references/example-plan.md"):
        text = (skill / name).read_text()
        assert [title for title in SECTIONS if f"\n{title}\n" not in text] == []


def test_the_skill_names_every_page_beside_it() -> None:
    skill = ROOT / "skills/plan-worktree"
    pages = {f"references/{path.name}" for path in (skill / "references").glob("*.md")}
    assert pages <= set(links(skill / "SKILL.md"))


def test_the_skill_is_short_and_one_level_deep() -> None:
    skill = ROOT / "skills/plan-worktree"
    assert len((skill / "SKILL.md").read_text().splitlines()) < 200
    for path in (skill / "references").glob("*.md"):
        assert not [link for link in links(path) if "references/" in link]
