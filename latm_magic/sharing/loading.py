"""Loading tools of somebody else: from notebooks, folders of them, and published conversations, tool by tool.

How a stranger's tool is judged is told in `admission.py`. Here: under which name it is kept, and what becomes of yours.
"""

from __future__ import annotations

import builtins
import difflib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from latm_magic.errors import MakingFailed, ModelError, NotebookError, SandboxError, did_you_mean
from latm_magic.examples import read_examples
from latm_magic.sharing.notebook_read import find_notebooks, read_notebook
from latm_magic.sharing.notebooks import Offer, ToolNotebook
from latm_magic.sharing.transcripts import read_conversation
from latm_magic.shown import Shown
from latm_magic.task import Task, check_name
from latm_magic.text import quoted
from latm_magic.tool import Attempt, fingerprint_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from latm_magic.cache.tools import ToolTable
    from latm_magic.sharing.admission import Admission, Judged
    from latm_magic.tool import Proposal, ToolVersion

Clash = Literal["keep", "replace", "rename"]
"""What becomes of a tool whose name you have: yours stays, it becomes your next version, or it gets another name."""

_MAX_COMPARED_LINES = 1_500


@dataclass(frozen=True, slots=True)
class LoadedTool:
    """What came of one tool of a notebook."""

    judged: Judged
    name: str
    """Its name here, which is the notebook's unless it was renamed."""
    outcome: Literal["admitted", "kept yours", "already here", "refused"]
    reason: str = ""
    """Why it was not admitted, or what else there is to know, in one line."""
    version: int | None = None
    """The version that it became, or that is here already; None where nothing was kept."""
    difference: str = ""
    """What is other than in your tool of that name, as a unified diff; "" without one."""


@dataclass(frozen=True, slots=True)
class Loaded(Shown):
    """What came of loading notebooks: a record for each tool, in their order."""

    tools: tuple[LoadedTool, ...]
    notebooks: tuple[ToolNotebook, ...]
    dry_run: bool = False
    """Nothing was kept; "admitted" then means that it would have been."""

    def with_outcome(self, outcome: str) -> tuple[LoadedTool, ...]:
        """Return the tools with this outcome."""
        return tuple(tool for tool in self.tools if tool.outcome == outcome)


class Loader:
    """Loads tools into the project in `folder`; `keep` keeps one as the next version of its name."""

    def __init__(
        self,
        folder: Path,
        tools: ToolTable,
        admission: Admission,
        keep: Callable[[ToolVersion], ToolVersion],
    ) -> None:
        self._folder = folder
        self._tools = tools
        self._admission = admission
        self._keep = keep

    def load(
        self,
        source: str | Path | Iterable[str | Path],
        *,
        dry_run: bool,
        clash: Clash,
        rename: Mapping[str, str],
        min_accuracy: float,
    ) -> Loaded:
        """Judge the tools of notebooks and keep those that pass; see `Session.load`."""
        given = [source] if isinstance(source, str | Path) else list(source)
        paths = [path for each in given for path in find_notebooks(self._located(each))]
        notebooks = tuple(_read(path, is_alone=len(paths) == 1) for path in paths)
        offers = [offer for notebook in notebooks for offer in notebook.offers]
        names = _new_names(offers, rename)
        offers = [_named_freely(offer, names[offer.name]) for offer in offers]
        if clash not in get_args(Clash):
            raise NotebookError(f"clash={clash!r} is none of keep, replace and rename.")
        self._check_walls()
        taken = {*self._tools.names(), *names.values()}
        found = [self._judge(o, names, min_accuracy, clash, taken) for o in _without_doubles(offers, names)]
        kept = found if dry_run else [self._keep_loaded(each) for each in found]
        return Loaded(tuple(kept), notebooks, dry_run)

    def load_conversation(
        self, path: str | Path, name: str, examples: Any, *, description: str, min_accuracy: float
    ) -> ToolVersion:
        """Take the tool of a conversation; see `Session.load_conversation`."""
        located = self._located(path)
        conversation = read_conversation(located)
        told = description or f"Questions such as: {conversation.use_cases[0].question[:200]}"
        task = Task(name, told, *read_examples(examples, self._folder)).check()
        offer = Offer(
            name,
            located.name,
            task.description,
            conversation.source,
            task.samples,
            kind=task.kind,
            by_snippet=True,
            use_cases=conversation.use_cases,
        )
        self._check_walls()
        judged = self._admission.verify(self._admission.inspect(offer), min_accuracy)
        if judged.tool is None:
            attempt = Attempt(1, "failed verification", source=offer.source, verification=judged.verification)
            message = f"{name!r} was not loaded from {located.name!r}: {judged.reason}.\nNothing was kept."
            raise MakingFailed(message, attempts=(attempt,))
        return self._keep(judged.tool)

    def _located(self, path: str | Path) -> Path:
        """Return the path as it is found from here, else from the project's folder."""
        try:
            found = Path(path).expanduser()
            in_project = self._folder / found
            return in_project if in_project.exists() and not found.exists() else found
        except (OSError, RuntimeError, ValueError) as fault:
            reason = getattr(fault, "strerror", None) or fault
            raise NotebookError(f"{quoted(str(path), 200)} cannot be the path of a file ({reason}).") from None

    def _check_walls(self) -> None:
        if missing := self._admission.missing_walls:
            raise SandboxError(
                f"This system lacks {', '.join(missing)}, the wall that tools of somebody else run behind: load them"
                " elsewhere, or read their source and set allow_imported_without_seccomp.",
                walls=self._admission.walls,
            )

    def _judge(
        self, offer: Offer, names: Mapping[str, str], accuracy: float, clash: Clash, taken: set[str]
    ) -> LoadedTool:
        admission, name = self._admission, names[offer.name]
        judged = admission.inspect(offer, name)
        if (same := self._same(judged.proposal)) is not None:
            return LoadedTool(judged, name, "already here", "the same tool, made or admitted here", same.version)
        yours = self._tools.get(name) if name in self._tools.names() else None
        if yours is not None and clash == "rename" and judged.proposal is not None:
            name = next(free for number in range(2, len(taken) + 3) if (free := f"{name}_{number}") not in taken)
            taken.add(name)
            judged = admission.inspect(offer, name)
        try:
            judged = admission.verify(judged, accuracy)
        except ModelError as fault:  # of a tool without a parser; the others need no model
            why = f"it has no parser, and the user model cannot be asked: {fault}"
            judged = replace(judged, proposal=None, reason=why)
        difference = _difference(yours, offer)
        if judged.tool is None:
            return LoadedTool(judged, name, "refused", judged.reason, difference=difference)
        if yours is not None and clash == "keep":
            why = "you have a tool of this name: replace it as its next version, or rename this one"
            return LoadedTool(judged, name, "kept yours", why, difference=difference)
        why = f"in place of your version {yours.version}, which stays in the cache" if yours is not None else ""
        why = f"beside your {yours.name}" if yours is not None and clash == "rename" else why
        return LoadedTool(judged, name, "admitted", why, difference=difference)

    def _same(self, proposal: Proposal | None) -> ToolVersion | None:
        """Return the version here that is this very tool, and that was made or admitted on this machine."""
        if proposal is None or proposal.name not in self._tools.names():
            return None
        fingerprint = fingerprint_of(proposal)
        alike = (version for version in self._tools.versions(proposal.name) if version.fingerprint == fingerprint)
        return next((version for version in alike if self._tools.is_trusted(version)), None)

    def _keep_loaded(self, loaded: LoadedTool) -> LoadedTool:
        if loaded.outcome != "admitted" or loaded.judged.tool is None:
            return loaded
        return replace(loaded, version=self._keep(loaded.judged.tool).version)


