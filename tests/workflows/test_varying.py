"""Values that vary for no reason: found by calls with the same arguments, and passed over as guards."""

import random

from latm_magic.traces import Step, Trace
from latm_magic.workflows.branches import learn
from latm_magic.workflows.graph import mine
from latm_magic.workflows.varying import varying


def trace(number, chance):
    city, hot = chance.choice(["Rome", "Oslo"]), chance.random() < 0.5
    weather = {"hot": hot, "ticket": chance.randrange(10**9)}
    steps = [
        Step("weather", {"city": city}, weather),
        Step("job", {"city": city}, {"state": chance.choice(["a", "b"]), "ticket": chance.randrange(10**9)}),
        Step("sensor", {}, {"level": chance.random()}),
    ]
    return Trace(str(number), "go", {"city": city}, tuple(steps), "beach" if hot else "home", "you")


def test_what_the_same_arguments_do_not_repeat_is_found():
    """A ticket, in every tool; not what two values share, nor what a tool without arguments gives."""
    chance = random.Random(0)
    assert varying([trace(number, chance) for number in range(12)]) == {"weather.ticket", "job.ticket"}


def test_two_traces_say_nothing():
    """With hardly a call that was made before, nothing is held against a value."""
    chance = random.Random(0)
    assert varying([trace(number, chance) for number in range(2)]) == frozenset()


def test_a_field_that_every_output_has_is_found_without_arguments():
    """An identifier of each call, as services give it."""
    chance = random.Random(1)
    steps = [
        tuple(Step(tool, {}, {"id": chance.random(), "n": chance.randrange(3)}) for tool in "abc") for _ in range(6)
    ]
    traces = [Trace(str(place), "go", {}, each, 1, "you") for place, each in enumerate(steps)]
    assert varying(traces) == {"a.id", "b.id", "c.id"}


def test_a_request_number_decides_no_branch_where_another_value_may():
    """It tells the traces apart at a rounder number than the value that does decide."""
    traces = []
    for n in range(16):
        size = round(0.211 + (n % 8) / 1000, 3)
        seen = {"request": 100 + n + 1000 * (size > 0.215), "size": size}
        then = "big" if size > 0.215 else "small"
        steps = (Step("look", {"of": "it"}, seen), Step(then, {"of": "it"}, {"request": n + 7}))
        traces.append(Trace(str(n), "go", {"n": n}, steps, None, "you"))
    assert [guard.left for guard in mine(traces).states["look"].tree.guards] == [("look.size",)]
    rows = [{"look.request": n, "look.size": 0.2} for n in range(16)]
    actions = ["late" if n > 7 else "early" for n in range(16)]
    tree = learn("look", rows, actions, [str(n) for n in range(16)], doubtful={"look.request"})
    assert [guard.left for guard in tree.guards] == [("look.request",)], "where nothing else tells, it still may"
