"""The entries of the ledger on disk. What they add up to is `models/ledger.py`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.cache.table import RecordRows
from latm_magic.models.ledger import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latm_magic.cache.database import Database
    from latm_magic.cache.seal import Seal


class LedgerTable:
    """The part of a cache that keeps what every model call cost; a `LedgerStore`."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._rows = RecordRows(database, seal, "ledger", Entry, "An entry of the ledger", names=(), is_sealed=False)

    def add(self, entry: Entry) -> None:
        """Keep an entry."""
        self._rows.keep([entry])

    def entries(self) -> Iterable[Entry]:
        """Return all entries, oldest first."""
        return self._rows.select()
