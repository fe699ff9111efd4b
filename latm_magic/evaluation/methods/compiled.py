"""Ours: a tool from the labels, whose parser answers first; with the column, and growing as questions come."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from latm_magic.errors import MakingFailed, TaskError
from latm_magic.evaluation.methods.method import Bench, Making, Method, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Compiled(Method):
    """`session.make` from the labels, `session.solve` with that tool; the user model takes what the parser refuses."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def make(self) -> Making:
        """Make the tool; the best proposal of a making that failed is used as a draft."""
        task, session = self._bench.task, self._bench.session
        try:
            tool = session.make(
                task.name, task.description, list(self._bench.split.labels), keep_draft=True, **self._options()
            )
        except (MakingFailed, TaskError) as fault:
            return Making("none", len(getattr(fault, "attempts", None) or ()), str(fault).partition("\n")[0])
        record = tool.record
        if not record.is_draft:
            return Making("tool", record.provenance.attempts)
        return Making(
            "draft", record.provenance.attempts, "; ".join(f.summary for f in record.verification.failures[:2])
        )

    def answer(self, questions: Sequence[str]) -> list[Outcome]:
        """Answer with the tool, where there is one."""
        task, session = self._bench.task, self._bench.session
        if task.name not in {*session.cache.tools.names(), *(draft.name for draft in session.drafts())}:
            return [Outcome(None, answered=False, way="no tool")] * len(questions)
        answers = session.solve(list(questions), tool=task.name, ask=self._bench.asks_user)
        return [Outcome.of(answer) for answer in answers]

    def _options(self) -> dict[str, Any]:
        return {}


class CompiledWithColumn(Compiled):
    """The same, and the maker sees rows of the column without answers, and in coverage rounds what is refused."""

    def uses_column(self) -> bool:
        """Return that it does."""
        return True

    def _options(self) -> dict[str, Any]:
        return {"questions": list(self._bench.split.column), "coverage_rounds": self._bench.rounds}


class CompiledAndGrown(Compiled):
    """The same, and after each group of questions the tool grows by those of the group that it refused."""

    def answer(self, questions: Sequence[str]) -> list[Outcome]:
        """Answer with the tool, and leave what is refused where an interrupted run finds it."""
        outcomes = super().answer(questions)
        refused = [q for q, outcome in zip(questions, outcomes, strict=True) if outcome.way != "parser"]
        self._refused.write_text(json.dumps(refused), encoding="utf-8")
        return outcomes

    def grow(self) -> Making | None:
        """Have the maker write the next version; where it cannot, the version stays."""
        session, name = self._bench.session, self._bench.task.name
        refused = json.loads(self._refused.read_text(encoding="utf-8")) if self._refused.exists() else []
        if not refused or name not in session.cache.tools.names():
            return Making("nothing to learn")
        before = session.tool(name).record.version
        try:
            session.grow(name, questions=refused, coverage_rounds=1)
        except MakingFailed as fault:
            return Making("not grown", len(getattr(fault, "attempts", None) or ()), str(fault).partition("\n")[0])
        grown = session.tool(name).record
        return Making("grown" if grown.version != before else "not grown", grown.provenance.attempts)

    @property
    def _refused(self) -> Path:
        return self._bench.folder / "refused.json"
