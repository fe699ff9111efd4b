"""The metered model: its entries in the ledger, and the budget that it keeps."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from list_store import ListStore
from loopback import Turn, error, said

from latm_magic.errors import BudgetExceeded, LatmError, ModelError, NotRecorded, ReplyError
from latm_magic.events import ModelAsked
from latm_magic.models.ledger import Ledger
from latm_magic.models.metered import MeteredModel
from latm_magic.models.model import FunctionSpec, Message, Reply, Request, Usage
from latm_magic.models.prices import Prices
from latm_magic.models.recorded import RecordedModel, RecordingModel
from latm_magic.testing import ScriptedModel

REPLY = Reply("ok", usage=Usage(1_000_000, 100_000, 400_000))
COST = 0.6 * 10 + 0.4 * 1 + 0.1 * 100


def metered(ledger, *replies, **options):
    """Return a scripted model on the meter."""
    return MeteredModel(ScriptedModel(replies), ledger, **options)


def test_cost_when_the_price_is_yours(ledger, request_):
    """A reply gets its cost: fresh, cached and completion tokens each at their price."""
    assert metered(ledger, REPLY).complete(request_).cost_usd == pytest.approx(COST)
    entry = ledger.entries()[0]
    assert (entry.role, entry.tool, entry.model, entry.ok, entry.recorded) == (
        "maker",
        "sort_words",
        "scripted",
        True,
        False,
    )
    assert (entry.prompt_tokens, entry.cached_tokens, entry.completion_tokens) == (1_000_000, 400_000, 100_000)
    assert entry.cost_usd == pytest.approx(COST)
    assert entry.time.endswith("+00:00")


def test_entry_when_the_reply_cannot_be_used(ledger, request_):
    """A reply that cannot be used was paid for: it is in the ledger with its tokens, and told."""
    events = []
    model = metered(ledger, ReplyError("cut", kind="cut off", usage=Usage(1_000_000, 0)), on_event=events.append)
    with pytest.raises(ReplyError):
        model.complete(request_)
    entry = ledger.entries()[0]
    assert (entry.ok, entry.cost_usd, entry.prompt_tokens) == (False, 10.0, 1_000_000)
    assert events == [ModelAsked("maker", "scripted", 1_000_000, 0, 10.0, entry.seconds)]


@pytest.mark.parametrize(("kind", "cost_usd"), [("key", 0.0), ("rate", 0.0), ("server", 0.0), ("timeout", None)])
def test_entry_when_the_call_failed(ledger, request_, kind, cost_usd):
    """A failed call is in the ledger at no cost; one that was given up may be charged, so its cost is unknown."""
    with pytest.raises(ModelError):
        metered(ledger, ModelError("no", kind=kind)).complete(request_)
    entry = ledger.entries()[0]
    assert (entry.ok, entry.cost_usd, entry.prompt_tokens) == (False, cost_usd, 0)


def test_entry_when_the_endpoint_did_not_count(ledger, request_):
    """Without usage the cost is unknown, never 0."""
    assert metered(ledger, Reply("ok")).complete(request_).cost_usd is None
    assert ledger.session_cost_usd is None
    assert ledger.unknown_prices == ("scripted",)


def test_entry_when_nothing_was_asked(ledger, request_, tmp_path):
    """A request that a recording lacks, and a script that ran out, are no calls."""
    (tmp_path / "empty.jsonl").write_text("")
    for inner, kind in ((RecordedModel(tmp_path / "empty.jsonl"), NotRecorded), (ScriptedModel([]), LatmError)):
        with pytest.raises(kind):
            MeteredModel(inner, ledger, budget_usd=1000.0).complete(request_)
    assert ledger.entries() == ()
    assert (ledger.spending.spent_usd, ledger.spending.reserved_usd) == (0, 0)


def test_entry_when_a_recording_answers(ledger, request_, tmp_path):
    """A replay counts the tokens of its recording, costs nothing, and needs no price under a budget."""
    path = tmp_path / "r.jsonl"
    RecordingModel(ScriptedModel([REPLY]), path).complete(request_)
    reply = MeteredModel(RecordedModel(path), ledger, budget_usd=0.0).complete(request_)
    assert (reply.cost_usd, reply.usage) == (0.0, REPLY.usage)
    entry = ledger.entries()[0]
    assert (entry.cost_usd, entry.recorded, entry.prompt_tokens) == (0.0, True, 1_000_000)


def test_budget_when_the_next_call_could_pass_it(ledger, request_):
    """A call whose upper estimate would pass the budget is not made, and the error says what is spent."""
    dear = replace(request_, max_tokens=100_000)  # 10 dollars at most
    model = metered(ledger, Reply("ok", usage=Usage(0, 50_000)), Reply("ok", usage=Usage(0, 50_000)), budget_usd=16.0)
    model.complete(dear)
    model.complete(dear)
    with pytest.raises(
        BudgetExceeded, match=r"could cost up to 10\.\d+ USD.*10\.0000 are spent.*Raise budget_usd"
    ) as caught:
        model.complete(dear)
    assert "\n" not in str(caught.value)
    assert (caught.value.kind, caught.value.role, caught.value.model) == ("budget", "maker", "scripted")
    assert len(ledger.entries()) == 2


def test_budget_when_roles_share_it(ledger, request_):
    """The budget is the session's: what the maker spent is not left for the user model."""
    usage = Reply("ok", usage=Usage(0, 90_000))
    metered(ledger, usage, budget_usd=10.0).complete(replace(request_, max_tokens=90_000))
    with pytest.raises(BudgetExceeded):
        metered(ledger, usage, budget_usd=10.0).complete(Request("user", (Message("user", "q"),), max_tokens=20_000))


