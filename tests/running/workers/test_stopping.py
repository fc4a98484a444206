"""Once asked, nothing new is begun; twice, or while nothing is lost, it ends at once."""

from __future__ import annotations

import pytest

from plan_worktree.running.workers.stopping import Stop


def test_the_first_request_is_noted_and_the_second_interrupts() -> None:
    stop = Stop()
    assert not stop.pause(0.0)
    stop.ask()
    assert stop.asked
    assert stop.nothing_new
    assert stop.pause(60.0)
    with pytest.raises(KeyboardInterrupt):
        stop.ask()


def test_one_request_interrupts_a_wait_also_when_it_came_before() -> None:
    stop = Stop()
    with pytest.raises(KeyboardInterrupt), stop.waiting():
        stop.ask()
    with pytest.raises(KeyboardInterrupt), stop.waiting():
        pass
    assert stop.times == 1


def test_drained_nothing_new_begins_and_nobody_is_asked_to_end() -> None:
    stop = Stop()
    stop.drained = True
    assert (stop.nothing_new, stop.asked) == (True, False)
    with stop.waiting():
        pass
