"""The parser in front of a flow: a maker writes it from questions with their answers, or a tool of the project has it.

It is judged with the flow behind it: the parser reads a question in the sandbox, the flow runs on what it read, and the
answer has to be the known one. The loop of proposing and repairing is that of all tools (`making/maker.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latm_magic.errors import TaskError
from latm_magic.making.prompts import known
from latm_magic.making.room import fit_samples
from latm_magic.sandbox.policy.allowlist import SAFE_MODULES
from latm_magic.text import one_line
from latm_magic.tools.data_marks import plain_data
from latm_magic.tools.prompts import user_message
from latm_magic.workflows.machine import same

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.models.model import Message
    from latm_magic.task import Task
    from latm_magic.tool import ToolVersion
    from latm_magic.workflows.kept import FlowVersion

_SHOWN = 5
"""Values of an input that the maker is shown."""

_CONTRACT = """\
# The module

One self-contained Python 3.11 module, standard library only, with this function:

    def parse(question: str) -> dict

Finds the inputs of the program in the text of a question, and returns them by name, each of the kind and in the form of
the values above. It does not answer the question: the program does, from these inputs. Be strict: account for every
sentence of the question and for every word that carries meaning, and raise ValueError whenever an input is missing, two
readings are possible, or any part does not fit what you understand. A refused question costs a little, a wrong answer
costs a lot. ValueError is how you refuse; any other exception counts as a defect.

What matters:
- It must work for other names, words, numbers and orders of sentences than those in the examples.
- Helper functions and constants are welcome. Nothing else runs when the module is imported: no prints, no example use,
  no tests.
- No files, network, processes or threads, no eval or exec, no double underscores besides the usual special methods.
- Import only from: MODULES.

Reply with one fenced block that begins with ```python and holds the whole module, and nothing else."""


def request(flow: FlowVersion, task: Task, extra_modules: Sequence[str] = ()) -> tuple[Message, ...]:
    """Ask for the parser of a flow, showing its inputs and the task's demonstrations."""
    inputs = [plain_data(f"- {name}: {_values(flow, name)}") for name in flow.machine.inputs]
    shown, _ = fit_samples(known(task), inputs)
    return user_message(
        "Write a Python module that reads questions: it finds in each one the inputs of a program that answers it.",
        f"# The program: {flow.name}",
        plain_data(task.description),
        "# Its inputs, with values that they had",
        "\n".join(inputs),
        "# Questions, and what the program answers when it is given the right inputs",
        *(
            plain_data(f"Question {number}:\n{sample.question}\n\nAnswer {number}:\n{sample.told}")
            for number, sample in enumerate(shown, 1)
        ),
        _CONTRACT.replace("MODULES", ", ".join([*SAFE_MODULES, *extra_modules]), 1),
    )


def _values(flow: FlowVersion, name: str) -> str:
    """Return different values of an input, those of its traces."""
    some: list[Any] = []
    for trace in flow.traces:
        value = trace.inputs.get(name)
        if name in trace.inputs and len(some) < _SHOWN and not any(same(value, each) for each in some):
            some.append(value)
    told = "" if flow.machine.always(name) else " (left out where the question does not say it)"
    return one_line(", ".join(map(repr, some)), 400) + told


def completed(flow: FlowVersion, source: str) -> str:
    """Return a parser's module with the function that stands for the flow, which takes its inputs."""
    return source if f"def {flow.name}(" in source else f"{source.rstrip()}\n\n{_function(flow)}"


def _function(flow: FlowVersion) -> str:
    """Return the source of the function that stands for the flow in the parser's module."""
    names, always = flow.machine.inputs, flow.machine.always
    if not all(name.isidentifier() for name in names):
        return f"def {flow.name}(**inputs):\n    return inputs\n"
    ordered = sorted(names, key=lambda name: not always(name))
    given = ", ".join(name if always(name) else f"{name}=None" for name in ordered)
    values = ", ".join(f"{name!r}: {name}" for name in ordered)
    return f"def {flow.name}({given}):\n    return {{{values}}}\n"


def as_reader(tool: ToolVersion, flow: FlowVersion) -> ToolVersion:
    """Return a tool of the project whose parser reads the inputs of a flow; raises `TaskError` where it does not."""
    if not tool.has_parser:
        raise TaskError(f"{tool.name} has no parser, so it cannot read questions for {flow.name}: name another tool.")
    names = {parameter.name for parameter in tool.parameters}
    needed = {name for name in flow.machine.inputs if flow.machine.always(name)}
    if not needed <= names <= set(flow.machine.inputs):
        has, takes = ", ".join(sorted(names)) or "nothing", ", ".join(flow.machine.inputs) or "nothing"
        raise TaskError(one_line(f"The parser of {tool.name} gives {has}, and {flow.name} takes {takes}.", 400))
    return tool


def check_serves(flow: FlowVersion) -> None:
    """Raise `TaskError` for a flow that no question may be sent to, since it acts."""
    acting = [use.tool for use in flow.uses if use.acts]
    if acting:
        raise TaskError(
            f"{flow.name} calls {acting[0]}, which acts, and no question may act: make the flow without questions or"
            f" reads, and call it by its inputs. A function that changes nothing is marked with latm_magic.pure."
        )
