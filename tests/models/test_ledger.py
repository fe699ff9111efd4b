"""The ledger's sums and estimates."""

from dataclasses import replace

import pytest
from list_store import ListStore

from latm_magic.models.ledger import Entry, Ledger
from latm_magic.models.prices import Prices


def entry(**changes):
    """Return an entry of the maker at half a dollar, with changes."""
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


class Counting(ListStore):
    """A store that counts its transactions."""

    writes = 0

    def add(self, *entries):
        self.writes += 1
        super().add(*entries)


def test_entries_when_gathered_are_written_some_at_a_time():
    """A batch writes twenty in one transaction, and the rest at its end, an interrupted one too; a read sees all."""
    store, now = Counting(), [0.0]
    ledger = Ledger(store, Prices(), clock=lambda: now[0])
    ledger.add(entry())
    assert store.writes == 1
    with pytest.raises(KeyboardInterrupt), ledger.gathering():
        for _ in range(45):
            ledger.add(entry())
        assert (store.writes, len(store.entries())) == (3, 41)
        assert (ledger.total.calls, ledger.session_cost_usd, store.writes) == (46, 23.0, 4)
        now[0] = 1.0
        ledger.add(entry())
        assert (store.writes, len(store.entries())) == (5, 47), "slow calls are written one by one"
        ledger.add(entry())
        raise KeyboardInterrupt
    assert (store.writes, len(store.entries())) == (6, 48)
    ledger.add(entry())
    assert store.writes == 7
