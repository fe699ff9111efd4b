"""What tools may learn from: refusals, corrections, audits, and questions that no tool fits.

Kept here, used in `solving/` and `making/`. What shapes later answers is sealed, and only what was kept on this machine
is given back. What a dropped tool had goes with it, and for a tool that the cache does not hold nothing is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latm_magic.cache.codec import CodecError, build, from_bytes, to_bytes
from latm_magic.cache.records import Audit, Correction, Refusal
from latm_magic.cache.table import WHERE_TOOL, Table, digest, plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FeedbackTable"]


class FeedbackTable(Table):
    """The part of a cache that keeps what there is to learn from."""

    def refusals(self, tool: str) -> tuple[Refusal, ...]:
        """Give the questions that a tool's parser refused, each once, oldest first."""
        rows = self._sealed("refusal", "tool, version, question", tool)
        return tuple(Refusal(from_bytes(name), version, from_bytes(question)) for name, version, question in rows)

    def keep_refusals(self, refusals: Iterable[Refusal]) -> None:
        """Keep refusals, all in one transaction."""
        self._put_sealed("refusal", "tool, version, question", [(r.tool, r.version, r.question) for r in refusals])

    def drop_refusals(self, tool: str, questions: Iterable[str]) -> None:
        """Forget refusals that a tool has learned from."""
        self._drop_of("refusal", tool, questions)

    def corrections(self, tool: str) -> tuple[Correction, ...]:
        """Give the questions that a tool answered wrong, each once, oldest first."""
        rows = self._sealed("correction", "tool, version, question, wanted, got", tool)
        return tuple(
            Correction(from_bytes(name), version, from_bytes(question), from_bytes(wanted), from_bytes(got))
            for name, version, question, wanted, got in rows
        )

    def keep_corrections(self, corrections: Iterable[Correction]) -> None:
        """Keep corrections, all in one transaction; a newer one to the same question takes the older one's place."""
        rows = [(c.tool, c.version, c.question, c.wanted, c.got) for c in corrections]
        self._put_sealed("correction", "tool, version, question, wanted, got", rows)

    def drop_corrections(self, tool: str, questions: Iterable[str]) -> None:
        """Forget corrections that a tool has learned from."""
        self._drop_of("correction", tool, questions)

    def pending(self) -> tuple[str, ...]:
        """Give the questions that no tool fits, oldest first."""
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
        """Give the checks of a tool's answers against the strong model, oldest first."""
        rows = self._database.rows(
            "SELECT tool, version, question, tool_text, model_text, agreed FROM audit WHERE tool = ? ORDER BY id",
            (plain_name(tool),),
        )
        try:
            return tuple(_audit_of(*row) for row in rows)
        except CodecError as error:
            raise self._damaged(f"An audit of {tool!r}", error) from error

    def keep_audits(self, audits: Iterable[Audit]) -> None:
        """Keep checks of answers, all in one transaction."""
        rows = [
            (plain_name(a.tool), a.version, *map(to_bytes, (a.question, a.tool_text, a.model_text)), a.agreed)
            for a in audits
        ]
        self._put(
            "INSERT INTO audit (tool, version, question, tool_text, model_text, agreed)"
            f" SELECT ?1, ?2, ?3, ?4, ?5, ?6 {WHERE_TOOL}",
            rows,
        )

    def _drop_of(self, table: str, tool: str, questions: Iterable[str]) -> None:
        rows = [(plain_name(tool), digest(question)) for question in questions]
        self._take_away(f"DELETE FROM {table} WHERE tool = ? AND digest = ?", rows)  # noqa: S608


def _audit_of(tool: Any, version: Any, question: Any, tool_text: Any, model_text: Any, agreed: Any) -> Audit:
    texts = {"tool": tool, "question": question, "tool_text": tool_text, "model_text": model_text}
    values = {name: from_bytes(text) for name, text in texts.items()}
    return build(Audit, {**values, "version": version, "agreed": bool(agreed)})
