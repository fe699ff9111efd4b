"""The session: the Python face of latm_magic. Every magic is one call of this.

What a step does is in `making/`, `using/` and `library/`; how the parts are put together is in `wiring.py`.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from latm_magic import settings as options
from latm_magic.errors import TaskError
from latm_magic.events import MakingStep, Note, OnEvent, ignore
from latm_magic.making import prompts
from latm_magic.making.adding import add_module
from latm_magic.making.tasks import read_task, with_earlier
from latm_magic.project import find_project
from latm_magic.session.care import Care
from latm_magic.session.parts import Wiring
from latm_magic.session.sharing import Sharing
from latm_magic.session.status import Solved, Status, status_of
from latm_magic.solving.batch import Batch
from latm_magic.solving.columns import read_column
from latm_magic.task import Task, check_name
from latm_magic.tools.function import Tool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from latm_magic.answer import Answer, Answers
    from latm_magic.cache.cache import Cache
    from latm_magic.models.ledger import DirectEstimate, Ledger
    from latm_magic.models.model import Model
    from latm_magic.sandbox import Sandbox
    from latm_magic.sandbox.records import Run
    from latm_magic.settings import Latm
    from latm_magic.tool import ToolVersion, Verification

__all__ = ["Session"]


class Session(Care, Sharing):
    """Everything that one notebook or script works with. Use it as a context manager, or `close()` it.

    `project` is a folder in or below the project; `settings` are those of `%latm config`, by name. `maker`, `user` and
    `dispatcher` take models of yours (anything with `name` and `complete`); what is not given comes from the settings.
    `cluster` is a `distributed.Client` on whose workers large batches run. `base` are settings that were loaded before
    and go on changing, those of a notebook.
    Raises `SettingsError` for unknown or mistyped settings.
    """

    def __init__(
        self,
        project: str | Path | None = ".",
        *,
        on_event: OnEvent = ignore,
        api_key: str | None = None,
        maker: Model | None = None,
        user: Model | None = None,
        dispatcher: Model | None = None,
        cluster: Any = None,
        base: Latm | None = None,
        **settings: Any,
    ) -> None:
        """Read the settings; nothing is opened, started or written before it is needed."""
        options.check_keywords(settings)
        self.project = find_project(project)
        self.settings = options.load_settings(self.project) if base is None else base
        for name, value in settings.items():
            self.settings.put(name, value, "keyword")
        given = {"maker": maker, "user": user, "dispatcher": dispatcher}
        models = {role: model for role, model in given.items() if model is not None}
        # The key is looked up with every model: a notebook may set it after a first try without one.
        key = partial(options.api_key, api_key)
        self._parts = Wiring(self.project, self.settings, key, models, on_event, cluster=cluster)
        self._by_hand: dict[str, Task] = {}
        self._solved = Solved()

    @property
    def cache(self) -> Cache:
        """The tools of the project on disk."""
        return self._parts.cache

    @property
    def ledger(self) -> Ledger:
        """What every model call cost."""
        return self._parts.ledger

    @property
    def sandbox(self) -> Sandbox:
        """Where guest code runs."""
        return self._parts.sandbox

    def make(
        self,
        name: str,
        description: str,
        examples: Any,
        *,
        replace: bool = False,
        min_accuracy: float | None = None,
        show_held_out: bool | None = None,
        on_event: OnEvent | None = None,
    ) -> Tool:
        """Have the maker model write the tool `name` from a description and solved examples; verified and cached.

        `examples`: pairs, dicts, a DataFrame or a file (see `examples.read_examples`); at least three. The same task
        made before gives the tool back without asking. With `replace`, samples of older versions no longer count.
        Raises `TaskError`, `ModelError`, or `MakingFailed`, after which nothing is cached.
        """
        task = self._task(name, description, examples, replace=replace)
        with self._parts.listening(on_event):
            found = self._found(task)
            if found is not None:
                return found
            self.cache.prepare()
            return self._keep(self._parts.maker(min_accuracy, show_held_out).make(task))

    def add(
        self,
        name: str,
        source: str,
        examples: Any = None,
        *,
        description: str = "",
        replace: bool = False,
        min_accuracy: float | None = None,
        on_event: OnEvent | None = None,
    ) -> Tool:
        """Take a module that you wrote as the tool `name`, through the same verification; no maker is asked.

        Without `examples`, those of a request made by hand for this name, else those of the cached tool, are used. A
        reply copied from a chat may be given whole, fence and all. Raises `TaskError`, or `MakingFailed` with the
        record.
        """
        task = self._task_to_add(name, description, examples, replace=replace)
        made_by = "a model asked by hand" if name in self._by_hand else "you"
        with self._parts.listening(on_event):
            accuracy = self._parts.min_accuracy(min_accuracy)
            tool = add_module(
                self._parts.judge(), task, source, made_by, min_accuracy=accuracy, on_event=self._parts.tell
            )
            self._by_hand.pop(name, None)
            return self._keep(tool)

    def by_hand(self, name: str, description: str, examples: Any, *, replace: bool = False) -> str:
        """Return the maker's request as text, to be carried to any chat; `add` takes the reply."""
        task = self._task(name, description, examples, replace=replace)
        self._by_hand[name] = task
        return prompts.propose(task, self.settings.extra_modules)[0].content

    def solve(
        self,
        questions: Any,
        *,
        tool: str | ToolVersion | None = None,
        direct: bool = False,
        on_event: OnEvent | None = None,
    ) -> Answers:
        """Answer questions through the dispatcher, or with one tool only: one `Answer` an instance, in order.

        `questions`: a string (one instance), a list, a Series or another column. What breaks for one instance fails
        that one. With `direct` the strong model answers what no tool does, marked as such. Raises `ModelError` only
        when a model was needed, could not be asked, and nothing was answered.
        """
        rows, index = read_column(questions)
        batch = Batch(rows)
        record = self._parts.tool(tool) if isinstance(tool, str) else tool
        with self._parts.listening(on_event):
            dispatcher = self._parts.dispatcher(direct=direct)
            if record:
                dispatcher.solve_with(batch, record)
            else:
                dispatcher.solve(batch)
            self._parts.auditor().audit(batch)
        answers = batch.answers(index)
        self._solved = self._solved + answers
        if dispatcher.fault is not None and all(way == "failed" for way in answers.ways):
            raise dispatcher.fault
        return answers

    def stream(self, questions: Iterable[str], *, block: int = 1000) -> Iterator[Answer]:
        """Answer an iterator of questions, in order, `block` at a time; returns one `Answer` after another."""
        waiting: list[str] = []
        for question in questions:
            waiting.append(question)
            if len(waiting) >= block:
                yield from self.solve(waiting)
                waiting = []
        if waiting:
            yield from self.solve(waiting)

    def call(self, tool: ToolVersion, arguments: Mapping[str, Any] | Sequence[Any]) -> Run:
        """Call a tool's function in the sandbox, by name or by position; expected failures are in the `Run`."""
        return self._parts.runner().call(tool, arguments)

    def tools(self) -> tuple[Tool, ...]:
        """Return all tools of the project at their current versions, by name."""
        return tuple(Tool(record, self) for record in self._parts.tools())

    def tool(self, name: str, version: int | None = None) -> Tool:
        """Return one tool; raises `ToolNotFound`."""
        return Tool(self._parts.tool(name, version), self)

    def verify(self, name: str) -> Verification:
        """Run a cached tool on all its samples again, and keep the record; raises `ToolNotFound`."""
        record = self.cache.tools.get(name)
        verification = self._parts.verifier().verify(record, min_accuracy=record.verification.min_accuracy)
        self.cache.tools.replace_verification(record.name, record.version, verification)
        self._parts.forget_tools()
        return verification

    def drop(self, name: str) -> None:
        """Remove a tool with all its versions and answers; raises `ToolNotFound`."""
        self.cache.tools.drop(name)
        self._parts.forget_tools()

    def status(self) -> Status:
        """Say where things are and what is up: project, cache, models, walls, money."""
        return status_of(self.project, self._parts)

    def direct_estimate(self) -> DirectEstimate | None:
        """Estimate what the instances that this session solved would have cost, asked of the maker model directly.

        None while nothing was solved or no maker model is named.
        """
        model, solved = self._parts.roles.name_of("maker"), self._solved
        if not (model and solved.instances):
            return None
        return self.ledger.direct_estimate(
            model,
            self.settings.base_url,
            instances=solved.instances,
            question_characters=solved.question_characters,
            answer_characters=solved.answer_characters,
        )

    def close(self) -> None:
        """Stop the workers and close the cache; the session opens both anew when it is used again."""
        self._parts.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _task(self, name: str, description: str, examples: Any, *, replace: bool) -> Task:
        check_name(name)
        task = read_task(name, description, examples, self.project.folder)
        return task if replace else with_earlier(task, self.cache)

    def _task_to_add(self, name: str, description: str, examples: Any, *, replace: bool) -> Task:
        check_name(name)
        if examples is not None:
            return self._task(name, description or f"What {name} does.", examples, replace=replace)
        known = self._by_hand.get(name)
        if known is None and name in self.cache.tools.names():
            known = self.cache.tools.get(name).task
        if known is None:
            raise TaskError(f"No examples for {name!r}: give --examples, or start with %%latm {name} --by-hand.")
        return Task(name, description or known.description, known.samples, known.kind, known.earlier)

    def _found(self, task: Task) -> Tool | None:
        """Return the tool that was made before of the same task, verified again where the ground has changed."""
        record = self.cache.tools.find(task)
        if record is None:
            return self._found_shared(task)
        known = record.verification
        python = f"{sys.version_info[0]}.{sys.version_info[1]}"
        same_ground = (known.policy, known.python) == (self.sandbox.policy_version, python)
        if not (same_ground and self.cache.tools.is_trusted(record)) and not self.verify(record.name).passed:
            self._parts.tell(Note(f"{record.name} no longer passes its samples: it is made again.", "warning"))
            return None
        self._parts.tell(MakingStep(record.name, "found", detail=f"version {record.version}"))
        return self.tool(record.name)

    def _found_shared(self, task: Task) -> Tool | None:
        shared = None if task.name in self.cache.tools.names() else self._parts.shared.find(task)
        if shared is None:
            return None
        self._parts.tell(MakingStep(shared.name, "found", detail=f"shared, {shared.provenance.imported_from}"))
        return Tool(shared, self)
