"""From one version of a tool to the next: the samples that the next one must pass, and what changed between two.

Which version is current, and going back to an older one, is left to the cache.
"""

from __future__ import annotations

import json
from dataclasses import replace
from difflib import unified_diff
from typing import TYPE_CHECKING

from latm_magic.errors import TaskError
from latm_magic.task import Task
from latm_magic.text import apart, middle_cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from latm_magic.cache.cache import Cache
    from latm_magic.task import Instance
    from latm_magic.tool import ToolVersion
    from latm_magic.verification import SampleResult


def with_earlier(task: Task, cache: Cache) -> Task:
    """Add the samples that the tool's current version passed, because the next version must pass them too.

    Raises `TaskError` when a sample contradicts one of them.
    """
    if task.name not in cache.tools.names():
        return task
    current = cache.tools.get(task.name)
    given = {sample.question: (number, sample) for number, sample in enumerate(task.samples, 1)}
    for sample in current.all_samples:
        number, now = given.get(sample.question, (0, sample))
        if now.content != sample.content:
            was, is_now = apart(sample.told, now.told)
            raise TaskError(
                f"Example {number} contradicts one that {task.name!r} passed before: {middle_cut(sample.question)} was"
                f" answered {was}, and is {is_now} now. With --replace (replace=True) older samples no longer count."
            )
    refused = {sample.question for sample in current.verification.samples if sample.outcome == "refused"}
    left = refused | given.keys()
    return replace(task, earlier=tuple(sample for sample in current.all_samples if sample.question not in left))


def next_task(current: ToolVersion, versions: Iterable[ToolVersion], corrected: Mapping[str, Instance]) -> Task:
    """Return the task of a version that grows out of `current`: its samples, and all that must still come out right.

    Those are the samples that any of `versions` passed since the tool was last begun anew, and the `corrected` answers
    by question, which take the place of what was said before.
    """
    known = {sample.question: sample for tool in since_begun(current, versions) for sample in _passed(tool)}
    known |= {sample.question: sample for sample in (*current.earlier, *current.samples)}
    known |= corrected
    samples = tuple(known.pop(sample.question) for sample in current.samples)
    return Task(current.name, current.description, samples, current.kind, tuple(known.values()), current.shown)


def _passed(tool: ToolVersion) -> list[Instance]:
    right = {sample.question for sample in tool.verification.samples if sample.outcome == "right"}
    return [sample for sample in (*tool.earlier, *tool.samples) if sample.question in right]


def since_begun(current: ToolVersion, versions: Iterable[ToolVersion]) -> list[ToolVersion]:
    """Return the versions of the same beginning, oldest first: one made with `replace` begins anew.

    Each version passes all samples of the one that it was made from, so one that holds no older version's samples is
    a beginning.
    """
    begun: dict[int, int] = {}
    seen: list[tuple[ToolVersion, frozenset[Instance]]] = []
    for tool in sorted(versions, key=lambda one: one.version):
        own = frozenset(tool.all_samples)
        parents = [older for older, samples in seen if samples <= own]
        begun[tool.version] = begun[parents[-1].version] if parents else tool.version
        seen.append((tool, own))
    beginning = begun.get(current.version)
    return [tool for tool, _ in seen if begun[tool.version] == beginning]


def difference(old: ToolVersion, new: ToolVersion) -> str:
    """Return a unified diff of two versions' sources, and of their samples and outcomes; "" where all is alike."""
    parts = [
        _unified(_named(old), _named(new), old.source.split("\n"), new.source.split("\n")),
        _unified(_named(old, "description of "), _named(new, "description of "), [old.description], [new.description]),
        _sample_lines(old, new),
    ]
    return "\n".join(part for part in parts if part)


def _named(tool: ToolVersion, what: str = "") -> str:
    return f"{what}{tool.name}, version {tool.version}"


def _unified(before: str, after: str, old: Sequence[str], new: Sequence[str]) -> str:
    return "\n".join(unified_diff(old, new, before, after, lineterm=""))


def _sample_lines(old: ToolVersion, new: ToolVersion) -> str:
    """Return the samples that only one of the versions has, or that the two answered otherwise, one a line."""
    before, after = _outcomes(old), _outcomes(new)
    lines = []
    for question in dict.fromkeys([*before, *after]):
        gone, come = before.get(question), after.get(question)
        if gone != come:
            lines += [f"{sign}{line}" for sign, line in (("-", gone), ("+", come)) if line]
    head = [f"--- {_named(old, 'samples of ')}", f"+++ {_named(new, 'samples of ')}"]
    return "\n".join([*head, *lines]) if lines else ""


def _outcomes(tool: ToolVersion) -> dict[str, str]:
    """Return a line for each sample by its question: what it gave, the question and the known answer."""
    return {
        sample.question: f"{sample.outcome}: {_quoted(sample.question)} => {_wanted(sample)}"
        for sample in tool.verification.samples
    }


def _wanted(sample: SampleResult) -> str:
    return _quoted(sample.wanted) if sample.expects == "answer" else sample.sample.told


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
