"""Auditing tools at work: some of the answers that their parsers accepted are checked against the strong model.

Which ones follows from the question alone, so that the same batch again pays nothing. Off unless you set `audit_first`
or `audit_rate` and there is a strong model. What becomes of a suspect tool's questions is decided in `suspects.py`.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from latm_magic.answer import WAYS
from latm_magic.cache.records import Audit
from latm_magic.errors import CacheError, LatmError, ReplyError
from latm_magic.events import Disputed, Note, OnEvent, ignore
from latm_magic.models.model import Request
from latm_magic.solving import prompts
from latm_magic.solving.ask_many import ask_many
from latm_magic.solving.replies import Said, read_again, read_direct
from latm_magic.solving.suspects import reconsider, verdict_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from latm_magic.cache.cache import Cache
    from latm_magic.models.model import Model
    from latm_magic.solving.batch import Batch
    from latm_magic.tool import ToolVersion

_AUDITED = {way for way, info in WAYS.items() if info.parser_accepted}
"""The ways in which a tool's own parser accepted a question."""
_KEPT_TOGETHER = 20


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """How much is checked; the defaults are in `settings.py`."""

    first: int
    """The first answers of each version, untested ones before the others."""
    rate: float
    """0 to 1: the share of the later ones."""
    bound: float
    """0 to 1: the agreement below which a tool is suspect."""


@dataclass(frozen=True, slots=True)
class _Check:
    """One answer to be checked."""

    row: int
    tool: ToolVersion
    question: str
    text: str
    known: str | None = None
    """What the strong model said of this question before, of another version; "" where that was no answer."""


class Auditor:
    """Checks answers of batches that are solved."""

    def __init__(
        self,
        cache: Cache,
        model: Model | None,
        options: AuditOptions,
        estimate: Callable[[Sequence[Request], int], str],
        concurrency: int,
        on_event: OnEvent = ignore,
    ) -> None:
        """Keep the strong model (None: there is none) and what says in words what requests will cost.

        `estimate` takes the requests and how many characters their answers have in all.
        """
        self._cache = cache
        self._model = model
        self._options = options
        self._estimate = estimate
        self._concurrency = concurrency
        self._tell = on_event

    def audit(self, batch: Batch) -> None:
        """Check some answers of a solved batch; keep what came of it, and mark tools that fail."""
        if self._model is None or not (self._options.first or self._options.rate):
            return
        try:
            self._check(self._model, batch)
        except CacheError as fault:  # the answers are paid for: they stay, whatever becomes of their checks
            self._tell(Note(f"What checks of answers found could not be kept: {fault}", "warning"))

    def _check(self, model: Model, batch: Batch) -> None:
        checks = [check for tool, rows in _by_tool(batch) for check in self._chosen(batch, tool, rows)]
        audits: list[Audit] = []
        disputed, unchecked = set[str](), 0
        tools = {check.tool.name: check.tool for check in checks}
        try:
            for check, said in self._answers(model, checks):
                audit = self._judge(batch, check, said)
                disputed |= {audit.tool} if audit.is_disputed else set()
                unchecked += not audit.model_text
                audits.append(audit)
                if len(audits) >= _KEPT_TOGETHER:
                    self._cache.feedback.keep_audits(audits)
                    audits = []
        finally:
            if unchecked:
                number = "1 answer stays" if unchecked == 1 else f"{unchecked:,} answers stay"
                self._tell(Note(f"{number} unchecked: {model.name} gave none to compare with.", "warning"))
            self._cache.feedback.keep_audits(audits)
            for tool in tools.values():
                reconsider(self._cache, tool, self._options.bound, self._tell, may_mark=tool.name in disputed)

    def _chosen(self, batch: Batch, tool: ToolVersion, rows: Sequence[int]) -> Iterator[_Check]:
        """Choose of a tool's answers those that are to be checked and were not checked before."""
        audits = self._cache.feedback.audits(tool.name)
        done = {audit.question for audit in audits if audit.version == tool.version}
        known = {audit.question: audit.model_text for audit in audits}
        first = self._options.first - len(done)
        # The more untested branches an answer stands on, the likelier it is wrong; the others stay as they are.
        for row in sorted(rows, key=lambda row: -len(batch.untested.get(row, ()))):
            question = batch.questions[row]
            if question in done:
                continue
            if first > 0 or chance(tool.name, question) < self._options.rate:
                first -= 1
                yield _Check(row, tool, question, batch.texts[row] or "", known.get(question))

    def _answers(self, model: Model, checks: Sequence[_Check]) -> Iterator[tuple[_Check, Said | None]]:
        """Return the strong model's answers as they come, those that are known first; a fault of the model ends it."""
        for check in checks:
            if check.known is not None:
                yield check, read_again(check.known) if check.known else None
        asked = {_request(check): check for check in checks if check.known is None}
        if not asked:
            return
        characters = sum(len(check.text) for check in asked.values())
        answers = "1 answer" if len(asked) == 1 else f"{len(asked):,} answers"
        self._tell(Note(f"Checking {answers} with {model.name}: {self._estimate(list(asked), characters)}."))
        try:
            for request, future in ask_many(model.complete, asked, self._concurrency):
                try:
                    yield asked[request], read_direct(future.result())
                except ReplyError as fault:
                    if fault.kind == "refused":
                        yield asked[request], None
                    # else one answer stays unchecked, and is chosen again next time
        except LatmError as fault:
            self._tell(Note(f"The checking of answers stopped: {fault}", "warning"))

    def _judge(self, batch: Batch, check: _Check, said: Said | None) -> Audit:
        tool, verdict = check.tool, verdict_of(check.tool, said, check.text)
        is_random = chance(tool.name, check.question) < self._options.rate
        agreed = verdict == "agreed"
        audit = Audit(
            tool.name,
            tool.version,
            check.question,
            agreed,
            check.text,
            "",
            is_random=is_random,
            was_untested=check.row in batch.untested,
        )
        if said is None or verdict == "unchecked":
            return audit
        if verdict == "disputed":
            batch.reasons[check.row] = f"the strong model says {said.text[:60]!r}; {batch.reasons[check.row]}"
            self._tell(_disputed(check, said.text))
        return replace(audit, model_text=said.text)


def _by_tool(batch: Batch) -> list[tuple[ToolVersion, list[int]]]:
    rows: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    tools: dict[tuple[str, int], ToolVersion] = {}
    for row, way in enumerate(batch.ways):
        tool = batch.tools[row] if way in _AUDITED and batch.texts[row] is not None else None
        if tool is not None:
            rows[tool.name, tool.version].append(row)
            tools[tool.name, tool.version] = tool
    return [(tools[key], found) for key, found in rows.items()]


def chance(tool: str, question: str) -> float:
    """Return a number from 0 to 1 that follows from tool and question alone."""
    content = f"{tool}\0{question}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest()) / 2**64


def _request(check: _Check) -> Request:
    tool = check.tool
    messages = prompts.answer_alike(tool.description, tool.samples, check.question)
    return Request("direct", messages, max_tokens=4096, tool=tool.name)


def _disputed(check: _Check, text: str) -> Disputed:
    question, tool = check.question, check.tool
    return Disputed(
        f"{tool.name} and the strong model disagree on {question[:80]!r}: {check.text[:60]!r} and {text[:60]!r}."
        " Say which one is right with %latm correct.",
        "warning",
        tool=tool.name,
        version=tool.version,
        question=question,
        tool_text=check.text,
        model_text=text,
    )
