"""Agents for tests: a small script that really commits, and does what the stage's id asks for.

The id's beginning up to a digit or dash says how: `good`, `crash` (dies once, with a git), `fails`
(its gate fails twice), `hang`, `limit` (is told twice to try later), `nothing`, `flood`, `kids`
(leaves processes), `gives-up` (says that it cannot), `proves` (completes by itself), `costs` (0.60
dollars), `outside` (writes into home), `sibling` (commits on another stage's branch), `slow`.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from tests.support import Repo, Stage
from tests.world import PLAN_ID, declared, executable, shop

SCRIPT = """\
#!/bin/sh
stage=$PLAN_WORKTREE_STAGE counts={counts}
echo x >> "$counts/$stage"
n=$(wc -l < "$counts/$stage")
cat > "$counts/$stage.brief"
cmp -s "$counts/$stage.brief" "$PLAN_WORKTREE_BRIEF" || {{ echo 'two briefs differ'; exit 9; }}
work() {{
    mkdir -p src
    echo "${{1-$stage}}" > "src/$stage.txt"
    git add -A && git commit -q --allow-empty -m "Work on $stage, try $n"
}}
echo "try $n on $stage"
case $stage in
crash*) [ "$n" -ge 2 ] || {{
    echo 'oh no'; touch -d '1 minute ago' "$(git rev-parse --git-path index.lock)"; kill -9 $$
}}; work;;
fails*) if [ "$n" -ge 3 ]; then work; else work ''; fi;;
hang*) sleep 1000;;
limit*) [ "$n" -ge 3 ] || {{ echo 'you may try again in 0.1 s'; exit 75; }}; work;;
nothing*) echo 'I looked around';;
flood*) head -c 30000000 /dev/zero | tr '\\0' 'a'; work;;
kids*) sleep 1000 & setsid sleep 1000 & work;;
outside*) work; echo oops > "$PLAN_WORKTREE_HOME/oops.txt";;
sibling*) work; cd ../good && git commit -q --allow-empty -m 'not mine';;
gives-up*) "{python}" -m plan_worktree mark {plan} "$stage" blocked
    echo 'the key is missing'; exit 1;;
costs*) work; echo '{{"total_cost_usd": 0.6, "num_turns": 2}}';;
proves*) work; echo more >> README.md; git commit -qam more
    "{python}" -m plan_worktree complete --accept-scope yes; exit 1;;
slow*)
    echo $PPID > "$counts/$stage.worker"; touch "$counts/$stage.began"
    while [ ! -e "$counts/go" ]; do sleep 0.05; done; work;;
*) work;;
esac
"""


def scripted(repo: Repo) -> Path:
    """Make the script, outside of the repository; beside it is the folder where it counts."""
    folder = repo.path.parent / "agents"
    counts = folder / "counts"
    counts.mkdir(parents=True)
    script = SCRIPT.format(counts=shlex.quote(str(counts)), plan=PLAN_ID, python=sys.executable)
    return executable(folder / "agent", script)


def counts(repo: Repo) -> Path:
    """Return the folder where the script counts how often it was started for a stage."""
    return repo.path.parent / "agents/counts"


def tries(repo: Repo, stage: str) -> int:
    path = counts(repo) / stage
    return len(path.read_text().splitlines()) if path.exists() else 0


def gated(*stages: str) -> tuple[Stage, ...]:
    """Return stages, each with a gate that wants its file to say something."""
    parsed = [Stage.of(text) for text in stages]
    return tuple(
        Stage(one.id, one.depends_on, verify=(f"grep -q . src/{one.id}.txt",)) for one in parsed
    )


def approved(repo: Repo, *stages: str) -> Repo:
    """Commit an approved plan of such stages."""
    return shop(repo, *gated(*stages), status="approved")


def statuses(repo: Repo) -> dict[str, str]:
    """Return what the plan declares of its stages."""
    return {stage: status for stage, status in declared(repo).items() if stage}
