"""The tool as you hold it in a notebook: a function you call, and its way with questions and columns.

It keeps a record and asks its host (the session) to run things; nothing of the guest's code lives in this process.
"""

from __future__ import annotations

import linecache
import types
from typing import TYPE_CHECKING, Any, Protocol

from latm_magic.errors import TaskError, ToolError
from latm_magic.shown import Shown
from latm_magic.text import one_line
from latm_magic.tools import tracing
from latm_magic.tools.direct_call import bind, is_question
from latm_magic.tools.runner import reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from latm_magic.answer import Answer, Answers
    from latm_magic.provenance import Provenance
    from latm_magic.sandbox.records import Run
    from latm_magic.tool import ToolVersion, UseCase
    from latm_magic.verification import Verification

_LONGEST = 80
"""Characters of a question that help shows."""


class ToolHost(Protocol):
    """What a tool needs of the session that it belongs to."""

    def call(self, tool: ToolVersion, arguments: Mapping[str, Any] | Sequence[Any]) -> Run:
        """Call the tool's function in the sandbox, by name or by position."""

    def solve(
        self,
        questions: Any,
        *,
        tool: ToolVersion | None = None,
        ask: bool | None = None,
        to: str | Path | None = None,
    ) -> Answers:
        """Answer questions, with one tool only where it is named, and without a model where `ask` is False.

        Those of a Dask column go into the folder `to`.
        """


class Tool(Shown):
    """A verified tool, callable like a function; its code runs in the sandbox.

    `tool("a question")` answers what its parser reads, and `tool(arguments)` calls the function itself: both return a
    plain result. `tool.solve(question)` returns the whole `Answer`, `tool.map(column)` those to a list or Series.
    Raises `ToolError` when the tool itself fails. It is immutable: a copy is the tool itself. Pickled, it works in any
    process that sees the project's folder.
    """

    def __init__(self, record: ToolVersion, host: ToolHost) -> None:
        # No docstring: `tool?` would show it as "Init docstring" below the tool's own.
        self.record = record
        self._host = host
        self.__name__ = self.__qualname__ = record.name
        self.__doc__ = _document(record)
        self.__signature__ = record.call_signature
        self.__dict__["__call__"] = _as_shown(record)
        self.__wrapped__ = _source_module(record)

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.record.name

    @property
    def version(self) -> int:
        """The version, from 1."""
        return self.record.version

    @property
    def description(self) -> str:
        """The task, as it was told to the maker."""
        return self.record.description

    @property
    def source(self) -> str:
        """The module's source."""
        return self.record.source

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) over what the tool does and what it was verified on."""
        return self.record.fingerprint

    @property
    def verification(self) -> Verification:
        """What each sample gave."""
        return self.record.verification

    @property
    def provenance(self) -> Provenance:
        """Where the tool comes from and what it cost."""
        return self.record.provenance

    @property
    def use_cases(self) -> tuple[UseCase, ...]:
        """Questions together with the calls that answered them."""
        return self.record.use_cases

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function in the sandbox with plain data, or answer a question; return plain data.

        One text that the function cannot take is a question, which the tool's parser reads and no model is asked.
        Raises `ToolError` where the tool fails or does not answer, and TypeError for arguments that do not fit.
        """
        if self.record.has_parser and is_question(self.record, args, kwargs):
            return self._answer(args[0])
        arguments, at = bind(self.record, args, kwargs), tracing.began()
        run = self._host.call(self.record, arguments)
        if at:
            tracing.add(tracing.step_of(self.record, arguments, run, at))
        if not run.returned:
            raise ToolError(f"{self.name} failed: {reason_of(run)}.", run=run)
        return run.value

    def _answer(self, question: str) -> Any:
        at = tracing.began()
        answer = self._host.solve([question], tool=self.record, ask=False)[0]
        if at:
            tracing.add(tracing.step_of_answer(self.record, answer, at))
        if not answer.answered:
            how = (
                f"{self.name}.solve(question) asks a model, {self.name}.map(column) answers what it can of a column,"
                f" and the function is {self.record.signature}"
            )
            raise ToolError(f"{self.name} does not answer {one_line(question, 80)!r} by itself: {how}.")
        return answer.value

    def solve(self, question: str) -> Answer:
        """Answer one question with this tool: its parser first, then the user model."""
        return self._host.solve([question], tool=self.record)[0]

    def map(self, questions: Any, *, to: str | Path | None = None) -> Answers:
        """Answer a list, Series or other column of questions with this tool, in order; raises `TaskError`.

        Returns `Answers`; of a Dask column a Dask DataFrame, as `Session.solve` does, with answers kept in `to`.
        """
        if isinstance(questions, str):  # as `Series.map` gives it, and a cell is no place for a column of answers
            raise TaskError(f"{self.name}.map takes a column of questions: give one question to tool.solve(question).")
        return self._host.solve(questions, tool=self.record, to=to)

    def __reduce__(self) -> tuple[Any, ...]:
        return Tool, (self.record, self._host)

    def __copy__(self) -> Tool:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Tool:
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tool) and self.record.fingerprint == other.record.fingerprint

    def __hash__(self) -> int:
        return hash(self.record.fingerprint)

    def __repr__(self) -> str:
        record = self.record
        return f"<tool {record.signature}, version {record.version}, verified {_score(record)}>"


def _document(record: ToolVersion) -> str:
    parts = [record.doc.strip() or record.description.strip()]
    if record.doc.strip():
        parts.append(f"Made for: {record.description.strip()}")
    if record.use_cases:
        case = record.use_cases[0]
        question = (
            f"    {record.name}({case.question!r})\n" if record.has_parser and len(case.question) <= _LONGEST else ""
        )
        parts.append(f"For example:\n{question}    {case.call}")
    right, unseen = record.unseen
    samples = f"{right} of {unseen} samples that its maker had not seen" if unseen else _score(record)
    parts.append(f"Verified on {samples}. Runs in the sandbox.")
    return "\n\n".join(parts)


def _as_shown(record: ToolVersion) -> Callable[..., Any]:
    """Return what help looks at for the signature of a call, which would be `(*args, **kwargs)`; it is never called."""

    def call() -> None: ...

    call.__signature__ = record.call_signature  # type: ignore[attr-defined]
    return call


def _score(record: ToolVersion) -> str:
    return f"{record.verification.right} of {len(record.verification.samples)}"


def _source_module(record: ToolVersion) -> types.ModuleType:
    """Return an empty module whose source text is the tool's, for `??` and `inspect.getsource`; nothing is executed."""
    name = f"<tool {record.name} {record.version} {record.fingerprint[:12]}>"
    linecache.cache[name] = (len(record.source), None, record.source.splitlines(keepends=True), name)
    module = types.ModuleType(record.name, _document(record))
    module.__file__ = name
    return module
