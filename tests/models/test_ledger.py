"""Prices, the meter, the budget and the ledger's sums."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from loopback import Turn, error, said

from latm_magic.errors import BudgetExceeded, LatmError, ModelError, NotRecorded, ReplyError, SettingsError
from latm_magic.events import ModelAsked
from latm_magic.models.ledger import Entry, Ledger, ListStore
from latm_magic.models.metered import MeteredModel
from latm_magic.models.model import FunctionSpec, Message, Reply, Request, Usage
from latm_magic.models.openai import OPENAI_BASE_URL
from latm_magic.models.prices import Prices
from latm_magic.models.recorded import RecordedModel, RecordingModel
from latm_magic.testing import ScriptedModel

PRICES = {"scripted": {"input": 10.0, "output": 100.0, "cached": 1.0}}
REPLY = Reply("ok", usage=Usage(1_000_000, 100_000, 400_000))
COST = 0.6 * 10 + 0.4 * 1 + 0.1 * 100


@pytest.fixture
def ledger():
    """Give a ledger in memory with a price for the scripted model."""
    return Ledger(ListStore(), Prices(PRICES))


def metered(ledger, *replies, **options):
    """Give a scripted model on the meter."""
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


def test_cost_when_no_cached_price_is_given():
    """Cached tokens cost what fresh ones do, unless you say otherwise."""
    prices = Prices({"m": {"input": 2.0, "output": 0.0}})
    assert prices.cost_usd("m", Usage(1_000_000, 0, 500_000), "") == 2.0


def test_cost_when_the_list_knows_the_model():
    """List prices are found by model and endpoint, without network, and the ledger can say which list it used."""
    prices = Prices()
    assert 0 < prices.cost_usd("gpt-4o", Usage(1000, 1000, 0), OPENAI_BASE_URL) < 1
    assert prices.cost_usd("gpt-4o", Usage(1000, 0, 1000), OPENAI_BASE_URL) < prices.cost_usd(
        "gpt-4o", Usage(1000, 0, 0), OPENAI_BASE_URL
    )
    assert prices.source("gpt-4o").startswith("genai-prices ")
    assert Prices({"gpt-4o": {"input": 1, "output": 1}}).source("gpt-4o") == "your setting `prices`"


@pytest.mark.parametrize(
    ("model", "base_url"),
    [
        ("gpt-4o", "http://127.0.0.1:11434/v1"),
        ("gpt-4o", "https://llm.example.com/v1"),
        ("no-such-model", OPENAI_BASE_URL),
    ],
)
def test_cost_when_the_price_is_unknown(model, base_url):
    """A model on a server of your own, or one the list lacks, has an unknown price, which is None and not 0."""
    assert Prices().cost_usd(model, Usage(1, 1), base_url) is None
    assert not Prices().is_known(model, base_url)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"input": 1.0}, "lacks output"),
        ({"input": 1.0, "ouput": 2.0}, "Did you mean 'output'"),
        ({"input": -1, "output": 2}, "is -1"),
        ({"input": "free", "output": 2}, "is 'free'"),
        ({"input": float("nan"), "output": 2}, "is nan"),
        ({"input": True, "output": 2}, "is True"),
        (3.0, "is 3.0"),
    ],
)
def test_prices_when_they_are_wrong(given, words):
    """A price that cannot be meant is an error with a hint."""
    with pytest.raises(SettingsError, match=words):
        Prices({"m": given})


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


def entry(**changes):
    """Give an entry of the maker at half a dollar, with changes."""
    base = Entry("2026-01-01T00:00:00+00:00", "maker", "a", "m", 10, 2, 5, 0.5, 1.0, recorded=False, ok=True)
    return replace(base, **changes)


def test_totals_when_grouped(ledger):
    """Totals are by role and tool, in that order, and unknown costs stay unknown in sums."""
    for each in (
        entry(role="user"),
        entry(),
        entry(tool="b", cost_usd=None),
        entry(ok=False, recorded=True, cost_usd=0.0),
    ):
        ledger.add(each)
    first, second, third = ledger.totals()
    assert (first.role, first.tool, first.calls, first.failed, first.recorded) == ("maker", "a", 2, 1, 1)
    assert (first.prompt_tokens, first.cached_tokens, first.completion_tokens, first.seconds) == (20, 4, 10, 2.0)
    assert (first.cost_usd, second.cost_usd, second.known_cost_usd, third.role) == (0.5, None, 0.0, "user")
    assert [(total.model, total.calls) for total in ledger.totals(by=("model",))] == [("m", 4)]
    assert (ledger.total.cost_usd, ledger.total.known_cost_usd, ledger.total.calls) == (None, 1.0, 4)
    assert ledger.unknown_prices == ("m",)


def test_session_cost_when_the_store_has_older_entries():
    """What a session spent is its own calls; the totals are the project's."""
    store = ListStore()
    store.add(entry(cost_usd=7.0))
    ledger = Ledger(store, Prices())
    assert ledger.session_cost_usd == 0.0
    ledger.add(entry())
    assert (ledger.session_cost_usd, ledger.total.cost_usd) == (0.5, 7.5)


def test_frame_when_there_are_entries(ledger):
    """The ledger as a DataFrame has a column for each field, also when it is empty."""
    pytest.importorskip("pandas")
    assert list(ledger.to_frame().columns)[:4] == ["time", "role", "tool", "model"]
    ledger.add(entry())
    assert ledger.to_frame()["cost_usd"].sum() == 0.5


def test_direct_estimate_when_nothing_was_asked_directly(ledger):
    """The estimate takes four characters a token, and ten tokens of framing an instance."""
    estimate = ledger.direct_estimate(
        "scripted", "", instances=100, question_characters=40_000, answer_characters=4_000
    )
    assert (estimate.prompt_tokens, estimate.completion_tokens, estimate.is_measured) == (11_000, 1_000, False)
    assert estimate.cost_usd == pytest.approx(0.11 + 0.1)


def test_direct_estimate_when_direct_calls_are_known(ledger):
    """Where the model was asked directly, the mean of what it wrote takes the answers' place."""
    ledger.add(entry(role="direct", model="scripted", completion_tokens=50))
    ledger.add(entry(role="direct", model="scripted", completion_tokens=150))
    ledger.add(entry(role="direct", model="scripted", completion_tokens=999, ok=False))
    estimate = ledger.direct_estimate("scripted", "", instances=10, question_characters=0, answer_characters=1)
    assert (estimate.completion_tokens, estimate.is_measured) == (1000, True)
    assert ledger.direct_estimate("other", "", instances=1, question_characters=4, answer_characters=4).cost_usd is None
