"""The entries of the ledger are kept in the project's cache."""

from __future__ import annotations

from dataclasses import replace

import pytest
from list_store import ListStore

from latm_magic.cache.cache import Cache
from latm_magic.errors import CacheError
from latm_magic.models.ledger import Entry, Ledger
from latm_magic.models.prices import Prices

ENTRY = Entry(
    "2026-01-02T03:04:05+00:00", "maker", "sort_words", "gpt", 100, 20, 30, 0.001, 1.5, recorded=False, ok=True
)


def test_entries_come_back_in_order(cache):
    """An unknown price stays unknown, a recorded or failed call stays one, and tools need not exist."""
    entries = [ENTRY, replace(ENTRY, cost_usd=None, recorded=True), replace(ENTRY, ok=False, tool="", cost_usd=0.0)]
    for entry in entries:
        cache.ledger.add(entry)
    cache.close()
    assert list(cache.ledger.entries()) == entries


def test_an_absent_ledger_is_empty(cache, folder):
    """Reading makes nothing."""
    assert list(cache.ledger.entries()) == []
    assert not folder.exists()


def test_any_text_survives(cache):
    """The name of a model may be any text."""
    entry = replace(ENTRY, model="\0\ud800é", tool="{}")
    cache.ledger.add(entry)
    assert list(cache.ledger.entries()) == [entry]


def test_it_is_the_store_of_a_ledger(cache):
    """`models.ledger.Ledger` adds up what the cache keeps."""
    ledger = Ledger(cache.ledger, Prices({}))
    ledger.add(ENTRY)
    ledger.add(ENTRY)
    assert ledger.total.calls == 2
    assert ledger.total.cost_usd == pytest.approx(0.002)


@pytest.mark.parametrize("change", ["prompt_tokens = 'many'", "model = 5", "cost_usd = 'dear'", "seconds = x'00'"])
def test_a_damaged_entry_is_told(cache, edit, change):
    """A value of the wrong kind is an error and no sum."""
    cache.ledger.add(ENTRY)
    edit(f"UPDATE ledger SET {change}")
    with pytest.raises(CacheError, match=r"An entry of the ledger in .* is damaged"):
        cache.ledger.entries()
    with pytest.raises(CacheError, match=r"An entry of the ledger in .* is damaged"):
        cache.ledger.totals(())


@pytest.mark.parametrize(
    "by", [(), ("role",), ("tool", "role"), ("model", "ok"), ("role", "tool", "model", "recorded")]
)
def test_the_file_adds_up_as_one_by_one(cache, by):
    """The sums that SQLite makes are those of the entries, in their order, also where there are none."""
    plain = ListStore()
    assert cache.ledger.totals(by) == plain.totals(by) == ()
    for number in range(60):
        entry = replace(
            ENTRY,
            role=("user", "maker", "é")[number % 3],
            tool=("", "b", "a\0")[number % 5 % 3],
            model=("m", "\ud800")[number % 7 % 2],
            prompt_tokens=number,
            cost_usd=None if number % 11 == 0 else number / 64,
            seconds=number / 4,
            recorded=number % 4 == 0,
            ok=number % 6 != 0,
        )
        plain.add(entry)
        cache.ledger.add(entry)
    assert cache.ledger.totals(by) == plain.totals(by)


def test_sums_follow_what_others_do_to_the_file(cache, folder, edit):
    """What another process adds is in the next sums; a file that was replaced is added up anew."""
    cache.ledger.add(ENTRY, ENTRY)
    assert cache.ledger.totals(())[0].calls == 2
    elsewhere = Cache(folder, None)
    elsewhere.ledger.add(replace(ENTRY, cost_usd=None))
    elsewhere.close()
    (total,) = cache.ledger.totals(())
    assert (total.calls, total.unknown, total.cost_usd, total.known_cost_usd) == (3, 1, None, 0.002)
    edit("DELETE FROM ledger WHERE id > 1")
    assert cache.ledger.totals(())[0].calls == 1
    edit("DELETE FROM ledger")
    assert cache.ledger.totals(()) == ()


MANY = 10_000


def test_a_later_kernel_goes_on_with_the_sums_that_were_kept(folder, home, edit):
    """The entries that were added up are not read again, until the last of them is another."""
    first = Cache(folder, home)
    first.ledger.add(*[replace(ENTRY, tool=f"t{number % 3}", ok=number % 7 != 0) for number in range(MANY)])
    whole = first.ledger.totals(("tool",))
    first.close()
    # What is no number would be told, were it read.
    edit("UPDATE ledger SET cost_usd = 'dear' WHERE id = 5")
    later = Cache(folder, home)
    later.ledger.add(replace(ENTRY, tool="t0", cost_usd=None))
    assert sum(total.calls for total in later.ledger.totals(("tool",))) == MANY + 1
    assert later.ledger.totals(("tool",))[1:] == whole[1:]
    later.close()
    edit(f"UPDATE ledger SET time = x'00' WHERE id = {MANY}")
    with pytest.raises(CacheError, match="damaged"):
        Cache(folder, home).ledger.totals(())


def test_sums_of_another_machine_are_not_taken(folder, home, tmp_path):
    """They are sealed as every document is."""
    first = Cache(folder, home)
    first.ledger.add(*[ENTRY] * MANY)
    first.ledger.totals(())
    first.close()
    other = Cache(folder, tmp_path / "other")
    assert other.ledger._documents.find("ledger sums", "", object) is None
    assert other.ledger.totals(())[0].calls == MANY
