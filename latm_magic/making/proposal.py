"""From a module's source to a draft of a tool: which function is the tool, what it takes, which parts are there.

The source was parsed in a worker (`sandbox.check`); here only its description is read. Nothing is run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from latm_magic.tool import Parameter, Provenance, ToolVersion, Verification

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.sandbox.records import Check, FunctionFace
    from latm_magic.task import Task
    from latm_magic.tool import Calling

__all__ = ["draft", "find_function", "without_examples"]

_PARTS = ("parse", "format_answer")


def without_examples(source: str, check: Check) -> str:
    """Give the source without the statements that only show its use, and without the comments right above them."""
    lines = source.split("\n")
    left_out: set[int] = set()
    for first, last in check.example_lines:
        start = first - 1
        while start > 0 and lines[start - 1].startswith("#"):
            start -= 1
        left_out.update(range(start, last))
    kept = "\n".join(line for number, line in enumerate(lines) if number not in left_out)
    return re.sub(r"\n{4,}", "\n\n\n", kept).strip("\n") + "\n"


def find_function(functions: Sequence[FunctionFace], name: str) -> FunctionFace | None:
    """Give the function that is the tool: the one named so, else the only public one that no other function calls."""
    by_name = {face.name: face for face in functions}
    if name in by_name:
        return by_name[name]
    candidates = [f for f in functions if f.is_public and f.name not in _PARTS and not f.name.startswith("test_")]
    called = {other for face in candidates for other in face.calls if other != face.name}
    roots = [face for face in candidates if face.name not in called]
    return roots[0] if len(roots) == 1 else None


def draft(task: Task, source: str, check: Check, provenance: Provenance) -> ToolVersion | str:
    """Give the unverified tool that a source describes, or in one line why it describes none."""
    face = find_function(check.functions, task.name)
    if face is None:
        found = ", ".join(sorted(f.name for f in check.functions if f.is_public)) or "none"
        return f"The module must define a function named {task.name}; the public functions found are: {found}."
    names = {f.name for f in check.functions}
    calling: Calling = "parser" if "parse" in names else "snippet" if face.calls_arguments else "arguments"
    return ToolVersion(
        name=task.name,
        version=0,
        description=task.description,
        source=source,
        function=face.name,
        parameters=tuple(Parameter(p.name, p.kind, p.annotation or "", p.default or "") for p in face.parameters),
        returns=face.returns or "",
        doc=face.doc,
        calling=calling,
        has_format="format_answer" in names,
        kind=task.kind,
        samples=task.samples,
        earlier=task.earlier,
        verification=Verification(()),
        use_cases=(),
        provenance=provenance,
    )
