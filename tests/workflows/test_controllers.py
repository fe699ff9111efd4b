"""What flows are compared with: each learns a small workflow, gives the same twice, and leaves torch as it was."""

import pytest

from latm_magic.traces import Step, Trace
from latm_magic.workflows.controllers.encoding import Encoding
from latm_magic.workflows.controllers.nearest import NearestTrace
from latm_magic.workflows.controllers.sequence import SequenceController
from latm_magic.workflows.decisions import FINISH, START, decisions_of


def trace(amount, colour="red"):
    """Return a run: what costs more than 50 is weighed, then sent; the rest is sent at once."""
    sent = Step("send", {"amount": amount}, {"done": True})
    steps = (Step("weigh", {}, {"grams": amount * 10}), sent) if amount > 50 else (sent,)
    return Trace(f"t{amount}", "post", {"amount": amount, "colour": colour}, steps, "sent", "you")


TRACES = [trace(amount, colour) for amount in range(0, 101, 10) for colour in ("red", "blue")]
NETWORKS = [("gru", "softmax"), ("gru", "gumbel"), ("transformer", "softmax"), ("transformer", "gumbel")]


def path(controller, inputs, grams):
    """Return the calls that a controller makes, at most four."""
    seen, after, found = {f"input.{name}": value for name, value in inputs.items()}, START, []
    while len(found) < 4 and (after := controller.next(after, seen).action) != FINISH:
        found.append(after)
        seen |= {f"count.{after}": 1} | ({"weigh.grams": grams} if after == "weigh" else {"send.done": True})
    return found


def follows(controller):
    """Tell whether a controller takes both branches on amounts that no trace had."""
    cheap, dear = {"amount": 12, "colour": "red"}, {"amount": 93, "colour": "blue"}
    return path(controller, cheap, 120) == ["send"] and path(controller, dear, 930) == ["weigh", "send"]


def test_the_nearest_trace_is_followed():
    """Unknown colours and amounts change nothing; what no trace reached ends the run, at full risk."""
    controller = NearestTrace().fit(TRACES)
    assert follows(controller)
    assert path(controller, {"amount": 12, "colour": "mauve"}, 120) == ["send"]
    lost = controller.next("elsewhere", {})
    assert (lost.action, lost.risk) == (FINISH, 1.0)
    near_the_gap = controller.next(START, {"input.amount": 55, "input.colour": "red"})
    assert 0 < near_the_gap.risk < 1


def test_nothing_learned_ends_every_run():
    """A controller that was given no traces says so by its risk."""
    assert NearestTrace().fit([]).next(START, {"input.amount": 1}).risk == 1.0


def test_a_vector_has_places_for_what_was_seen():
    """Numbers, truth values and texts seen twice have places; what is no number, or not seen, leaves zeros."""
    decisions = [each for one in TRACES for each in decisions_of(one)]
    encoding = Encoding(decisions)
    assert encoding.matrix(decisions).shape == (len(decisions), encoding.width)
    known = encoding.vector(START, {"input.amount": 50, "input.colour": "red"})
    strange = encoding.vector("elsewhere", {"input.amount": float("nan"), "input.colour": ["red"], "x": 1})
    assert known.any()
    assert not strange.any()


@pytest.mark.torch
@pytest.mark.parametrize(("network", "training"), NETWORKS)
def test_a_network_learns_the_branch(network, training):
    """It learns both branches, gives the same probabilities with the same seed, and leaves torch as it found it."""
    torch = pytest.importorskip("torch")
    threads, state = torch.get_num_threads(), torch.random.get_rng_state()

    def fitted(seed=3):
        return SequenceController(network, training=training, seed=seed, steps=150, width=32).fit(TRACES)

    first = fitted()
    assert follows(first)
    at = (START, {"input.amount": 55, "input.colour": "red"})
    assert fitted().next(*at) == first.next(*at) != fitted(seed=4).next(*at)
    assert first.next("elsewhere", {}).risk == 1.0
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.random.get_rng_state(), state)
