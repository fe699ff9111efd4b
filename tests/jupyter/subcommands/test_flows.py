"""`%%latm_flow` and `%latm flow`, through a real shell."""

import pytest
from expenses import TOOLS, inputs_of, traces_of


@pytest.fixture
def traced(notebook):
    """Return a notebook with sixty recorded expenses."""
    notebook.session.keep_traces(traces_of(60))
    notebook["steps"] = TOOLS
    return notebook


def test_a_flow_is_made_shown_and_called(traced):
    shown = traced.printed(
        "%%latm_flow expense --tools steps --unsure refuse\nWho pays?\n---\n"
        'amount=5000.0, currency="USD", category="meal", number=1 => manager'
    )
    assert "60 of 60 traces replay" in shown
    assert "1 of 1 examples right" in shown
    assert "Acts outside, and so is never called to learn or to verify: pay." in shown
    assert traced.run('expense(amount=5000.0, currency="USD", category="meal", number=1)') == "manager"
    assert "policy" in traced.printed("%latm flow expense --tools steps")
    assert "flowchart TD" in traced.printed("%latm flow expense --graph")
    assert "def expense(tools, /, **inputs):" in traced.printed("%latm flow expense --source")
    assert "60 of 60 traces replay" in traced.printed("%latm flow")
    assert "60 of 60" in traced.printed("%latm flow expense --tools steps --verify")
    traced["pool"] = [inputs_of(seed) for seed in range(500, 520)]
    assert "whose traces would teach most" in traced.printed("%latm flow expense --tools steps --next pool -n 2")
    assert "no answer" in traced.printed('expense.solve(dict(amount=80.01, currency="USD", category="meal", number=1))')


def test_what_cannot_be_a_flow_is_one_line(traced):
    assert "There are no traces of 'other'" in traced.fail("%%latm_flow other\nWhat?")
    assert "does not say the inputs" in traced.fail(
        "%%latm_flow expense --tools steps\nWhat?\n---\namount=120 dollars => paid"
    )
    assert "calls pay, which acts, and no question may act" in traced.fail(
        "%%latm_flow expense --tools steps\nWhat?\n---\n120 dollars => paid"
    )
    assert "has the input 'sum'" in traced.fail("%%latm_flow expense --tools steps\nWhat?\n---\nsum=1 => paid")
    assert "No flow named 'other'" in traced.fail("%latm flow other")
    traced["expense"] = 3
    assert "a variable of yours" in traced.fail("%%latm_flow expense --tools steps\nWhat?")


def test_a_flows_name_where_a_tools_is_meant(traced):
    """What there is to do is done, or one line says what to type."""
    traced.run("%%latm_flow expense --tools steps --unsure refuse\nWho pays?")
    assert "Flows, which %latm flow NAME shows: expense" in traced.printed("%latm tools")
    for line in ("show expense", "versions expense", "rename expense costs", "verify expense"):
        assert "It is a flow: %latm flow expense shows it." in traced.fail(f"%latm {line}")
    assert "It is a flow" in traced.fail("%latm help expense")
    traced.session.keep_traces(traces_of(70))
    assert "70 of 70 traces replay" in traced.printed("%latm grow expense")
    assert traced.run("expense.version") == 2
    assert "its traces stay, so that %%latm_flow expense makes it again" in traced.printed("%latm drop expense")
    assert "No tool named 'expense'" in traced.fail("%latm show expense")
