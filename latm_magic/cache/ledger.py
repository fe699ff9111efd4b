"""The ledger's entries in the cache, added up where they lie: a project may have made millions of calls."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from latm_magic.cache.codec import CodecError, from_bytes
from latm_magic.cache.table import RecordRows, Table
from latm_magic.errors import CacheError
from latm_magic.models.ledger import Entry, Total

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latm_magic.cache.database import Database
    from latm_magic.cache.documents import DocumentTable
    from latm_magic.cache.seal import Seal
    from latm_magic.models.ledger import Column

_ENTRY = "An entry of the ledger"
_COLUMNS: tuple[Column, ...] = ("role", "tool", "model", "recorded", "ok")
_GROUP = ", ".join(_COLUMNS)
_AT_ONCE = 20_000
"""Rows of a SELECT: SQLite sorts few faster than many, and other threads get their turn in between."""
# The greatest shows a value that is no number: SQLite sorts those last, and adds them as 0.
_SUMS = f"""SELECT {_GROUP}, max(id), count(*), sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens),
    total(cost_usd), total(seconds), count(cost_usd), max(cost_usd), max(seconds)
    FROM (SELECT * FROM ledger WHERE id > ? ORDER BY id LIMIT {_AT_ONCE}) GROUP BY {_GROUP}"""  # noqa: S608 - our own names
_WORTH_KEEPING = 10_000
"""Entries after which the sums are kept: a new kernel adds up what came since."""
_KIND = "ledger sums"
_LAST = "SELECT time, model, seconds FROM ledger WHERE id = ?"


@dataclass(frozen=True, slots=True)
class _Sum:
    """What the entries come to that are alike in all columns."""

    recorded: bool
    ok: bool
    total: Total


@dataclass(frozen=True, slots=True)
class _Sums:
    """The sums of all entries up to one, as kept for the next kernel."""

    last: int
    """The number of the last entry that is in them."""
    digest: str
    """What that entry holds, to tell it from another of its number."""
    sums: tuple[_Sum, ...]


class LedgerTable(Table):
    """The part of a cache that keeps what every model call cost; a `LedgerStore`.

    Entries are added and never changed, so those that were added up once need not be read again, not by a later kernel
    either: the sums of many are kept among the documents, sealed.
    """

    def __init__(self, database: Database, seal: Seal, documents: DocumentTable) -> None:
        super().__init__(database, seal)
        self._documents = documents
        self._rows = RecordRows(database, seal, "ledger", Entry, _ENTRY, names=(), is_sealed=False)
        self._adding_up = Lock()
        self._sums: dict[tuple[Any, ...], Total] = {}
        self._last, self._last_digest, self._kept = 0, "", 0

    def add(self, *entries: Entry) -> None:
        """Keep entries, all in one transaction."""
        self._rows.keep(entries)

    def entries(self) -> Iterable[Entry]:
        """Return all entries, oldest first."""
        return self._rows.select()

    def totals(self, by: Sequence[Column]) -> tuple[Total, ...]:
        """Return the sums of the entries that are alike in the columns of `by`, in the order of those."""
        with self._adding_up:
            self._add_up()
            parts = [(tuple(group[_COLUMNS.index(name)] for name in by), total) for group, total in self._sums.items()]
        unnamed: dict[str, Any] = {name: "" for name in ("role", "tool", "model") if name not in by}
        sums: dict[tuple[Any, ...], Total] = {}
        for key, part in parts:
            named = replace(part, **unnamed)
            sums[key] = sums[key] + named if key in sums else named
        return tuple(total for _, total in sorted(sums.items()))

    def _add_up(self) -> None:
        """Add what is new; all anew where the last entry that was added up is not in the file any more."""
        if self._last and self._digest(self._last) != self._last_digest:
            self._forget()
        if not self._last:
            self._take_kept()
        sums, last = dict(self._sums), self._last
        while rows := self._database.rows(_SUMS, [last]):
            for role, tool, model, recorded, ok, newest, *rest in rows:
                total = self._total((role, tool, model), bool(recorded), bool(ok), rest)
                group = (total.role, total.tool, total.model, bool(recorded), bool(ok))
                sums[group] = sums[group] + total if group in sums else total
                last = max(last, newest)
        if last != self._last:
            self._sums, self._last, self._last_digest = sums, last, self._digest(last)
            self._keep()

    def _digest(self, last: int) -> str:
        return hashlib.blake2b(repr(self._database.rows(_LAST, [last])).encode(), digest_size=16).hexdigest()

    def _take_kept(self) -> None:
        """Begin with the sums that an earlier kernel kept, where the file still holds the entry that they end at."""
        kept = None
        with suppress(CacheError):  # damaged, or of a newer version: the entries themselves tell
            kept = self._documents.find(_KIND, "", _Sums)
        if kept is not None and kept.last > 0 and self._digest(kept.last) == kept.digest:
            names = [(each.total.role, each.total.tool, each.total.model, each.recorded, each.ok) for each in kept.sums]
            self._sums = dict(zip(names, [each.total for each in kept.sums], strict=True))
            self._last, self._last_digest, self._kept = kept.last, kept.digest, kept.last

    def _keep(self) -> None:
        if self._last - self._kept < _WORTH_KEEPING:
            return
        self._kept = self._last
        sums = tuple(_Sum(recorded, ok, total) for (*_, recorded, ok), total in self._sums.items())
        with suppress(CacheError):  # a cache that cannot be written can still be added up
            self._documents.drop(_KIND, "")
            self._documents.keep(_KIND, "", _Sums(self._last, self._last_digest, sums))

    def _total(self, names: Sequence[bytes], recorded: bool, ok: bool, rest: Sequence[Any]) -> Total:
        calls, prompt, cached, completion, known_usd, seconds, known, dearest, longest = rest
        kinds = {*map(type, (prompt, cached, completion)), int}, {type(dearest), type(longest), float, type(None)}
        if kinds != ({int}, {float, type(None)}):
            raise self._damaged(_ENTRY, "a value of it is no number")
        try:
            role, tool, model = map(from_bytes, names)
        except CodecError as error:
            raise self._damaged(_ENTRY, error) from error
        return Total(
            role=role,
            tool=tool,
            model=model,
            calls=calls,
            failed=0 if ok else calls,
            recorded=calls if recorded else 0,
            prompt_tokens=prompt,
            cached_tokens=cached,
            completion_tokens=completion,
            cost_usd=known_usd if known == calls else None,
            known_cost_usd=known_usd,
            seconds=seconds,
            unknown=calls - known,
        )

    def _forget(self) -> None:
        self._sums, self._last, self._last_digest, self._kept = {}, 0, "", 0