def test_budget_when_calls_run_at_once(ledger, request_):
    """Calls under way set their estimates aside: ten at once do not all see the same money."""
    request = replace(request_, max_tokens=10_000)  # a bit more than 1 dollar at most, with the prompt
    gate = threading.Barrier(3, timeout=30)

    def answer(_request):
        gate.wait()
        return Reply("ok", usage=Usage(0, 10_000))

    model = MeteredModel(ScriptedModel(answer), ledger, budget_usd=3.5)
    refused = threading.Semaphore(0)

    def ask(_number):
        try:
            return model.complete(request).cost_usd
        except BudgetExceeded:
            refused.release()
            return None

    with ThreadPoolExecutor(10) as threads:
        costs = list(threads.map(ask, range(10)))
    assert sorted(cost for cost in costs if cost is not None) == [1.0, 1.0, 1.0]
    assert ledger.spending.spent_usd == pytest.approx(3.0)
    assert ledger.spending.reserved_usd == pytest.approx(0.0)


def test_budget_when_the_price_is_unknown(request_):
    """With a budget an unknown price stops the call, and the error names the setting."""
    model = MeteredModel(ScriptedModel([REPLY]), Ledger(ListStore(), Prices()), budget_usd=5.0)
    with pytest.raises(BudgetExceeded, match=r"The price of 'scripted' is unknown.*`prices`"):
        model.complete(request_)


def test_budget_when_a_call_was_given_up(ledger, request_):
    """A call that may be charged although it was given up or interrupted counts with its estimate."""
    request = replace(request_, max_tokens=10_000)
    for failure, kind in ((ModelError("late", kind="timeout"), ModelError), (Reply("x"), Reply)):
        model = metered(ledger, failure, budget_usd=100.0)
        before = ledger.spending.spent_usd
        try:
            model.complete(request)
        except kind:
            pass
        assert ledger.spending.spent_usd - before > 1.0


def test_budget_when_functions_and_wide_characters_are_sent(ledger):
    """The estimate counts functions, and bytes rather than characters, since wide characters are more tokens."""
    functions = (FunctionSpec("f", "d" * 300_000, {}),)
    for request in (
        Request("user", (Message("user", "q"),), functions=functions, max_tokens=1),
        Request("user", (Message("user", "語" * 100_000),), max_tokens=1),
    ):
        with pytest.raises(BudgetExceeded):
            metered(ledger, REPLY, budget_usd=0.9).complete(request)


