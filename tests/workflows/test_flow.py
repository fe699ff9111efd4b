"""Flows through the front door: learned from an expert's traces, verified, run for nothing, unsure where they should be."""

import pytest
from expenses import PAID, TOOLS, attempt, climber, inputs_of, pay, trace_of, traces_of

from latm_magic import pure
from latm_magic.errors import LatmError, MakingFailed, TaskError, ToolError, ToolNotFound
from latm_magic.traces import Step, Trace
from latm_magic.workflows.checking import replay
from latm_magic.workflows.graph import mine
from latm_magic.workflows.machine import Guard, Node, State, Tree
from latm_magic.workflows.running import decide


def level(points):
    """Return the level of some points."""
    return points // 10


def test_a_flow_does_what_the_expert_did(flow):
    """On inputs that it has not seen: the same calls and answers where it is sure, and it is mostly sure."""
    PAID.clear()
    sure = 0
    for seed in range(1000, 1060):
        answer, wanted = flow.solve(inputs_of(seed)), trace_of(seed)
        if answer.way == "flow":
            sure += 1
            assert answer.value == wanted.answer
            assert [(step.tool, step.arguments) for step in answer.steps] == [
                (step.tool, step.arguments) for step in wanted.steps
            ]
    assert sure >= 50


def test_its_guards_are_what_the_expert_knew(flow):
    """Value against value and truth values; no request number decides anything."""
    told = {str(guard) for guard in flow.guards}
    assert told & {"to_usd.usd > policy.limit", "policy.limit > to_usd.usd"}
    assert "receipt.found is true" in told
    assert not [guard for guard in told if "request" in guard]


