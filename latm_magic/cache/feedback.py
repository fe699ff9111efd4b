"""What tools may learn from: refusals, corrections, audits, and questions that no tool fits.

Kept here, used in `solving/` and `making/`. What shapes later answers is sealed, and only what was kept on this machine
is given back. What a dropped tool had goes with it, and for a tool that the cache does not hold nothing is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.cache.codec import CodecError, from_bytes, to_bytes
from latm_magic.cache.records import Audit, Correction, Refusal
from latm_magic.cache.table import OF_KNOWN_TOOL, RecordRows, Table, digest, plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latm_magic.cache.database import Database
    from latm_magic.cache.seal import Seal


class FeedbackTable(Table):
    """The part of a cache that keeps what there is to learn from."""

    def __init__(self, database: Database, seal: Seal) -> None:
        super().__init__(database, seal)
        self._refusals = RecordRows(database, seal, "refusal", Refusal, "A refusal")
        self._corrections = RecordRows(database, seal, "correction", Correction, "A correction")
        self._audits = RecordRows(database, seal, "audit", Audit, "An audit", is_sealed=False)

    def refusals(self, tool: str) -> tuple[Refusal, ...]:
        """Return the questions that a tool's parser refused, each once, oldest first."""
        return self._refusals.select("WHERE tool = ?", (plain_name(tool),))

    def keep_refusals(self, refusals: Iterable[Refusal]) -> None:
        """Keep refusals, all in one transaction."""
        self._refusals.keep(refusals, OF_KNOWN_TOOL)

    def drop_refusals(self, tool: str, questions: Iterable[str]) -> None:
        """Forget refusals that a tool has learned from."""
        self._drop_of("refusal", tool, questions)

    def corrections(self, tool: str) -> tuple[Correction, ...]:
        """Return the questions that a tool answered wrong, each once, oldest first."""
        return self._corrections.select("WHERE tool = ?", (plain_name(tool),))

    def keep_corrections(self, corrections: Iterable[Correction]) -> None:
        """Keep corrections, all in one transaction; a newer one to the same question takes the older one's place."""
        self._corrections.keep(corrections, OF_KNOWN_TOOL)

    def drop_corrections(self, tool: str, questions: Iterable[str]) -> None:
        """Forget corrections that a tool has learned from."""
        self._drop_of("correction", tool, questions)

    def pending(self) -> tuple[str, ...]:
        """Return the questions that no tool fits, oldest first."""
        rows = self._database.rows("SELECT question FROM pending ORDER BY id")
        try:
            return tuple(from_bytes(question) for (question,) in rows)
        except CodecError as error:
            raise self._damaged("The list of pending questions", error) from error

    def keep_pending(self, questions: Iterable[str]) -> None:
        """Keep questions that no tool fits."""
        rows = [(digest(question), to_bytes(question)) for question in questions]
        self._put("INSERT OR IGNORE INTO pending (digest, question) VALUES (?, ?)", rows)

    def drop_pending(self, questions: Iterable[str]) -> None:
        """Forget pending questions."""
        rows = [(digest(question),) for question in questions]
        self._take_away("DELETE FROM pending WHERE digest = ?", rows)

    def audits(self, tool: str) -> tuple[Audit, ...]:
        """Return the checks of a tool's answers against the strong model, oldest first."""
        return self._audits.select("WHERE tool = ?", (plain_name(tool),))

    def keep_audits(self, audits: Iterable[Audit]) -> None:
        """Keep checks of answers, all in one transaction."""
        self._audits.keep(audits, OF_KNOWN_TOOL)

    def _drop_of(self, table: str, tool: str, questions: Iterable[str]) -> None:
        rows = [(plain_name(tool), digest(question)) for question in questions]
        self._take_away(f"DELETE FROM {table} WHERE tool = ? AND digest = ?", rows)  # noqa: S608
