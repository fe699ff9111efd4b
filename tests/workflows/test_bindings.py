"""Where arguments come from when no single slot says it: several slots in turn, and a constant where none was seen."""

import pytest

from latm_magic.traces import Step, Trace
from latm_magic.workflows.graph import mine
from latm_magic.workflows.running import run
from latm_magic.workflows.write import write

WAYS = {"air": ["fly"], "sea": ["ship"], "road": ["drive"], "own": [], "both": ["drive", "ship"]}
COSTS = {"fly": 31, "ship": 22, "drive": 13}


def call(tool, arguments):
    """Transport costs by its kind and weight; what is packed a second time weighs one more."""
    if tool == "pack":
        return Step(tool, dict(arguments), {"weight": arguments["weight"] + 1})
    output = {"total": sum(arguments.values())} if tool == "bill" else {"cost": COSTS[tool] * arguments["weight"]}
    return Step(tool, dict(arguments), output)


def trace(way, load):
    """Pack twice, send in a way, and bill for the last transport, or for none."""
    steps = [call("pack", {"weight": load})]
    steps.append(call("pack", {"weight": steps[-1].output["weight"]}))
    steps += [call(tool, {"weight": load + 2}) for tool in WAYS[way]]
    paid = steps[-1].output["cost"] if WAYS[way] else 0
    steps.append(call("bill", {"load": load, "paid": paid}))
    return Trace(f"{way}{load}", "send", {"way": way, "load": load}, tuple(steps), steps[-1].output["total"], "you")


TRACES = [trace(way, load) for way in WAYS for load in (3, 5, 8)]


@pytest.mark.parametrize("way", WAYS)
def test_a_value_may_come_from_several_slots_or_be_a_constant(way):
    """The run and the written function call with what the trace would have had, on a load that no trace had."""
    machine, wanted = mine(TRACES), trace(way, 7)
    assert str(machine.arguments["pack"]["weight"]) == "pack.weight else input.load"
    assert str(machine.arguments["bill"]["paid"]).endswith(" else 0")
    ran = run(machine, wanted.inputs, call, heed=False)
    assert (ran.steps, ran.value) == (wanted.steps, wanted.answer)
    names = {}
    exec(write("send", "", machine), names)
    tools = {tool: lambda tool=tool, **arguments: call(tool, arguments).output for tool in ("pack", "bill", *COSTS)}
    assert names["send"](tools, **wanted.inputs) == wanted.answer


def order(price, currency):
    """Return a run: euros are changed, tax is looked up, and above 150 dollars a duty comes before the bill."""
    steps = [Step("fx", {"price": price}, {"usd": round(price * 1.1, 2)})] if currency == "EUR" else []
    usd = steps[0].output["usd"] if steps else price
    steps += [Step("tax", {}, {"rate": 0.1})] + [Step("duty", {"usd": usd}, {"duty": 5})] * (usd > 150)
    steps.append(Step("bill", {"usd": usd}, {"total": round(usd * 1.1, 2)}))
    inputs = {"price": price, "currency": currency}
    return Trace(f"{price}{currency}", "order", inputs, tuple(steps), steps[-1].output["total"], "you")


def test_what_an_argument_reads_in_turn_a_guard_may_compare():
    """The branch is on the amount in dollars, which is one slot or another; no threshold on one of them tells it."""
    prices = [100, 120, 134, 139, 143, 148, 152, 157, 164, 180, 200]
    machine = mine([order(price, currency) for price in prices for currency in ("EUR", "USD")])
    (guard,) = machine.states["tax"].tree.guards
    assert str(guard) == "fx.usd else input.price > 150"
