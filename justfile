# Development of plan-worktree itself. Projects that use it import scripts/plans.just instead.

import 'scripts/plans.just'

# `uv run` keeps .venv in step with pyproject.toml; without uv, the tools of .venv or of the active venv serve.
export PATH := justfile_directory() / '.venv' / 'bin' + ':' + env('PATH')
_run := `command -v uv >/dev/null && echo 'uv run --quiet' || true`

_default:
    @just --list

# Everything CI checks: lint, format, types, tests with coverage
check: lint (test '-m' 'not soak' '--cov')

# Run the everyday tests; arguments go to pytest
[positional-arguments]
test *ARGS:
    {{ _run }} python -m pytest "$@"

# The tests that take long or need a registry, and more examples of every property
[positional-arguments]
thorough *ARGS:
    HYPOTHESIS_PROFILE=thorough {{ _run }} python -m pytest -m '(thorough or second or registry or hypothesis) and not soak' "$@"

# Lint, format, type and schema checks; nothing is changed
lint:
    {{ _run }} ruff check
    {{ _run }} ruff format --check
    {{ _run }} mypy
    {{ _run }} check-jsonschema --check-metaschema schemas/*.json
    {{ _run }} check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
    {{ _run }} check-jsonschema --builtin-schema vendor.github-actions action.yml
    {{ _run }} pre-commit validate-manifest .pre-commit-hooks.yaml

# Format, and apply the fixes that ruff calls safe
fmt:
    {{ _run }} ruff check --fix --exit-zero
    {{ _run }} ruff format

# Measure speed, as ratios to something known
bench:
    for script in tests/bench/bench_*.py; do {{ _run }} python "$script" || exit; done

# The long randomised tests, in both of git's object formats; arguments go to pytest
[positional-arguments]
soak *ARGS:
    HYPOTHESIS_PROFILE=soak {{ _run }} python -m pytest -m soak --timeout 1800 "$@"
    GIT_DEFAULT_HASH=sha256 HYPOTHESIS_PROFILE=soak {{ _run }} python -m pytest -m soak --timeout 1800 "$@"

# Run the skill's evals with Claude Code, at its model's price; flags go to `claude plugin eval`
[positional-arguments]
evals *FLAGS:
    {{ _run }} python -m tests.evals.plugin_cases
    claude plugin eval . "$@" --scaffold --no-publish --allow-tools Bash Write Edit Agent

# Tests with the oldest versions that pyproject.toml allows; arguments go to pytest
[positional-arguments]
lowest *ARGS:
    uv run --quiet --isolated --resolution lowest-direct python -m pytest "$@"
