"""One deadline over work of any kind, its news on the calling thread, and its errors passed on."""

import threading
from contextvars import ContextVar

import pytest

from latm_magic.models.deadline import Deadline, DeadlinePassed, run_until


def test_result_when_the_work_is_done_in_time():
    """What the work returns is returned, whatever it is."""
    assert run_until(Deadline(30), lambda _tell: None) is None
    assert run_until(Deadline(30), lambda _tell: 42) == 42


def test_error_when_the_work_raises():
    """What the work raises is raised, on the calling thread."""
    with pytest.raises(ZeroDivisionError):
        run_until(Deadline(30), lambda _tell: 1 // 0)


def test_deadline_when_the_work_takes_longer():
    """The caller is free at the deadline while the work is still under way, and the work can see it."""
    seen, release = [], threading.Event()
    deadline = Deadline(0.05)

    def work(_tell):
        release.wait(30)
        seen.append(deadline.is_over)
        release.clear()

    with pytest.raises(DeadlinePassed):
        run_until(deadline, work)
    assert not seen
    release.set()
    while not seen:
        threading.Event().wait(0.005)
    assert seen == [True]


def test_tell_when_the_work_has_news():
    """An action that the work tells is run on the calling thread, before the result is given."""
    told = []

    def work(tell):
        tell(lambda: told.append(threading.current_thread()))
        return "done"

    assert run_until(Deadline(30), work) == "done"
    assert told == [threading.current_thread()]


def test_deadline_when_an_action_raises():
    """An error of an action ends the waiting, and the work is told that nobody waits."""
    deadline = Deadline(30)

    def fail():
        raise ValueError("from the action")

    with pytest.raises(ValueError, match="from the action"):
        run_until(deadline, lambda tell: tell(fail))
    assert deadline.is_over
    assert deadline.left_s == 0


def test_context_when_the_work_runs():
    """The work sees the caller's context variables."""
    variable = ContextVar("variable", default=0)
    variable.set(7)
    assert run_until(Deadline(30), lambda _tell: variable.get()) == 7
