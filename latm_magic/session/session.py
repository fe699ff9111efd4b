"""The session: the Python face of latm_magic on one page. Every magic is one call of this.

What a method does is in the service that it calls: `making.py`, `solving.py`, `versions.py`, `feedback.py` and
`pending.py` here, and `sharing/`. How the parts are put together is in `parts.py`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Self

from latm_magic import settings as options
from latm_magic.cache.traces import all_traces
from latm_magic.events import OnEvent, ignore
from latm_magic.project import find_project
from latm_magic.session.advising import advise
from latm_magic.session.arguments import check_arguments
from latm_magic.session.asking import Asking
from latm_magic.session.beside import Beside
from latm_magic.session.checking import Checking
from latm_magic.session.drafts import Drafts
from latm_magic.session.feedback import Feedback
from latm_magic.session.flows import Flows
from latm_magic.session.making import Making
from latm_magic.session.partitions import Partitions
from latm_magic.session.parts import Parts
from latm_magic.session.pending import PendingQuestions
from latm_magic.session.pinging import Pings, ping
from latm_magic.session.reopening import chosen_settings, reopen
from latm_magic.session.roles import key_for
from latm_magic.session.samples import Samples
from latm_magic.session.saving import Saved, save_setting
from latm_magic.session.solving import Preview, Solving
from latm_magic.session.status import Status, status_of
from latm_magic.session.steps import Steps
from latm_magic.session.verdict import Verdicts
from latm_magic.session.versions import Versions
from latm_magic.sharing.exporting import export
from latm_magic.sharing.loading import Loader
from latm_magic.solving.questions import is_partitioned
from latm_magic.solving.tool_loop.bounds import Bounds
from latm_magic.solving.tool_loop.comparing import compare_traces
from latm_magic.sources import load_settings
from latm_magic.tools.function import Tool
from latm_magic.tools.tracing import Recording

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from latm_magic.answer import Answer, Answers
    from latm_magic.cache.records import Correction, StoredAnswer
    from latm_magic.cache.trace_file import Traces
    from latm_magic.draft import Draft, Failure
    from latm_magic.models.ledger import DirectEstimate
    from latm_magic.models.model import Model, Role
    from latm_magic.models.offers import Offers
    from latm_magic.routing.pending import PendingGroup
    from latm_magic.sandbox import Sandbox
    from latm_magic.sandbox.records import Run
    from latm_magic.session.advising import Advice
    from latm_magic.session.checking import CheckSheet
    from latm_magic.session.feedback import FeedbackResult
    from latm_magic.session.samples import AddedExample
    from latm_magic.session.steps import Undone
    from latm_magic.session.verdict import Verdict
    from latm_magic.settings import Latm
    from latm_magic.sharing.exporting import Exported
    from latm_magic.sharing.loading import Clash, Loaded
    from latm_magic.sharing.notebooks import Offer
    from latm_magic.solving.tool_loop.asked import Asked
    from latm_magic.solving.tool_loop.comparing import TraceComparison
    from latm_magic.task import Instance
    from latm_magic.tool import ToolVersion
    from latm_magic.traces import Step, Trace
    from latm_magic.verification import Verification
    from latm_magic.workflows.flow import Flow


@check_arguments
class Session:
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
        self.settings = load_settings(self.project, settings) if base is None else base
        self.settings.put_all((name, value, "keyword") for name, value in settings.items())
        models = {"maker": maker, "user": user, "dispatcher": dispatcher}
        # The key is looked up with every model: a notebook may set it after a first try without one.
        key = partial(key_for, self.settings, api_key, self.settings.profile)
        self._parts = parts = Parts(self.project, self.settings, key, models, on_event, cluster=cluster)
        self.cache = parts.cache
        """The tools of the project on disk."""
        self.ledger = parts.ledger
        """What every model call cost."""
        self._versions = Versions(parts)
        self._drafts = Drafts(parts, self._versions)
        self._making = Making(parts, self._versions, self._drafts, self.project.folder)
        self._solving = Solving(parts)
        self._feedback = Feedback(parts, self._versions)
        self._checking = Checking(parts, self._versions, self._solving, self._feedback)
        self._verdicts = Verdicts(parts, self._solving)
        self._partitions = Partitions(parts, self._solving)
        self._pending = PendingQuestions(parts, self._versions, self._making)
        self._samples = Samples(parts, self._versions, self._feedback)
        self._asking = Asking(parts)
        self._steps = Steps(parts, self._versions)
        self._flows = Flows(parts, self._asking, self)
        self._beside = Beside()

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
        questions: Any = None,
        coverage_rounds: int | None = None,
        na: str | None = None,
        keep_draft: bool = False,
        replace: bool = False,
        min_accuracy: float | None = None,
        show_held_out: bool | None = None,
        on_event: OnEvent | None = None,
    ) -> Tool:
        """Have the maker model write the tool `name` from a description and solved examples; verified and cached.

        `examples`: pairs, dicts, a DataFrame or a file (see `examples.read_examples`); at least three. In place of an
        answer, None (NaN, NA, or the word `na`) says that there is none, which the tool then gives as None; `REFUSE`
        says that the question is to be refused. `questions`: the column that the tool is for, as `solve` takes it. The
        maker sees some of it, without answers, and in coverage rounds some of what the tool refuses: as many as pay, or
        `coverage_rounds` where you say so. The same task made before gives the tool back without asking. With
        `replace`, samples of older versions no longer count. Raises `TaskError`, `ModelError`, or `MakingFailed`, after
        which no tool is cached: the best proposal is a draft, the error's `draft`, which is returned in the error's
        place with `keep_draft`.
        """
        task = self._making.task(name, description, examples, na=na, replace=replace)
        with self._parts.events.to(on_event):
            return self._tool(
                self._making.make(
                    task, min_accuracy, show_held_out, questions, coverage_rounds, keep_draft=keep_draft, anew=replace
                )
            )

    def add(
        self,
        name: str,
        source: str,
        examples: Any = None,
        *,
        description: str = "",
        na: str | None = None,
        replace: bool = False,
        min_accuracy: float | None = None,
        on_event: OnEvent | None = None,
    ) -> Tool:
        """Take a module that you wrote as the tool `name`, through the same verification; no maker is asked.

        Without `examples`, those of a request made by hand for this name, else those of the cached tool, are used. A
        reply copied from a chat may be given whole, fence and all. Raises `TaskError`, or `MakingFailed` with the
        record.
        """
        with self._parts.events.to(on_event):
            task = self._making.task_to_add(name, description, examples, na=na, replace=replace)
            return self._tool(self._making.add(task, source, min_accuracy))

    def by_hand(
        self,
        name: str,
        description: str,
        examples: Any,
        *,
        na: str | None = None,
        replace: bool = False,
        questions: Any = None,
    ) -> str:
        """Return the maker's request as text, to be carried to any chat; `add` takes the reply, and knows the task."""
        task = self._making.task(name, description, examples, na=na, replace=replace)
        return self._making.by_hand(task, questions)

    def solve(
        self,
        questions: Any,
        *,
        tool: str | Tool | ToolVersion | None = None,
        direct: bool = False,
        ask: bool | None = None,
        retry: bool = False,
        to: str | Path | None = None,
        replace: bool = False,
        on_event: OnEvent | None = None,
    ) -> Answers:
        """Answer questions through the dispatcher, or with one tool only: one `Answer` an instance, in order.

        `questions`: a string (one instance), a list, a Series or another column. What breaks for one instance fails
        that one. Answers go into a column by position; `.to_series()` goes by the index of the Series. With `direct`
        the strong model answers what no tool does, marked as such. Models are asked where no parser answers: as long as
        that takes no more calls than the setting `ask_above`, or whatever it takes with `ask=True`, or not at all with
        `ask=False`; what they left unanswered is asked again only with `retry`, or once a tool or a model has changed.
        Raises `ModelError` only when a model was needed, could not be asked, and nothing was answered.

        A Dask column gives a Dask DataFrame beside it (docs/scale.md): a lazy one of what needs no model; or, with the
        folder `to`, one of all answers, which the cluster writes there by partitions. Those that are finished stay, so
        the same call goes on where it was stopped; `replace` answers those anew that other tools answered.
        """
        with self._parts.events.to(on_event):
            if to is not None or is_partitioned(questions):
                answers: Answers = self._partitions.solve(
                    questions, self._drafts.named(tool), to, direct=direct, ask=ask, retry=retry, replace=replace
                )
            else:
                answers = self._solving.solve(questions, self._drafts.named(tool), direct=direct, ask=ask, retry=retry)
                self._verdicts.tell(answers)
        return answers

    async def asolve(
        self,
        questions: Any,
        *,
        tool: str | Tool | ToolVersion | None = None,
        direct: bool = False,
        ask: bool | None = None,
        retry: bool = False,
        on_event: OnEvent | None = None,
    ) -> Answers:
        """Answer questions as `solve` does, on a thread of the session, while your event loop goes on.

        One call after another: what overlaps are the questions of one call. `on_event` is called on that thread. A
        call that you cancel is not begun, or ends by itself. Raises what `solve` raises.
        """
        return await self._beside.run(
            partial(self.solve, questions, tool=tool, direct=direct, ask=ask, retry=retry, on_event=on_event)
        )

    def preview(self, questions: Any, *, tool: str | None = None, rows: int = 20) -> Preview:
        """Answer a column as `solve` does with `ask=False`, and choose about `rows` of its rows to look at.

        No model is asked. Raises `ToolNotFound`, `TaskError` for what is not a column.
        """
        return Preview.of(self.solve(questions, tool=tool, ask=False), rows)

    def check(self, name: str, questions: Any = None, *, rows: int = 12, target: float | None = None) -> CheckSheet:
        """Return the rows of a column whose label tells most of a tool; `checked` takes what you say of them.

        First rows on which proposals of the making differ, then one for each branch that no right sample ran, what
        rounds of making brought, and one of each wording that is refused. With `target` (0 to 1) random rows instead,
        as many as prove that so many answers are right; without a column the sheet only says how many those are. Raises
        `ToolNotFound`, `TaskError`.
        """
        return self._checking.sheet(name, questions, rows=rows, target=target)

    def checked(self, name: str, labels: Mapping[str, Any], *, is_random: bool = False) -> tuple[FeedbackResult, ...]:
        """Take in which answers are right, by question: right ones widen what is tested, wrong ones can be learned.

        `is_random`: the rows are those of a sheet with a target. Raises `ToolNotFound`, `TaskError`.
        """
        return self._checking.take(name, labels, is_random=is_random)

    def advise(self, questions: Any, *, rows: int = 12) -> Advice:
        """Return the rows of a column that are most worth a label: as different as possible, the same each time.

        Its `refusals` are questions besides that may be none of the task's: you decide which of them are to be refused.
        """
        return advise(self.cache.tools, questions, rows)

    def verdict(self, answers: Answers) -> Verdict:
        """Return what a column came to, what is known of it, and what it cost; `str` gives it in one line."""
        return self._verdicts.verdict(answers)

    def stream(self, questions: Iterable[str], *, block: int = 1000) -> Iterator[Answer]:
        """Answer an iterator of questions, in order, `block` at a time; yield one `Answer` after another.

        What the iterator raises comes behind the answers to what it gave before. Raises `TaskError` for no column.
        """
        return self._solving.stream(questions, block)

    def call(self, tool: ToolVersion, arguments: Mapping[str, Any] | Sequence[Any]) -> Run:
        """Call a tool's function in the sandbox, by name or by position; expected failures are in the `Run`."""
        return self._parts.runner().call(tool, arguments)

    def tools(self) -> tuple[Tool, ...]:
        """Return all tools of the project at their current versions, by name."""
        return tuple(map(self._tool, self._parts.tools()))

    def tool(self, name: str, version: int | None = None) -> Tool:
        """Return one tool, or the draft of a name that no tool has; raises `ToolNotFound`."""
        return self._tool(self._drafts.tool(name, version))

    def drafts(self) -> tuple[Draft, ...]:
        """Return the best proposals of makings that failed, by name, oldest first, each with what it does wrong."""
        return self._drafts.all()

    def draft(self, name: str, number: int | None = None) -> Draft:
        """Return one draft: of several makings of a name the newest, or the one of that number; raises `TaskError`."""
        return self._drafts.get(name, number)

    def why(self, name: str) -> Failure:
        """Return why the last making of this name failed, with its attempts; it is kept until one succeeds.

        Raises `TaskError` where none failed.
        """
        return self._drafts.why(name)

    def keep(self, name: str, number: int | None = None) -> Tool:
        """Make a draft a tool: from now on questions are sent to it, and its samples that fail are on record.

        Of several drafts of that name the newest, or the one of that number; the others stay. Raises `TaskError` where
        there is none.
        """
        return self._tool(self._drafts.keep(name, number))

    def verify(self, name: str) -> Verification:
        """Run a cached tool on all its samples again, and keep the record; one that passes is no longer suspect.

        Raises `ToolNotFound`.
        """
        return self._making.verify(name)

    def drop(self, name: str) -> None:
        """Remove a tool with all its versions and answers, or the drafts of a name that no tool has.

        `undo` brings a tool back, until another is dropped. A flow goes as `drop_flow` has it. Raises `ToolNotFound`.
        """
        if self._flows.is_flow(name):
            self._flows.table.drop(name)
        elif not self._drafts.forget(name):
            self._steps.drop(name)

    def versions(self, name: str) -> tuple[Tool, ...]:
        """Return all versions of a tool, oldest first; `tool(name)` is the current one. Raises `ToolNotFound`."""
        return tuple(map(self._tool, self._versions.all(name)))

    def diff(self, name: str, old: int | None = None, new: int | None = None) -> str:
        """Return what changed between two versions: a unified diff of the sources, and the samples; "" for nothing.

        Without `new` the current version is meant, without `old` the one before it (for the first version: the last
        one). Raises `ToolNotFound`, and `TaskError` where there is only one version.
        """
        return self._versions.diff(name, old, new)

    def samples(self, name: str) -> tuple[Instance, ...]:
        """Return a tool's examples, in the order of their numbers, from 1; raises `ToolNotFound`."""
        return self._samples.of(name)

    def add_example(self, name: str, question: str, answer: Any) -> AddedExample:
        """Add one example to a tool; no model is asked.

        The current version is tried on it. Where it passes, the next version is the same module with this example;
        where it does not, the example becomes a correction, which `grow` learns. `answer` as in `correct`. Raises
        `TaskError`, `ToolNotFound`.
        """
        return self._samples.add(name, question, answer)

    def remove_example(self, name: str, number: int) -> Tool:
        """Remove the example of that number from a tool, whose next version has the others; no model is asked.

        Raises `TaskError` where there is none of that number or too few would be left, `ToolNotFound`.
        """
        return self._tool(self._samples.remove(name, number))

    def rename(self, old_name: str, new_name: str) -> Tool:
        """Give a tool another name, with its versions, answers, corrections and routes; its source stays as it is.

        What it cost stays in the ledger under the old name. Raises `TaskError` for a name that no tool can have or one
        has, `ToolNotFound`.
        """
        return self._tool(self._steps.rename(old_name, new_name))

    def undo(self) -> Undone:
        """Take back the last of: a drop, a renaming, a correction, a rollback, a version that replaced another.

        Called again, the step before that, up to 20; of dropped tools only the last is kept. Steps outlast a restart.
        Raises `TaskError` where there is none.
        """
        return self._steps.undo()

    def rollback(self, name: str, version: int | None = None) -> Tool:
        """Make an older version, or a newer one again, the current one; you vouch for it, so it is no longer suspect.

        Without a number, the version before the current one. Raises `TaskError` where there is none, and
        `ToolNotFound`, which names the versions that there are.
        """
        return self._tool(self._versions.rollback(name, version))

    def grow(
        self,
        name: str,
        *,
        questions: Any = None,
        coverage_rounds: int | None = None,
        on_event: OnEvent | None = None,
    ) -> Tool | Flow:
        """Have the maker model write the next version of a tool from what it refused and what it got wrong.

        A flow grows from the traces that are kept now, and asks nobody, unless its parser no longer fits.

        It must pass every sample that a version passed before, and every corrected answer. With `questions`, a column
        as `solve` takes it, what the tool refuses of that goes to the maker, in one coverage round or as many as you
        say. Raises `TaskError` where there is nothing to learn from, `ModelError`, or `MakingFailed`, after which the
        version stays as it is.
        """
        with self._parts.events.to(on_event), self._drafts.noting(name):
            if self._flows.is_flow(name):
                return self._flows.grow(name)
            if questions is None:
                return self._tool(self._versions.grow(name))
            return self._tool(self._making.cover(name, questions, coverage_rounds))

    def correct(self, question: str | Answer, answer: Any, *, tool: str | None = None) -> FeedbackResult:
        """Say which answer is right; the question is answered so from now on, and the tool can learn it (`grow`).

        `answer` may be `REFUSE`, or None (there is none) where the tool has such examples. `question` may be an
        `Answer`, whose tool is then meant.
        Without a tool it is the one that answers now; where none does, the answer is kept without one. Raises
        `TaskError` where there is nothing to take, `ToolNotFound`.
        """
        return self._feedback.correct(question, answer, tool=tool)

    def corrections(self, tool: str) -> tuple[Correction, ...]:
        """Return what you corrected of a tool's answers and it has not learned yet, oldest first."""
        return self._feedback.corrections(tool)

    def withdraw(self, question: str | Answer, *, tool: str | None = None) -> FeedbackResult:
        """Take back what you said is right of a question: a correction, or a confirmed answer.

        Raises `TaskError` where you said nothing of it.
        """
        return self._feedback.withdraw(question, tool=tool)

    def confirm(self, questions: Any = None, *, tool: str | None = None) -> tuple[FeedbackResult, ...]:
        """Say that answers are right: those that questions have now, or that the `Answer`s hold.

        With `tool` alone: its examples that a model answered. Raises `TaskError` where there is no answer to confirm.
        """
        return self._feedback.confirm(questions, tool=tool)

    def unconfirmed(self, name: str) -> tuple[StoredAnswer, ...]:
        """Return a tool's examples that a model answered and that you have not confirmed; raises `ToolNotFound`."""
        return self._feedback.unconfirmed(name)

    def pending(self) -> tuple[PendingGroup, ...]:
        """Return the questions that no tool fits, grouped by likeness, the group with the oldest question first."""
        return self._pending.groups()

    def give_pending(self, group: int, tool: str) -> PendingGroup:
        """Say that the questions of a pending group are an existing tool's: `grow(tool)` learns them.

        Raises `TaskError` where there is no such group, `ToolNotFound`.
        """
        return self._pending.give(group, tool)

    def dismiss_pending(self, group: int) -> PendingGroup:
        """Forget the questions of a pending group, until they are asked again; raises `TaskError`."""
        return self._pending.dismiss(group)

    def make_from_pending(
        self,
        name: str,
        group: int,
        description: str,
        answers: Any = None,
        *,
        direct: bool = False,
        replace: bool = False,
        min_accuracy: float | None = None,
        show_held_out: bool | None = None,
        on_event: OnEvent | None = None,
    ) -> Tool:
        """Have the maker write a tool from a group of pending questions; those that it answers are pending no more.

        `answers`: a mapping from question to answer, pairs, or a list in the group's order with None for what you do
        not know. With `direct` the strong model answers up to ten of the others, and the description says so;
        `unconfirmed(name)` lists them, `confirm(tool=name)` confirms them. Raises `TaskError`, `ModelError`,
        or `MakingFailed`.
        """
        with self._parts.events.to(on_event):
            tool = self._pending.make(
                name, group, description, answers, min_accuracy, show_held_out, direct=direct, replace=replace
            )
            return self._tool(tool)

    def export(self, path: str | Path, names: Iterable[str] | str | None = None, *, force: bool = False) -> Exported:
        """Write tools as a notebook (`.ipynb`), or one as a plain module with its tests (`.py` and `test_….py`).

        `names`: all tools of the cache where left out; for a module, the tool named as the file. A file with another
        content is replaced only with `force`. Raises `NotebookError`, `ToolNotFound`.
        """
        wanted = [names] if isinstance(names, str) else list(names or ())
        return export(path, wanted, find=self._parts.tool, all_tools=self.cache.tools.current, force=force)

    def load(
        self,
        source: str | Path | Iterable[str | Path],
        *,
        dry_run: bool = False,
        clash: Clash = "keep",
        rename: Mapping[str, str] | None = None,
        min_accuracy: float | None = None,
        on_event: OnEvent | None = None,
    ) -> Loaded:
        """Judge the tools of a notebook, of a folder of them, or of several, and keep those that pass.

        Nothing of a notebook is executed; its tools are verified in the sandbox. `rename` gives tools other names,
        `clash` says what becomes of one whose name you have. With `dry_run` nothing is kept. What is wrong with a tool
        is in the record; raises `NotebookError` where a file cannot be read, `SandboxError` where a wall is missing.
        """
        accuracy = self._parts.min_accuracy(min_accuracy)
        with self._parts.events.to(on_event):
            return self._loader().load(source, dry_run=dry_run, clash=clash, rename=rename or {}, min_accuracy=accuracy)

    def load_conversation(
        self,
        path: str | Path,
        name: str,
        examples: Any,
        *,
        description: str = "",
        min_accuracy: float | None = None,
        on_event: OnEvent | None = None,
    ) -> Tool:
        """Take the tool of a conversation as the authors of LATM published them, verified on your examples, as `name`.

        A user model writes a snippet for every question, guided by the conversation's use cases. Raises
        `NotebookError`, `TaskError`, `ModelError`, or `MakingFailed`, after which nothing is kept.
        """
        accuracy = self._parts.min_accuracy(min_accuracy)
        with self._parts.events.to(on_event):
            tool = self._loader().load_conversation(
                path, name, examples, description=description, min_accuracy=accuracy
            )
            return self._tool(tool)

    def shared(self) -> tuple[Offer, ...]:
        """Return what the notebooks of `tool_paths` offer besides your own tools; nothing is verified for it."""
        own = self.cache.tools.names()
        return tuple(offer for offer in self._parts.shared.offers() if offer.name not in own)

    def ask(
        self,
        prompt: str,
        tools: Sequence[Any] | None = None,
        schema: Any = None,
        *,
        rounds: int = 20,
        budget_usd: float | None = None,
        seconds: float = 300.0,
        inputs: Mapping[str, Any] | None = None,
        record: str | None = None,
        model: str | Model | None = None,
        after: Sequence[Step] = (),
        on_event: OnEvent | None = None,
    ) -> Asked:
        """Have the maker model, or `model`, answer by calling tools as it sees fit; each call is a step of the result.

        `tools`: names, tools, and functions of yours, which run in this process (`latm_magic.pure` marks those that
        change nothing); all of the project's where left out. `inputs` fill `{name}` in the prompt. `schema`: a pydantic
        model, another type, or a JSON Schema that the answer has to fit; text without one. At `rounds` replies,
        `budget_usd` dollars, `seconds`, or the third call that is the same, the model is asked once for what it has.
        With `record` the run is kept under that name. `after` are recorded steps to go on from. Raises `TaskError`, and
        `ModelError`, whose `asked` is what came before it.
        """
        with self._parts.events.to(on_event):
            return self._asking.ask(
                prompt,
                tools,
                schema,
                bounds=Bounds(rounds, budget_usd, seconds),
                inputs=inputs,
                record=record,
                model=model,
                after=after,
            )

    async def aask(
        self,
        prompt: str,
        tools: Sequence[Any] | None = None,
        schema: Any = None,
        *,
        rounds: int = 20,
        budget_usd: float | None = None,
        seconds: float = 300.0,
        inputs: Mapping[str, Any] | None = None,
        record: str | None = None,
        model: str | Model | None = None,
        after: Sequence[Step] = (),
        on_event: OnEvent | None = None,
    ) -> Asked:
        """Ask as `ask` does, on a thread of the session, while your event loop goes on.

        Functions of yours run on that thread, and so does `on_event`. Raises what `ask` raises.
        """
        return await self._beside.run(
            partial(
                self.ask,
                prompt,
                tools,
                schema,
                rounds=rounds,
                budget_usd=budget_usd,
                seconds=seconds,
                inputs=inputs,
                record=record,
                model=model,
                after=after,
                on_event=on_event,
            )
        )

    def replay(
        self,
        trace: Trace,
        from_step: int = 1,
        *,
        model: str | Model | None = None,
        tools: Sequence[Any] | None = None,
        schema: Any = None,
        rounds: int = 20,
        budget_usd: float | None = None,
        seconds: float = 300.0,
        record: str | None = None,
        on_event: OnEvent | None = None,
    ) -> Asked:
        """Ask a recorded question again: the steps before `from_step` (from 1) stand as recorded, and are not run.

        `tools` are those of the run where left out; functions of yours are to be given again, as is the schema. Raises
        `TaskError`, and what `ask` raises.
        """
        bounds = Bounds(rounds, budget_usd, seconds)
        with self._parts.events.to(on_event):
            return self._asking.replay(
                trace, from_step, model=model, tools=tools, schema=schema, bounds=bounds, record=record
            )

    def compare_traces(self, left: Trace, right: Trace) -> TraceComparison:
        """Return two runs beside each other, step by step."""
        return compare_traces(left, right)

    def trace(self, name: str, inputs: Mapping[str, Any] | None = None) -> Recording:
        """Return what records the calls of tools in a `with` block as a trace under `name`; set its `answer` there.

        `inputs` is plain data by name. Functions of yours are recorded through its `call`. Raises `TaskError`.
        """
        return Recording(name, inputs, self.cache.traces.keep)

    def traces(self, name: str | None = None) -> Traces:
        """Return the runs that are kept under a name, oldest first, or all; of none where nothing is."""
        return all_traces(self.cache.traces, name)

    def keep_traces(self, traces: Iterable[Trace]) -> int:
        """Keep traces from elsewhere, as `Traces.read` gives them; return how many are new. Raises `TaskError`."""
        return self.cache.traces.take(traces)

    def drop_traces(self, name: str, trace_id: str | None = None) -> int:
        """Forget the traces of a name, or the one of that id; return how many that were."""
        return self.cache.traces.drop(name, trace_id)

    def make_flow(
        self,
        name: str,
        *,
        traces: str | Iterable[Trace] | None = None,
        examples: Iterable[tuple[Mapping[str, Any], Any]] = (),
        unsure: str = "ask",
        description: str = "",
        tools: Iterable[Any] = (),
        questions: Any = None,
        reads: str = "",
    ) -> Flow:
        """Learn the flow `name` from traces of tool calls; verified by replay, and kept as its next version.

        `traces`: the name that they are recorded under (left out: the flow's), or traces. `examples`: pairs of inputs,
        by name, and the right answer; they are run for real, as far as no call acts. Where the flow is unsure, `unsure`
        has the tool loop go on ("ask") or gives no answer ("refuse"). `tools`: functions of yours that the traces call;
        the project's are found by name. `questions`, with answers, has the maker write a parser of them in front, so
        that `solve` sends questions to the flow; or `reads` names a tool of the project whose parser reads its inputs.
        Raises `TaskError` for traces that cannot be learned from, `MakingFailed` where too many disagree.
        """
        return self._flows.make(name, description, traces, examples, unsure, tools, questions, reads)

    def flow(self, name: str, version: int | None = None, *, tools: Iterable[Any] = ()) -> Flow:
        """Return a flow, the newest version or the one of that number; `tools` as in `make_flow`.

        Raises `ToolNotFound`.
        """
        return self._flows.get(name, version, tools)

    def flows(self) -> tuple[Flow, ...]:
        """Return the newest version of each flow of the project, by name."""
        return self._flows.all()

    def drop_flow(self, name: str) -> None:
        """Remove a flow with all its versions; its traces stay. Raises `ToolNotFound`."""
        self._flows.table.drop(name)

    def status(self) -> Status:
        """Return where things are and what is up: project, cache, models, walls, money."""
        return status_of(self.project, self._parts)

    def save_setting(self, name: str, value: Any, *, mine: bool = False) -> Saved:
        """Save a setting for good, and use it from now on; None takes it out of the file again.

        It goes into the project's pyproject.toml where that may hold it, else (or with `mine`) into your own file, as
        does `profiles.NAME.FIELD` of a named endpoint. Raises `SettingsError`, for a key too: none is ever written.
        """
        return save_setting(self.settings, self.project, name, value, mine=mine)

    def models(self, profile: str = "") -> Offers:
        """Return the models that the endpoint offers, or that of a profile: context, price, and which role uses which.

        Raises `ModelError` where it cannot be asked, `SettingsError` where there is no such profile.
        """
        return self._parts.roles.at(profile).offers()

    def model(self, role: Role) -> Model:
        """Return the model that answers for a role ("maker", "user", "dispatcher", "direct"), in ledger and budget.

        Raises `ModelError` where none is named.
        """
        return self._parts.roles.model(role)

    def ping(self, profile: str = "") -> Pings:
        """Try what works: the endpoint, and each role's model with four tiny calls at most, in ledger and budget.

        `profile` takes the place of the one in use. What fails is in the record; raises `SettingsError` where there is
        no such profile.
        """
        return ping(self._parts.roles.at(profile))

    def direct_estimate(self) -> DirectEstimate | None:
        """Estimate what the instances that this session solved would have cost, asked of the maker model directly.

        None while nothing was solved or no maker model is named.
        """
        return self._solving.direct_estimate()

    def ways_by_day(self) -> dict[str, Counter[str]]:
        """Return how many answers came which way on each day (ISO, UTC) since it is counted, oldest first."""
        return self._solving.ways.days()

    def close(self) -> None:
        """Stop the workers and close the cache; the session opens both anew when it is used again."""
        self._solving.ways.write()
        self._beside.close()
        self._parts.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return reopen, (type(self), str(self.project.folder), chosen_settings(self.settings))

    def _tool(self, record: ToolVersion) -> Tool:
        return Tool(record, self)

    def _loader(self) -> Loader:
        parts = self._parts
        return Loader(self.project.folder, self.cache.tools, parts.admission(), self._versions.keep)