def _new_names(offers: Sequence[Offer], rename: Mapping[str, str]) -> dict[str, str]:
    """Return the name that each offer is to have here; raises `NotebookError` or `TaskError` where one is odd."""
    offered = [offer.name for offer in offers]
    for old, new in rename.items():
        if old not in offered:
            raise NotebookError(f"No tool {old!r} to rename in what is loaded.{did_you_mean(old, offered)}")
        check_name(new)
    return {name: rename.get(name, name) for name in offered}


def _named_freely(offer: Offer, name: str) -> Offer:
    """Refuse an offer that would hide one of Python's own functions in every notebook that uses all tools."""
    if offer.fault or not hasattr(builtins, name):
        return offer
    return replace(offer, fault=f"{name!r} is a Python builtin, which it would hide: give it another name (rename)")


def _read(path: Path, *, is_alone: bool) -> ToolNotebook:
    """Read a notebook; of several, one that cannot be read is noted and leaves the others alone."""
    try:
        return read_notebook(path)
    except NotebookError as fault:
        if is_alone:
            raise
        return ToolNotebook(path, notes=(str(fault),))


def _without_doubles(offers: Sequence[Offer], names: Mapping[str, str]) -> list[Offer]:
    """Refuse what would get one name with something else; what is offered twice over is offered once."""
    different = {(names[o.name], o.description, o.source, o.samples, o.earlier, o.kind): o for o in reversed(offers)}
    once = list(reversed(different.values()))
    count = Counter(names[offer.name] for offer in once if not offer.fault)
    why = "what is loaded holds more than one tool of this name: load one notebook at a time, or rename"
    return [replace(o, fault=why) if not o.fault and count[names[o.name]] > 1 else o for o in once]


def _difference(yours: ToolVersion | None, offer: Offer) -> str:
    if yours is None:
        return ""
    before, after = _as_lines(yours.description, yours.source), _as_lines(offer.description, offer.source)
    if max(len(before), len(after)) > _MAX_COMPARED_LINES:
        return f"too long to compare: {len(before):,} lines here, {len(after):,} there"
    lines = [*difflib.unified_diff(before, after, "yours", offer.origin, lineterm="")]
    mine, theirs = {*yours.all_samples}, {*offer.samples, *offer.earlier}
    lines += [f"samples: {len(theirs - mine):,} more, {len(mine - theirs):,} fewer"] if mine != theirs else []
    return "\n".join(lines)


def _as_lines(description: str, source: str) -> list[str]:
    return [*(f"# {line}" for line in description.splitlines()), *source.splitlines()]
