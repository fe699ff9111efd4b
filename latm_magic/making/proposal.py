"""From a module's source to a proposal: which function is the tool, what it takes, which parts are there.

The source was parsed in a worker (`sandbox.check`); here only its description is read. Nothing is run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from latm_magic.signature import Parameter
from latm_magic.tool import Proposal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.provenance import Provenance
    from latm_magic.sandbox.records import Check, FunctionSignature
    from latm_magic.task import Task
    from latm_magic.tool import Calling

_PARTS = ("parse", "format_answer")


def without_examples(source: str, check: Check) -> str:
    """Return the source without the statements that only show its use, and without the comments right above them."""
    lines = source.split("\n")
    left_out: set[int] = set()
    for first, last in check.example_lines:
        start = first - 1
        while start > 0 and lines[start - 1].startswith("#"):
            start -= 1
        left_out.update(range(start, last))
    kept = "\n".join(line for number, line in enumerate(lines) if number not in left_out)
    return re.sub(r"\n{4,}", "\n\n\n", kept).strip("\n") + "\n"


def find_function(functions: Sequence[FunctionSignature], name: str) -> FunctionSignature | None:
    """Return the function that is the tool: the one named so, else the only public one that no other function calls."""
    by_name = {function.name: function for function in functions}
    if name in by_name:
        return by_name[name]
    candidates = [f for f in functions if f.is_public and f.name not in _PARTS and not f.name.startswith("test_")]
    called = {other for function in candidates for other in function.calls if other != function.name}
    roots = [function for function in candidates if function.name not in called]
    return roots[0] if len(roots) == 1 else None


def read_proposal(task: Task, source: str, check: Check, provenance: Provenance) -> Proposal | str:
    """Return the proposal that a source holds, or in one line why it holds none."""
    function = find_function(check.functions, task.name)
    if function is None:
        found = ", ".join(sorted(f.name for f in check.functions if f.is_public)) or "none"
        return f"The module must define a function named {task.name}; the public functions found are: {found}."
    names = {f.name for f in check.functions}
    calling: Calling = "parser" if "parse" in names else "snippet" if function.calls_arguments else "arguments"
    return Proposal(
        name=task.name,
        description=task.description,
        source=source,
        function=function.name,
        parameters=tuple(Parameter(p.name, p.kind, p.annotation or "", p.default or "") for p in function.parameters),
        returns=function.returns or "",
        doc=function.doc,
        calling=calling,
        has_format="format_answer" in names,
        kind=task.kind,
        samples=task.samples,
        earlier=task.earlier,
        use_cases=(),
        provenance=provenance,
        shown=task.shown,
    )
