"""Branches learned from answers alone: every path is tried with pure tools, and the likeliest right ones teach guards."""

import pytest

from latm_magic.errors import LatmError
from latm_magic.traces import Step, Trace
from latm_magic.workflows.answers_only.learning import learn_paths
from latm_magic.workflows.answers_only.paths import MOST_FORKS, explore
from latm_magic.workflows.controller import Guards
from latm_magic.workflows.graph import mine
from latm_magic.workflows.running import run

AMOUNTS = range(5, 100, 4)


def call(tool, arguments):
    """Take ten off for a discount; add five for a fee, and nothing where the amount is 40."""
    amount = arguments["amount"]
    if tool == "level":
        return Step(tool, dict(arguments), {"level": amount // 10})
    output = {"discount": amount - 10, "fee": amount + 5 * (amount != 40), "keep": amount}[tool]
    return Step(tool, dict(arguments), {"cost": output})


def path(amount):
    """Return what the expert calls."""
    return ["level", "discount" if amount > 60 else "fee" if amount > 30 else "keep"]


def trace(amount, tools=None):
    steps = tuple(call(tool, {"amount": amount}) for tool in tools or path(amount))
    return Trace(f"t{amount}", "price", {"amount": amount}, steps, steps[-1].output["cost"], "you")


def examples(amounts, machine=None, tools=call):
    machine = machine or mine([trace(amount) for amount in (10, 20, 40, 50, 80, 90)])
    return [explore(machine, {"amount": amount}, trace(amount).answer, tools) for amount in amounts]


def called(some):
    return [[step.tool for step in each.steps] for each in some]


def follows(traces):
    """Tell whether guards that were learned from traces do what the expert does, on amounts that no example had."""
    machine = mine(traces)
    amounts = [amount for amount in range(6, 100) if amount not in AMOUNTS and amount % 30 > 4 and amount < 90]
    ran = [run(machine, {"amount": amount}, call, heed=False) for amount in amounts]
    return called(ran) == [path(amount) for amount in amounts]


def test_every_path_is_tried_and_each_call_made_once():
    """Three paths share the call of the level; at 40 two give the answer."""
    made = []

    def counting(tool, arguments):
        made.append(tool)
        return call(tool, arguments)

    (example,) = examples([40], tools=counting)
    assert sorted(made) == ["discount", "fee", "keep", "level"]
    assert sorted(called(example.paths)) == [["level", "discount"], ["level", "fee"], ["level", "keep"]]
    assert sorted(called(example.right)) == [["level", "fee"], ["level", "keep"]]
    assert example.to_trace(example.right[0]).answer == 40


def test_an_example_without_a_right_path_is_named():
    """It is given back for the tool loop; the others teach."""
    lacks_fee = mine([trace(amount) for amount in (10, 20, 80, 90)])
    learned = learn_paths(examples([15, 50, 85], lacks_fee), way="em")
    assert [dict(each.inputs) for each in learned.lacking] == [{"amount": 50}]
    assert called(learned.traces) == [path(15), path(85)]
    assert learn_paths(examples([50], lacks_fee)).traces == ()


def test_tools_that_act_are_never_tried():
    """Nothing is called, and one line says what to do instead."""

    def forbidden(tool, arguments):
        pytest.fail(f"{tool} was called")

    machine = mine([trace(10), trace(80)])
    with pytest.raises(LatmError, match="^discount acts, so paths with it cannot be tried: give traces"):
        explore(machine, {"amount": 15}, 15, forbidden, acting={"discount", "elsewhere"})


def test_a_call_that_fails_leads_nowhere():
    """A path on which no trace went on after a failure is no path."""

    def failing(tool, arguments):
        return Step(tool, dict(arguments), error="no such amount") if tool == "fee" else call(tool, arguments)

    (example,) = examples([40], tools=failing)
    assert sorted(called(example.paths)) == [["level", "discount"], ["level", "keep"]]


def test_too_many_paths_are_refused_in_one_line():
    """A loop of two tools, thirty calls long, has a billion paths; one of a single tool, much longer, has few."""
    long = [
        trace(10, ["keep", "level"] * 15 + ["keep"]),
        trace(20, ["level", "keep"] * 15),
        trace(30, ["level", "level", "keep", "keep"]),
    ]
    with pytest.raises(LatmError, match=rf"over {MOST_FORKS:,} states: give traces, not answers alone$"):
        explore(mine(long), {"amount": 10}, 10, call)
    (example,) = examples([7], mine([trace(10, ["keep"] * 1_500)]))
    assert len(example.paths) == 1_500


def test_expectation_maximisation_finds_the_paths():
    """Without torch, where most examples have one right path."""
    assert follows(learn_paths(examples(AMOUNTS), way="em").traces)


@pytest.mark.torch
@pytest.mark.parametrize("way", ["exact", "reinforce"])
def test_gradients_find_the_paths(way):
    """The guards learned from them do what the expert does; twice the same, and torch is left as it was."""
    torch = pytest.importorskip("torch")
    threads, state = torch.get_num_threads(), torch.random.get_rng_state()
    learned, again = (learn_paths(examples(AMOUNTS), way=way, seed=1, steps=100) for _ in range(2))
    assert follows(learned.traces)
    assert learned.traces == again.traces
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.torch
def test_the_soft_gates_are_a_controller_too():
    """They choose as they were taught; a state that no path reached is not known."""
    pytest.importorskip("torch")
    gates = learn_paths(examples(AMOUNTS)).gates
    seen = {"input.amount": 80, "level.level": 8, "count.level": 1}
    assert gates.next("level", seen).action == "discount"
    assert gates.next("elsewhere", seen).risk == 1.0


@pytest.mark.torch
def test_traces_settle_what_answers_leave_open():
    """At 40 the answer tells nothing; traces that paid the fee near it do."""
    pytest.importorskip("torch")
    with_fee = [trace(amount) for amount in (15, 20, 38, 39, 41, 42, 80)]
    learned = learn_paths(examples([40, 70, 25], mine(with_fee)), traces=with_fee)
    assert called(learned.traces) == [path(40), path(70), path(25)]
    assert (
        Guards().fit([*with_fee, *learned.traces]).next("level", {"input.amount": 40, "level.level": 4}).action == "fee"
    )
