"""The answers that a model's work gave, so that the same question is not paid for twice.

Answers of parsers are not kept: they are cheaper to make again than to look up. An answer counts while the tool
version that gave it is the current one, and only where it was kept on this machine: what came with a copied cache is
passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from latm_magic.cache.codec import from_bytes, to_bytes
from latm_magic.cache.records import StoredAnswer
from latm_magic.cache.table import Table, digest, plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latm_magic.answer import Way

__all__ = ["AnswerTable"]

_AT_ONCE = 500
"""Questions a statement: older builds of SQLite take 999 parameters."""

_FIND = """
    SELECT answer.digest, question, tool, answer.version, answer.fingerprint, text, way, confirmed, answer.created, seal
    FROM answer
    LEFT JOIN tool ON tool.name = answer.tool
    LEFT JOIN tool_version AS now ON now.name = tool.name AND now.version = tool.current
    WHERE digest IN ({})
    AND (tool IS NULL OR (answer.version = now.version AND answer.fingerprint = now.fingerprint))
    ORDER BY confirmed DESC, id DESC"""
# The plus keeps SQLite from looking by tool, where it would go through all of that tool's answers.
_REMOVE = "DELETE FROM answer WHERE digest = ? AND +tool IS ? AND +version IS ?"
_INSERT = """
    INSERT INTO answer (digest, question, tool, version, fingerprint, text, way, confirmed, created, seal)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
    WHERE ?3 IS NULL OR EXISTS (SELECT 1 FROM tool_version WHERE name = ?3 AND version = ?4 AND fingerprint = ?5)"""


class AnswerTable(Table):
    """The part of a cache that keeps answers."""

    def find_one(self, question: str) -> StoredAnswer | None:
        """Return the kept answer to exactly this question; None where there is none that counts."""
        return self.find([question]).get(question)

    def find(self, questions: Iterable[str]) -> dict[str, StoredAnswer]:
        """Give the kept answers by question; a question without one that counts is absent.

        Of several, a confirmed one comes first, then the newest.
        """
        if not self._database.rows("SELECT 1 FROM answer LIMIT 1"):
            return {}
        wanted = {digest(question): question for question in questions}
        keys = list(wanted)
        found: dict[str, StoredAnswer] = {}
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            for key, *values, seal in self._database.rows(_FIND.format(",".join("?" * len(some))), some):
                question = wanted[key]
                if question not in found and self._seal.matches(seal, "answer", *values):
                    found[question] = _answer_of(values)
        return found

    def keep(self, answers: Iterable[StoredAnswer]) -> None:
        """Keep answers, all in one transaction; those of tool versions that the cache does not hold are left out.

        Each takes the place of the one that the same tool version gave to the same question before.
        """
        rows = [self._written(answer) for answer in answers]
        if rows:
            with self._database.change() as connection:
                for row in rows:
                    connection.execute(_REMOVE, (row[0], row[2], row[3]))
                    connection.execute(_INSERT, row)

    def _written(self, answer: StoredAnswer) -> list[Any]:
        tool = None if answer.tool is None else plain_name(answer.tool)
        question, text, way, created = map(to_bytes, (answer.question, answer.text, answer.way, answer.created))
        fingerprint, confirmed = answer.fingerprint, int(answer.confirmed)
        # Sealed as it will be read, names as bytes.
        read = (question, tool and tool.encode(), answer.version, fingerprint.encode(), text, way, confirmed, created)
        written = (question, tool, answer.version, fingerprint, text, way, confirmed, created)
        return [digest(answer.question), *written, self._seal.sign("answer", *read)]


def _answer_of(values: list[Any]) -> StoredAnswer:
    """Read what the seal vouches for: these are the values that `_row` made."""
    question, tool, version, fingerprint, text, way, confirmed, created = values
    return StoredAnswer(
        question=from_bytes(question),
        tool=None if tool is None else from_bytes(tool),
        version=version,
        fingerprint=from_bytes(fingerprint),
        text=from_bytes(text),
        way=cast("Way", from_bytes(way)),
        confirmed=bool(confirmed),
        created=from_bytes(created),
    )
