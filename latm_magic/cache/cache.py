"""The cache: the tools of one project on disk, and beside them answers, ledger and lessons.

Reading a cache that does not exist finds nothing and makes nothing; the first change makes the folder and the file.
Every change is one transaction. What is made, asked or learned is decided elsewhere; docs/files.md tells the format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from latm_magic.cache.answers import KeptAnswers
from latm_magic.cache.database import Database
from latm_magic.cache.feedback import KeptLessons
from latm_magic.cache.ledger import KeptLedger
from latm_magic.cache.records import Audit, Correction, Decision, Refusal, StoredAnswer, ToolSummary
from latm_magic.cache.seal import Seal, home_folder
from latm_magic.cache.shared import KeptShared
from latm_magic.cache.tools import KeptTools

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Audit", "Cache", "Correction", "Decision", "Refusal", "StoredAnswer", "ToolSummary"]


class Cache(KeptTools, KeptAnswers, KeptLessons, KeptShared):
    """Everything that one project keeps in `folder`, usually `.latm`.

    Any number of threads and processes may use it at once. Every method may raise `CacheError`: the file is damaged, of
    a newer format, locked, or cannot be written.
    """

    def __init__(self, folder: Path, *, home: Path | None = None, busy_timeout_s: float = 5.0) -> None:
        """Open nothing yet. `home` holds your key to seal with; None = `LATM_HOME`, else `~/.latm_magic`."""
        super().__init__(Database(folder, busy_timeout_s), Seal(home or home_folder()))
        self.ledger = KeptLedger(self._database, self._seal)
        """What every model call cost: a `LedgerStore`."""

    @property
    def trust_note(self) -> str:
        """Why what is kept now will count as imported next time, in one line; "" where it will not."""
        return self._seal.note

    def move_to(self, folder: Path) -> None:
        """Be the cache in another folder from now on; what is in the old one stays there."""
        self._database.move_to(folder)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._database.close()

    def revision(self) -> tuple[int, ...]:
        """Give what is the same only while nobody, in this process or another, has changed the cache."""
        return self._database.revision()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
