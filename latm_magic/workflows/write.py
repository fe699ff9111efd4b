"""A flow as plain Python: one function that calls the tools, with the traces behind each branch in comments.

Every name and value of a trace stands in it as a literal. What the function does NOT have is the flow's rule of when it
is unsure: it takes the likeliest branch.
"""

from __future__ import annotations

import keyword
from functools import partial
from typing import TYPE_CHECKING, Any

from latm_magic.text import one_line
from latm_magic.workflows.decisions import FINISH
from latm_magic.workflows.machine import as_written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from latm_magic.workflows.machine import Binding, Guard, Machine, Tree

_HEAD = '''\
import datetime
from decimal import Decimal
from fractions import Fraction


class Missing:
    """Stands for what was not seen: no comparison with it is true."""

    def __gt__(self, other): return False
    def __lt__(self, other): return False
    def __eq__(self, other): return False
    def __bool__(self): return False


def flat(name, value):
    """Return a value as slots: a dict's keys one each."""
    if not isinstance(value, dict):
        return {name: value}
    return {slot: each for key, inner in value.items() for slot, each in flat(f"{name}.{key}", inner).items()}


'''
_START = """\
    seen, after, step, chosen = flat("input", inputs), "START", "", {}

    def value(*slots, default=Missing()):
        return next((seen[slot] for slot in slots if slot in seen), default)

    def call(tool, **arguments):
        given = {name: each for name, each in arguments.items() if not isinstance(each, Missing)}
        output = tools[tool](**given)
        for slot in [slot for slot in seen if slot == tool or slot.startswith(tool + ".")]:
            del seen[slot]
        count = seen.get("count." + tool, 0) + 1
        seen.update(flat(tool, output) | {"count." + tool: count})

"""


def write(name: str, description: str, machine: Machine) -> str:
    """Return the source of a module whose function `name` is the flow: `name(tools, **inputs)`, tools by name."""
    function = name if name.isidentifier() and not keyword.iskeyword(name) else "flow"
    inputs = ", ".join(map(repr, machine.inputs))
    lines = [
        f"def {function}(tools, /, **inputs):",
        f"    {_text(description or name)}",
        f"    # inputs: {inputs or 'none'}",
        *_START.splitlines(),
        f"    for _ in range({machine.longest + 1}):  # no trace made more calls than {machine.longest}",
        *(line for state in _states(machine) for line in state),
        "        else:",
        '            raise RuntimeError(f"no trace went on after {after}")',
        "        after = step",
        f'    raise RuntimeError("the run is longer than any trace ({machine.longest} calls)")',
    ]
    return _HEAD + "\n".join(lines) + "\n"


def _states(machine: Machine) -> Iterator[list[str]]:
    for place, (after, state) in enumerate(machine.states.items()):
        lines = [f"        {'elif' if place else 'if'} after == {after!r}:"]
        yield [*lines, *_tree(state.tree, 0, 12, partial(_do, machine, state.answer))]


def _tree(tree: Tree, number: int, indent: int, say: Any) -> list[str]:
    node, blanks = tree.nodes[number], " " * indent
    if node.guard is None:
        first, *rest = say(node.action)
        told = "" if first.startswith("if ") else f"  # {_traces(node.support)}"  # a branch says it itself
        return [f"{blanks}{first}{told}", *(f"{blanks}{line}" for line in rest)]
    return [
        f"{blanks}if {_test(node.guard)}:  # {_traces(node.support)}{_gap(node.guard)}",
        *_tree(tree, node.yes, indent + 4, say),
        f"{blanks}else:",
        *_tree(tree, node.no, indent + 4, say),
    ]


def _do(machine: Machine, answer: Mapping[str, Binding], action: str) -> list[str]:
    """Return the statements of an action: a call, or the answer."""
    if action == FINISH:
        return [*_choices(answer), f"return {_answer(answer)}"]
    bindings = machine.arguments.get(action, {})
    given = [f"{name!r}: {_source(name, binding)}" for name, binding in bindings.items()]
    return [f"step = {action!r}", *_choices(bindings), f"call(step, **{{{', '.join(given)}}})"]


def _choices(bindings: Mapping[str, Binding]) -> list[str]:
    """Return the statements that choose between constants, each into a variable of its own."""
    lines: list[str] = []
    for name, binding in bindings.items():
        if binding.tree is not None:
            constants = binding.constants

            def say(number: str, name: str = name, constants: tuple[Any, ...] = constants) -> list[str]:
                return [f"chosen[{name!r}] = {literal(constants[int(number)])}"]

            lines += _tree(binding.tree, 0, 0, say)
    return lines


def _source(name: str, binding: Binding) -> str:
    if binding.kind == "slot":
        slots = ", ".join(map(repr, binding.slots))
        return f"value({slots}, default={literal(binding.constant)})" if binding.has_default else f"value({slots})"
    if binding.kind == "constant":
        return literal(binding.constant)
    return f"chosen[{name!r}]" if binding.kind == "tree" else "Missing()"


def _answer(parts: Mapping[str, Binding]) -> str:
    """Return the expression of an answer, its parts put together again."""
    if not parts or "answer" in parts:
        return _source("answer", parts["answer"]) if parts else "None"
    whole: dict[str, Any] = {}
    for name, binding in parts.items():
        *above, last = name.split(".")[1:]
        inside = whole
        for key in above:
            inside = inside.setdefault(key, {})
        inside[last] = _source(name, binding)
    return _dict(whole)


def _dict(whole: Mapping[str, Any]) -> str:
    parts = (f"{key!r}: {_dict(each) if isinstance(each, dict) else each}" for key, each in whole.items())
    return f"{{{', '.join(parts)}}}"


def _test(guard: Guard) -> str:
    left = f"value({', '.join(map(repr, guard.left))})"
    if guard.op == "is there":
        return f"not isinstance({left}, Missing)"
    if guard.op == "is true":
        return f"{left} is True"
    right = f"value({', '.join(map(repr, guard.right))})" if guard.right else literal(guard.constant)
    return f"{left} {guard.op} {right}"


def _gap(guard: Guard) -> str:
    if guard.op != ">" or not guard.between:
        return ""
    what = "a difference between" if guard.right else "between"
    return f", {what} {as_written(guard.between[0])} and {as_written(guard.between[1])}"


def _traces(support: int) -> str:
    return "1 trace" if support == 1 else f"{support} traces"


def _text(text: str) -> str:
    return repr(one_line(text, 300))


def literal(value: Any) -> str:
    """Return a value as Python text of one line."""
    if isinstance(value, float) and value - value != 0:
        return f"float({str(value)!r})"
    return repr(value)
