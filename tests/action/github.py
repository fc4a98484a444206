"""A runner for the steps of action.yml: GitHub's composite actions, as far as ours uses them.

Expressions are `inputs.NAME`, `steps.ID.outputs.NAME` and one comparison; anything else fails.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from tests.result import Result
from tests.support import ROOT, run

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
_EXPRESSION = re.compile(r"\$\{\{ ([^}]*) \}\}")


@dataclass
class Job:
    """One use of the action in a workflow: its folders and files, and what its steps have said.

    `outputs` may be given: a step whose outputs are known is not run.
    """

    workspace: Path
    scratch: Path
    action: Path = ROOT
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    said: str = ""

    @property
    def summary(self) -> str:
        """What the job's page shows."""
        path = self.scratch / "summary.md"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def run(self) -> int:
        """Run the steps in order until one fails; return the exit code of the last one."""
        self.scratch.mkdir(exist_ok=True)
        for number, step in enumerate(STEPS):
            if step.get("id") in self.outputs or not self._is_wanted(step):
                continue
            result = self._step(number, step)
            self.said += result.output
            if result.exit_code:
                return result.exit_code
        return 0

    def _is_wanted(self, step: dict[str, Any]) -> bool:
        if "if" not in step:
            return True
        left, word, right = _EXPRESSION.fullmatch(step["if"])[1].split(" ")  # type: ignore[index]
        assert word == "!="
        return self._value(left) != right.strip("'")

    def _step(self, number: int, step: dict[str, Any]) -> Result:
        # As the runner calls it (GitHub Docs, "jobs.<job_id>.steps[*].shell").
        assert (step["shell"], "${{" in step["run"]) == ("bash", False)
        script, said = self.scratch / f"{number}.sh", self.scratch / f"output-{number}"
        script.write_text(step["run"], encoding="utf-8")
        said.touch()
        given = {name: self._filled(text) for name, text in step.get("env", {}).items()}
        env = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(self.action),
            "GITHUB_OUTPUT": str(said),
            "GITHUB_STEP_SUMMARY": str(self.scratch / "summary.md"),
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.scratch),
            **self.env,
            **given,
        }
        command = ("bash", "--noprofile", "--norc", "-eo", "pipefail", script)
        result = run(*command, cwd=self.workspace, env=env)
        lines = said.read_text(encoding="utf-8").splitlines()
        self.outputs[step.get("id", str(number))] = dict(line.split("=", 1) for line in lines)
        return result

    def _filled(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: self._value(found[1]), text)

    def _value(self, expression: str) -> str:
        match expression.split("."):
            case ["inputs", name]:
                return self.inputs.get(name, str(ACTION["inputs"][name]["default"]))
            case ["steps", step, "outputs", name]:
                return self.outputs[step].get(name, "")
        raise AssertionError(expression)
