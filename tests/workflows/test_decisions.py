"""What a trace teaches: states, slots and the tool called next."""

import pickle

from latm_magic.traces import Step, Trace
from latm_magic.workflows.decisions import FINISH, START, Decision, decisions_of


def trace(*steps, inputs=None, **more):
    return Trace("1", "flow", inputs or {}, steps, **more)


def test_a_trace_gives_each_state_with_what_was_seen():
    """Inputs, outputs by key, plain outputs and counts; the recorder's own fields are no slots."""
    found = decisions_of(
        trace(
            Step("usd", {"a": 5}, {"usd": 4.5, "by": {"bank": "x"}}, ms=3.0, fingerprint="f"),
            Step("limit", {}, 80),
            inputs={"amount": 5},
        )
    )
    first = {"input.amount": 5}
    second = {**first, "usd.usd": 4.5, "usd.by.bank": "x", "count.usd": 1}
    third = {**second, "limit": 80, "count.limit": 1}
    assert found == [Decision(START, first, "usd"), Decision("usd", second, "limit"), Decision("limit", third, FINISH)]


def test_a_later_call_takes_the_place_of_an_earlier_one():
    """With all its slots, and without changing what was seen before; a failed call has the slot that says so."""
    run = trace(Step("edit", {}, {"a": 1, "b": 2}), Step("edit", {}, {"a": 3}), Step("edit", error="it broke"))
    found = [dict(each.seen) for each in decisions_of(trace(*run.steps, answer=1, answer_by="you"))]
    assert found == [
        {},
        {"edit.a": 1, "edit.b": 2, "count.edit": 1},
        {"edit.a": 3, "count.edit": 2},
        {"edit.failed": True, "count.edit": 3},
    ]


def test_a_run_that_was_broken_off_does_not_teach_to_finish():
    """Its last call failed and there is no answer."""
    assert [each.action for each in decisions_of(trace(Step("edit", error="it broke")))] == ["edit"]


def test_a_very_long_trace_shares_what_was_seen():
    """Twenty thousand steps; a moment that is looked at is right, and it pickles as a plain dict."""
    found = decisions_of(trace(*(Step(f"t{number % 50}", {}, {"n": number}) for number in range(20_000))))
    assert len(found) == 20_001
    assert found[12_000].seen["t49.n"] == 11_999
    assert found[12_000].seen["count.t49"] == 240
    assert pickle.loads(pickle.dumps(found[50].seen)) == dict(found[50].seen)
    assert len(found[50].seen) == 100
