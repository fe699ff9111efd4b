"""The paper's way: function, unit tests and wrapper as three calls of the maker; a light model writes each call."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from latm_magic.comparison import text_or_none
from latm_magic.errors import ModelError, NotebookError, ReplyError
from latm_magic.evaluation.methods import latm_prompts as prompts
from latm_magic.evaluation.methods.method import STOPS, Bench, Making, Method, Outcome
from latm_magic.making.replies import read_module
from latm_magic.models.model import Request
from latm_magic.provenance import Provenance
from latm_magic.sharing.transcripts import Conversation, read_conversation
from latm_magic.solving.ask_many import ask_many
from latm_magic.tool import Proposal
from latm_magic.tools.runner import ToolRunner, reason_of
from latm_magic.tools.user import UserModel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from latm_magic.evaluation.methods.latm_prompts import Conversed
    from latm_magic.task import Instance

_SHOWN = 3
_TRIES = 4
"""The first one and at most three retries a stage, as in the paper; its temperature too."""
_TEMPERATURE = 0.3


class Latm(Method):
    """Three demonstrations, three validation instances; the rest of the labels is not used, as in the paper."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._page = bench.folder / "conversation.json"
        self._attempts = 0

    def make(self) -> Making:
        """Propose, test and wrap."""
        labels = [each for each in self._bench.split.labels if each.expects == "answer"]
        shown = labels[:_SHOWN]
        held = labels[_SHOWN : 2 * _SHOWN] or shown
        try:
            conversed, source = self._stage(prompts.propose(self._bench.task.description, shown), self._read_source)
            conversed, _ = self._stage(
                prompts.write_tests(conversed, held),
                lambda _conversed, reply: self._test(source, prompts.read_blocks(reply), held),
            )
            self._stage(prompts.wrap(conversed, [*shown, *held]), self._keep)
        except _NotMade as fault:
            return Making("none", self._attempts, str(fault))
        return Making("tool", self._attempts)

    def answer(self, questions: Sequence[str]) -> list[Outcome]:
        """Have the user model write a call for each question, and run it."""
        if not self._page.exists():
            return [Outcome(None, answered=False, way="no tool")] * len(questions)
        session = self._bench.session
        tool = self._tool(read_conversation(self._page))
        user = UserModel(session.model("user"), ToolRunner(session.sandbox, lambda _tool: ()))
        found: dict[int, Outcome] = {}
        numbered = list(enumerate(questions))
        concurrency = session.settings.concurrency
        for (number, _), future in ask_many(lambda each: _ask(user, tool, each[1]), numbered, concurrency):
            found[number] = future.result()
        return [found[number] for number, _ in numbered]

    def _stage(self, conversed: Conversed, read: Callable[[Conversed, str], str]) -> tuple[Conversed, str]:
        """Ask until `read` takes the reply; it raises `ValueError` for one that it does not. Raises `_NotMade`."""
        fault = ""
        for _ in range(_TRIES):
            self._attempts += 1
            try:
                reply = self._bench.session.model("maker").complete(
                    Request("maker", conversed, temperature=_TEMPERATURE, tool=self._bench.task.name)
                )
            except ReplyError as error:
                fault = str(error)
                continue
            try:
                taken = read(conversed, reply.text)
            except (ValueError, NotebookError) as error:
                fault = str(error)
                conversed = prompts.again(conversed, reply.text, fault)
                continue
            return prompts.answered(conversed, reply.text), taken
        raise _NotMade(fault)

    def _read_source(self, _conversed: Conversed, reply: str) -> str:
        source = read_module(reply, self._bench.task.name)
        if not source:
            raise ValueError("the reply holds no function in a fenced python block")
        check = self._bench.session.sandbox.check(source)
        if check.findings:
            raise ValueError("; ".join(str(finding) for finding in check.findings[:3]))
        return source

    def _test(self, source: str, snippets: Sequence[str], held: Sequence[Instance]) -> str:
        if len(snippets) != len(held):
            raise ValueError(f"there are {len(snippets)} blocks for {len(held)} questions")
        task, sandbox = self._bench.task, self._bench.session.sandbox
        for number, (snippet, instance) in enumerate(zip(snippets, held, strict=True), 1):
            run = sandbox.run_snippet(source, snippet)
            got = text_or_none(run.value) if run.returned else None
            if got is None:
                raise ValueError(
                    f"the test of question {number}: {reason_of(run) if not run.returned else 'no answer'}"
                )
            if not task.is_right(instance, got, is_answered=True):
                raise ValueError(f"the test of question {number} gives {got!r}, and {instance.answer!r} is right")
        return source

    def _keep(self, conversed: Conversed, reply: str) -> str:
        return prompts.keep_conversation(self._page, prompts.answered(conversed, reply)).source

    def _tool(self, read: Conversation) -> Proposal:
        task = self._bench.task
        return Proposal(
            name=task.name,
            description=task.description,
            source=read.source,
            function=task.name,
            parameters=(),
            returns="",
            doc="",
            calling="snippet",
            has_format=False,
            kind=task.kind,
            samples=self._bench.split.labels,
            earlier=(),
            use_cases=read.use_cases,
            provenance=Provenance(maker=self._bench.session.model("maker").name, attempts=self._attempts),
        )


def _ask(user: UserModel, tool: Proposal, question: str) -> Outcome:
    """Answer one question; raises `ModelError` where no other would fare better."""
    began = time.perf_counter()
    try:
        asked = user.answer(tool, question)
    except ModelError as fault:
        if fault.kind in STOPS:
            raise
        return Outcome(None, answered=False, way="failed", cost_usd=fault.cost_usd)
    text = text_or_none(asked.run.value) if asked.run is not None and asked.run.returned else None
    return Outcome(
        text,
        text is not None,
        "user" if text is not None else "no answer",
        tokens=asked.spent.tokens,
        cost_usd=asked.spent.cost_usd,
        ms=1000 * (time.perf_counter() - began),
    )


class _NotMade(Exception):
    """A stage did not come to an end; the message says why."""