def test_interrupt_when_a_call_is_metered(ledger, request_):
    """An interrupted call is in the ledger at unknown cost, and sets nothing aside any more."""

    def interrupt(_request):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        MeteredModel(ScriptedModel(interrupt), ledger, budget_usd=100.0).complete(request_)
    assert ledger.entries()[0].cost_usd is None
    assert ledger.spending.reserved_usd == pytest.approx(0.0)
    assert ledger.spending.spent_usd > 0


def test_meter_when_the_endpoint_is_real(serve, connect, request_):
    """Right on an endpoint the meter passes on what the model knows, and books retried and failed calls once each."""
    ledger = Ledger(ListStore(), Prices({"loopback-1": {"input": 1.0, "output": 1.0}}))
    endpoint = serve(error(500, "boom", {"retry-after-ms": "5"}), said("ok"), Turn(body=b"junk"))
    model = MeteredModel(connect(endpoint), ledger, budget_usd=1.0)
    assert (model.name, model.base_url, model.supports_functions) == ("loopback-1", endpoint.base_url, None)
    assert model.complete(request_).cost_usd == pytest.approx(15e-6)
    with pytest.raises(ReplyError):
        model.complete(request_)
    assert [(entry.ok, entry.prompt_tokens) for entry in ledger.entries()] == [(True, 12), (False, 0)]


@pytest.mark.parametrize("raised", [ConnectionError("gone"), RecursionError(), MemoryError(), ValueError("a\nb")])
def test_budget_when_a_model_raises_what_it_likes(ledger, request_, raised):
    """Whatever a model raises is an error of one line, at a cost that nobody knows: the budget gives nothing back."""
    model = metered(ledger, raised, budget_usd=100.0)
    with pytest.raises(ModelError, match=f"raised {type(raised).__name__}") as caught:
        model.complete(request_)
    assert "\n" not in str(caught.value)
    assert caught.value.cost_usd is None
    assert [(entry.cost_usd, entry.ok) for entry in ledger.entries()] == [(None, False)]
    assert ledger.spending.spent_usd > 0
    assert ledger.spending.reserved_usd == pytest.approx(0)


@pytest.mark.parametrize("count", [2**63, -1, float("nan"), True, "9"])
def test_usage_when_a_model_of_yours_miscounts(ledger, request_, count):
    """Counts that cannot be do not get into the ledger: the cost is unknown, and counts with the estimate."""
    model = metered(ledger, Reply("ok", usage=Usage(count, 1)), budget_usd=100.0)
    assert model.complete(request_).cost_usd is None
    assert [(entry.prompt_tokens, entry.cost_usd) for entry in ledger.entries()] == [(0, None)]
    assert ledger.spending.spent_usd > 0


@pytest.mark.parametrize(("times", "asked"), [(1.5, 1), (2.5, 2), (3.5, 3)])
def test_budget_when_a_reply_breaks_off_is_reserved_for_the_next_one(serve, connect, request_, times, asked):
    """What broke off may be charged: it is asked for again only as often as the budget could pay for all replies."""
    prices = Prices({"loopback-1": {"input": 0.0, "output": 1.0}})
    most_usd = prices.most_usd("loopback-1", Usage(0, request_.max_tokens), "")
    broken, ledger = (
        Turn(body={"x": "y" * 100}, headers={"retry-after-ms": "5"}, drop=True),
        Ledger(ListStore(), prices),
    )
    endpoint = serve(broken)
    model = MeteredModel(connect(endpoint), ledger, budget_usd=times * most_usd)
    with pytest.raises(ModelError):
        model.complete(request_)
    assert len(endpoint.chats) == asked
    assert ledger.spending.spent_usd == pytest.approx(asked * most_usd)
    assert ledger.spending.reserved_usd == pytest.approx(0)


def test_budget_when_a_request_has_no_limit(ledger, request_):
    """What is set aside is bounded all the same: a stated number of tokens."""
    reply = Reply("ok", usage=Usage(0, 10))
    endless = replace(request_, max_tokens=None)
    metered(ledger, reply, budget_usd=14.0).complete(endless)
    with pytest.raises(BudgetExceeded, match=r"could cost up to 13\.1"):
        metered(ledger, reply, budget_usd=13.0).complete(endless)
