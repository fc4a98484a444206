"""The example plan, and tests like those that it asks for."""

from __future__ import annotations

from tests.support import ROOT

PLAN_ID = "2026-01-15-notes-search"
EXAMPLE = (ROOT / "skills/plan-worktree/references/example-plan.md").read_text()


def unit_test(module: str, name: str, call: str, result: str) -> str:
    """Write a test module with one test; `name` is imported from `module`."""
    return (
        f"import unittest\n\nfrom {module} import {name}\n\n\n"
        f"class Works(unittest.TestCase):\n    def test_it(self):\n"
        f"        self.assertEqual({call}, {result})\n"
    )