def test_its_guards_are_those_of_the_answer_too(session):
    """Where the last call is the same and the answer is not; the source says each support once."""
    traces = [
        Trace(
            str(n), "grade", {"points": n}, (Step("level", {"points": n}, n // 10),), "high" if n > 49 else "low", "you"
        )
        for n in range(0, 100, 3)
    ]
    flow = session.make_flow("grade", traces=traces, tools=[pure(level)], unsure="refuse")
    assert [str(guard) for guard in flow.guards] in (["level > 4"], ["input.points > 50"])
    assert flow(points=77) == "high"
    assert not [line for line in flow.source.splitlines() if line.count("traces") > 1]


def test_making_verifying_and_looking_at_a_flow_pays_nothing(flow):
    """What acts is never replayed, nor called for an example or for what to trace next."""
    PAID.clear()
    assert flow.verify().passed
    pool = [inputs_of(seed) for seed in range(2000, 2030)]
    assert len(flow.next(pool, 3)) <= 3
    paid = [(trace.inputs, trace.answer) for trace in traces_of(20) if trace.answer == "paid"]
    again = flow.host.make("expense", "", traces_of(80), paid, "refuse", TOOLS)
    assert again.record.check.examples == again.record.check.examples_unsure == len(paid)
    assert PAID == []
    flow(**paid[0][0])
    assert len(PAID) == 1


def test_what_no_trace_decides_is_unsure(flow):
    """A value in the gap between two branches, a text that was never seen, and inputs that are none."""
    paid = flow.solve({"amount": 80.01, "currency": "USD", "category": "meal", "number": 1})
    assert (paid.way, paid.value, paid.unsure.after) == ("unknown", None, "policy")
    low, high = paid.unsure.between
    assert low < paid.unsure.value < high
    with pytest.raises(ToolError, match=r"^expense does not answer by itself: no trace says whether .* Record a trace"):
        flow(amount=80.01, currency="USD", category="meal", number=1)
    broken = flow.solve({"amount": 5.0, "currency": "XXX", "category": "meal", "number": 1})
    assert broken.unsure.reason == "to_usd failed, which it did in no trace"
    with pytest.raises(TaskError, match=r"^expense needs the input 'amount': its inputs are amount, currency"):
        flow(currency="USD", category="meal", number=1)
    with pytest.raises(TaskError, match=r"^expense has no input 'what': its inputs are"):
        flow(what=1)


def test_few_traces_make_a_flow_that_is_unsure_of_all(session):
    """One trace is a path, not a rule."""
    flow = session.make_flow("expense", traces=traces_of(1), tools=TOOLS, unsure="refuse")
    answer = flow.solve(inputs_of(0))
    assert (answer.way, answer.steps) == ("unknown", ())
    assert "too few traces" in answer.unsure.reason


def test_the_loop_goes_on_from_the_recorded_calls(open_session):
    """Where a flow is unsure and may ask: the new trace is kept, and the flow that is made anew knows it."""
    session = open_session(maker=["paid"])
    session.keep_traces(traces_of(60))
    flow = session.make_flow("expense", tools=TOOLS, description="Who pays?")
    answer = flow.solve({"amount": 80.01, "currency": "USD", "category": "meal", "number": 1})
    assert (answer.way, answer.value, [step.tool for step in answer.steps]) == ("ask", "paid", ["to_usd", "policy"])
    assert answer.unsure.after == "policy"
    told = str(session.scripts["maker"].requests[0])
    for words in ("Who pays?", "80.01", "to_usd", "manager"):
        assert words in told
    kept = session.traces("expense")
    assert (len(kept), kept[-1].answer, kept[-1].answer_by) == (61, "paid", "model")
    assert len(session.make_flow("expense", tools=TOOLS).record.rows) == 61


def test_a_flow_that_goes_on_asks_for_the_form_that_its_traces_had(open_session):
    """Else a loop's answer would be a sentence where all others are one of a few words."""
    session = open_session(maker=['"finance"', "Finance decides.", '"finance"'], tools=None)
    schema = {"enum": ["paid", "finance"], "type": "string"}
    asked = session.ask("Who pays {amount} {currency}?", TOOLS, schema, inputs=inputs_of(1), record="expense")
    traces = [*traces_of(60), *session.traces("expense")]
    flow = session.make_flow("expense", traces=traces, tools=TOOLS)
    answer = flow.solve({"amount": 100, "currency": "CHF", "category": "meal", "number": 1})
    assert (asked.value, answer.way, answer.value) == ("finance", "ask", "finance")
    assert session.traces("expense")[-1].schema == schema


def test_a_flow_that_may_ask_and_has_no_model_says_so(session):
    """The reason names both: why it is unsure, and why nobody went on."""
    flow = session.make_flow("expense", traces=traces_of(2), tools=TOOLS)
    answer = flow.solve(inputs_of(1))
    assert answer.way == "unknown"
    assert "too few traces" in answer.unsure.reason
    assert "the tool loop cannot go on: No " in answer.unsure.reason


def test_a_loop_is_bounded_by_what_was_seen(session):
    """Counts decide when it ends, and it never goes round more often than a trace did."""
    goals = [{"goal": number % 70 + 1} for number in range(7, 77)]
    traces = [trace_of(n, climber, inputs, "climb") for n, inputs in enumerate(goals)]
    flow = session.make_flow("climb", traces=traces, tools=[attempt], unsure="refuse")
    answer = flow.solve({"goal": 26})
    assert (answer.value, len(answer.steps)) == ("reached", 3)
    assert flow.solve({"goal": 65}).value == "given up"
    assert "attempt, at most 5 times" in flow.graph
    assert not [guard for guard in flow.guards if "request" in str(guard)]


def test_versions_are_kept_and_found_again(session, open_session):
    """Sealed, with traces, guards and checks; the same made again is not kept twice."""
    with open_session("other") as first:
        made = first.make_flow("expense", traces=traces_of(60), tools=TOOLS, unsure="refuse")
        assert first.make_flow("expense", traces=traces_of(60), tools=TOOLS, unsure="refuse").version == 1
        assert first.make_flow("expense", traces=traces_of(70), tools=TOOLS, unsure="refuse").version == 2
    with open_session("other") as again:
        found = again.flow("expense", 1, tools=TOOLS)
        assert (found.guards, found.source, found.record.check) == (made.guards, made.source, made.record.check)
        assert found.record.traces == made.record.traces
        assert found.solve(inputs_of(3)).value == made.record.traces[3].answer
        assert [each.version for each in again.flows()] == [2]
        again.drop_flow("expense")
        with pytest.raises(ToolNotFound, match=r"^No flow named 'expense'\."):
            again.flow("expense")


def test_a_flow_whose_tools_changed_is_suspect(open_session):
    """It does nothing by itself, until its recorded calls gave the same again, or it is made anew."""
    source = "def double(number: int) -> int:\n    return 2 * number\n"
    examples = [(f"{n}", 2 * n) for n in range(1, 4)]
    module = "def parse(question):\n    return {'number': int(question)}\n\n\n" + source
    session = open_session(tools={"double": (module, examples, "Double.")})
    double = session.tool("double")
    for number in range(12):
        with session.trace("twice", {"number": number}) as run:
            run.answer = double(number=number)
    flow = session.make_flow("twice", unsure="refuse")
    assert (flow(number=50), flow.suspect) == (100, "")
    session.add("double", module.replace("2 * number", "number + number"), examples, description="Double.")
    assert flow.solve({"number": 50}).way == "unknown"
    assert "double is not the version" in flow.suspect
    assert flow.verify().passed
    assert (flow.version, flow(number=50), flow.suspect) == (2, 100, "")
    session.add("double", module.replace("2 * number", "2 * number if number < 11 else 0"), examples, description="D.")
    assert "double gave 22, and gives 0 now" in flow.verify().disagreeing[0].summary
    session.drop("double")
    assert "double is not there any more" in flow.suspect
    with pytest.raises(TaskError, match=r"^Traces of twice call tools that are not there: double\. Make or load them"):
        session.make_flow("twice")


def test_traces_that_contradict_each_other_make_no_flow(session):
    """What disagrees is shown, by trace; a tenth may."""
    traces = traces_of(40)
    other = [
        Trace(f"x{n}", "expense", each.inputs, each.steps[:2], "who knows", "you") for n, each in enumerate(traces)
    ]
    with pytest.raises(MakingFailed, match=r"^No flow expense was kept: .*at most 10% of the traces may disagree"):
        session.make_flow("expense", traces=[*traces, *other[:20]], tools=TOOLS)
    assert session.flows() == ()
    flow = session.make_flow("expense", traces=[*traces_of(60), other[0]], tools=TOOLS)
    assert len(flow.record.check.disagreeing) <= 1


def test_wrong_examples_make_no_flow(session):
    """They are run for real, without what acts."""
    wrong = ({"amount": 5000.0, "currency": "USD", "category": "meal", "number": 1}, "paid")
    with pytest.raises(MakingFailed, match=r"example 1: .* gives 'manager', and the example says 'paid'"):
        session.make_flow("expense", traces=traces_of(80), examples=[wrong], tools=TOOLS)


@pytest.mark.parametrize(
    ("traces", "told"),
    [
        ([], r"^There are no traces of 'expense' to learn from: with latm\.trace\('expense', inputs\)"),
        ([Trace("1", "expense", {}, (Step("FINISH"),))], r"a tool named 'FINISH', a word that flows use themselves"),
        ([Trace("1", "expense", {}, (Step("gone"),))], r"call tools that are not there: gone\."),
        ([Trace("1", "expense", {}, (Step("pay", {}, object()),))], r"object"),
        ([Trace("1", "expense", {"a": object()}, (Step("pay"),))], r"object"),
        ([Trace("1", "expense", {"a": 1}, (Step("pay"),), 1, "flow")], r"no traces"),
    ],
)
def test_what_cannot_be_learned_from_is_said_in_one_line(session, traces, told):
    """No traces, names that are taken, tools that are gone, values that are not plain data, a flow's own runs."""
    with pytest.raises(LatmError, match=told) as caught:
        session.make_flow("expense", traces=traces, tools=[pay])
    assert len(str(caught.value).splitlines()) == 1


def test_a_failure_that_traces_went_on_from_is_a_branch(session):
    """A tool that raises in the middle is something that was seen."""

    def flaky(number):
        if number > 50:
            raise ValueError("too high")
        return {"value": number}

    def plan(number):
        ok = number <= 50
        first = Step(
            "flaky", {"number": number}, {"value": number} if ok else None, "" if ok else "ValueError: too high"
        )
        steps = (first,) if ok else (first, Step("fallback", {"number": number}, number))
        return Trace(str(number), "try", {"number": number}, steps, "first" if ok else "second", "you")

    def fallback(number):
        return number

    flow = session.make_flow(
        "try_it", traces=[plan(n) for n in range(20, 80)], tools=[flaky, fallback], unsure="refuse"
    )
    assert (flow(number=10), flow(number=90)) == ("first", "second")


def test_a_very_long_trace_takes_time_by_its_steps():
    """A hundred thousand steps, around and around, and one that ends."""
    steps = tuple(
        Step(("a", "b")[number % 2], {"n": number}, {"n": number, "id": number * 7919 % 10007})
        for number in range(100_000)
    )
    trace = Trace("1", "long", {"x": 1}, steps, "end", "you")
    machine = mine([trace])
    assert (machine.longest, machine.calls) == (100_000, {"a": 50_000, "b": 50_000})
    assert not replay(machine, trace).disagreement


def test_reasons_show_numbers_as_people_write_them():
    """34.2 and not 34.19999999999999; the guard and what is kept of it stay exact."""
    guard = Guard("policy", ("to_usd.usd",), ">", ("policy.limit",), None, (0.1 - 30.2, 34.2 - 0.1), 3, always=True)
    tree = Tree((Node("pay", 9, 1.0, guard, 1, 2), Node("pay", 9, 1.0), Node("stop", 9, 1.0)))
    _, _, unsure = decide(State("policy", tree), {"to_usd.usd": 12.3 + 21.9 - 34.1, "policy.limit": 0.0})
    assert unsure.reason.endswith("for 0.1: none between -30.1 and 34.1 was seen")
    assert (unsure.value, unsure.between) == (12.3 + 21.9 - 34.1, guard.between)
