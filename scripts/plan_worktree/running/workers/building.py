"""One stage that a worker has taken: agents work on it until it is proved, or nothing helps."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from plan_worktree.gates.gates import Listener, Ran, Site
from plan_worktree.git.files import worktree_git_directory
from plan_worktree.plan.model import StageStatus
from plan_worktree.planfiles.open_plan import refreshed
from plan_worktree.project.lock import remove_locks_of_killed
from plan_worktree.project.refusal import Code, Refused
from plan_worktree.running.workers.agents import read_report, says_limit
from plan_worktree.running.workers.assignment import Fate, Purse, Setting
from plan_worktree.running.workers.attempt import (
    Attempt,
    Attempted,
    End,
    end_leftovers,
    run_attempt,
)
from plan_worktree.running.workers.events import Kind, event
from plan_worktree.running.workers.far_seen import FarSeen
from plan_worktree.running.workers.feedback import PREFACE, feedback, last_words
from plan_worktree.running.workers.limits import wait_for_limit
from plan_worktree.stages.completable import CompleteOptions
from plan_worktree.stages.complete import run_complete
from plan_worktree.stages.mark import MarkOptions, run_mark
from plan_worktree.stages.starting.start import Started
from plan_worktree.state.overview import read_overview
from plan_worktree.state.repository.facts import facts_for_reading
from plan_worktree.worktrees.seen import renew

# What a shell says of a command that it cannot start (POSIX, "Exit Status for Commands").
_NOT_STARTED = (126, 127)


class Building:
    """One stage that a worker has taken, until it is complete, blocked, kept or lost."""

    def __init__(self, at: Setting, started: Started, purse: Purse) -> None:
        brief = started.brief
        if brief.worktree is None:  # it was just set up
            raise Refused([f"stage {brief.stage.id} has no worktree"])
        self._at, self._purse, self._brief = at, purse, brief
        self._stage, self._worktree = brief.stage.id, brief.worktree
        home = at.opened.require_home()
        self._site = Site(home, at.opened.plan.plan_id, self._stage, brief.worktree, brief.slot)
        self._directory = worktree_git_directory(brief.worktree, home.git_directory)
        self._far_seen = FarSeen(at.opened, self._note)
        self._began = time.monotonic()
        self._attempt = 0
        self._reasons: tuple[str, ...] = ()
        self._said: tuple[str, ...] = ()
        self._tell(Kind.STARTED, f"stage {self._stage} is {started.taking.value}")

    def build(self) -> Fate:
        """Start the agent until the stage is complete, or nothing helps."""
        if ended := end_leftovers(self._site):
            self._tell(Kind.NOTE, f"ended {ended} processes that a killed worker had left")
        while self._attempt < self._at.options.attempts:
            if not self._may_try():
                return self._kept("nothing new may begin")
            self._attempt += 1
            attempted = self._agent()
            if attempted.end is End.STOPPED:
                return self._kept(f"{attempted.words(self._at.options.terms)}; its work stays")
            if attempted.code in _NOT_STARTED and attempted.end is End.ITSELF:
                command = self._at.options.agent.command
                why = f"the agent cannot be started (exit code {attempted.code}): {command}"
                self._tell(Kind.FAILED, why, log=str(attempted.log))
                raise Refused([f"stage {self._stage}: {why}; all that it printed: {attempted.log}"])
            if fate := self._judge(attempted):
                return fate
        return self._block()

    def _may_try(self) -> bool:
        """Tell whether another attempt may begin."""
        return not (self._at.stop.nothing_new or self._purse.is_spent)

    def _agent(self) -> Attempted:
        """Run the agent, and again as long as it says that a limit is reached."""
        options, told = self._at.options, self._brief_text()
        wanted = Attempt(options.agent, self._site, options.owner, told, options.terms)
        times = 0
        while True:
            self._unlock()
            attempted = run_attempt(wanted, self._at.stop, self._begun, self._seen)
            self._unlock()
            report = read_report(attempted.lines)
            self._purse.spend(report.cost)
            is_limit = attempted.end is End.ITSELF and says_limit(
                options.agent, attempted.code, attempted.lines
            )
            if not is_limit:
                good = attempted.code == 0 and attempted.end is End.ITSELF
                words = "the agent is through" if good else attempted.words(options.terms)
                more = {"seconds": attempted.seconds, "cost": report.cost, "turns": report.turns}
                kind = Kind.PROVING if good else Kind.FAILED
                self._tell(kind, words, log=str(attempted.log), **more)
                return attempted
            times += 1
            seconds = wait_for_limit(attempted.lines, datetime.now(UTC), times)
            said = next((line for line in reversed(attempted.lines) if line.strip()), "")
            words = f"a limit is reached, next try in {seconds:.0f} s: {said[:200]}"
            self._tell(Kind.LIMIT, words, seconds=seconds, cost=report.cost, turns=report.turns)
            if self._rest(seconds):
                return attempted._replace(end=End.STOPPED)

    def _unlock(self) -> None:
        """Remove the locks of a git that was killed with the agent that had started it."""
        if self._directory:
            branch = self._brief.stage.branch
            remove_locks_of_killed(self._site.home, self._worktree, self._directory, branch)

    def _rest(self, seconds: float) -> bool:
        """Wait, and keep the claim seen; tell whether it was asked to end meanwhile."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self._at.stop.pause(min(left, 20.0)) or self._at.stop.nothing_new:
                return True
            self._seen()
        return not self._may_try()

    def _judge(self, attempted: Attempted) -> Fate | None:
        """Return what has become of the stage; None where another attempt may help."""
        if commit := self._completed():
            return self._complete(commit, "complete, as its agent had it proved")
        if attempted.code != 0 or attempted.end is not End.ITSELF:
            self._reasons = (attempted.words(self._at.options.terms),)
            self._said = attempted.lines
            return self._blocked_by_agent()
        ran: list[Ran] = []
        options = CompleteOptions(
            str(self._at.opened.path),
            self._stage,
            self._at.options.owner,
            named=True,
            timeout=self._at.options.terms.timeout,
        )
        root = self._at.opened.require_home().root
        try:
            done = run_complete(options, root, Listener(ended=ran.append), self._note)
        except Refused as refused:
            return self._refused(refused, ran)
        return self._complete(
            done.commit, "complete and verified" if done.stage.verify else "complete"
        )

    def _complete(self, commit: str, how: str) -> Fate:
        seconds = time.monotonic() - self._began
        said = f"stage {self._stage} is {how}"
        self._tell(Kind.COMPLETE, said, commit=commit, seconds=seconds)
        return Fate.COMPLETE

    def _refused(self, refused: Refused, ran: list[Ran]) -> Fate | None:
        if any(reason.code is Code.BLOCKED for reason in refused.reasons):
            return self._blocked_by_agent()
        if any(reason.code is Code.CLAIMED for reason in refused.reasons):
            self._tell(Kind.LOST, "; ".join(refused.reasons))
            return Fate.LOST
        about = f"stage {self._stage}: "
        self._reasons = tuple(reason.removeprefix(about) for reason in refused.reasons)
        failed = ran[-1] if ran else None
        self._said = last_words(failed)
        log = str(failed.log) if failed and failed.log else None
        self._tell(Kind.FAILED, "; ".join(self._reasons), log=log)
        return None

    def _completed(self) -> str | None:
        """Return the commit of a stage that the agent has completed, and proved, by itself."""
        now = refreshed(self._brief.opened)
        stage = now.plan.stage(self._stage)
        if stage is None or stage.status != StageStatus.COMPLETE:
            return None
        entry = read_overview(now, facts_for_reading(now)).report.of(stage)
        is_settled = entry.work.claim is None and entry.is_verified and entry.work.branch
        return entry.work.branch.head if is_settled and entry.work.branch else None

    def _blocked_by_agent(self) -> Fate | None:
        """End the claim of a stage that the agent has declared blocked; None where it has not."""
        if self._status() != StageStatus.BLOCKED:
            return None
        said = next((line.strip() for line in reversed(self._said) if line.strip()), "")
        return self._block(f"its agent declared it blocked{f': {said}' if said else ''}")

    def _status(self) -> str:
        stage = refreshed(self._brief.opened).plan.stage(self._stage)
        return stage.status if stage else ""

    def _block(self, why: str | None = None) -> Fate:
        """Declare the stage blocked, with a note that says why."""
        tried = "1 attempt" if self._attempt == 1 else f"{self._attempt} attempts"
        note = why or f"after {tried}: {'; '.join(self._reasons)}"
        owner, plan = self._at.options.owner, str(self._at.opened.path)
        words = MarkOptions((plan, self._stage), "blocked", note=note, by=owner)
        run_mark(words, self._at.opened.require_home().root, self._note)
        seconds = time.monotonic() - self._began
        self._tell(Kind.BLOCKED, note, seconds=seconds)
        return Fate.BLOCKED

    def _kept(self, why: str) -> Fate:
        self._tell(Kind.KEPT, why, seconds=time.monotonic() - self._began)
        return Fate.KEPT

    def _brief_text(self) -> str:
        text = PREFACE + self._at.render(self._brief)
        if self._reasons:
            text += feedback(self._reasons, self._said, self._brief.base, self._worktree)
        return text

    def _begun(self, log: object) -> None:
        self._tell(Kind.ATTEMPT, f"attempt {self._attempt} began", log=str(log))

    def _seen(self) -> None:
        if self._directory:
            renew(self._directory)
        self._far_seen.renew()

    def _note(self, text: str) -> None:
        if not text.startswith("waiting for "):  # a lock, which is held for moments
            self._tell(Kind.NOTE, text)

    def _tell(self, kind: Kind, text: str, **more: object) -> None:
        attempt = self._attempt or None
        whose = {"worker": self._at.options.owner.name, "stage": self._stage, "attempt": attempt}
        self._at.tell(event(kind, text, **whose, **more))
