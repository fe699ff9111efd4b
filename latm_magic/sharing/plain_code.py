"""A tool as plain code: a module of its own and a pytest file, which need nothing of latm_magic.

For use in a package, or without latm_magic: everything that the tool does and was verified on is in them. They run as
you and outside of every sandbox, as any module that you import does.
"""

from __future__ import annotations

import keyword
import re
import sys
import textwrap
from typing import TYPE_CHECKING

from latm_magic.errors import NotebookError
from latm_magic.sharing.literals import literal, quoted
from latm_magic.sharing.notebook_write import answer_literal, told
from latm_magic.text import printable
from latm_magic.verification import Glue

if TYPE_CHECKING:
    from latm_magic.tool import ToolVersion
    from latm_magic.verification import SampleResult

_SOLVERS = ("solve", "answer_question", "solve_question")


def check_module_name(name: str) -> None:
    """Raise `NotebookError` unless a module of this name can be imported and does not hide one of Python's own."""
    if not name.isidentifier() or keyword.iskeyword(name):
        raise NotebookError(f"{name + '.py'!r} cannot be imported: name the file with letters, digits and _.")
    if name in sys.stdlib_module_names:
        raise NotebookError(f"{name + '.py'!r} would hide a module of Python's own: choose another name.")


def module_text(tool: ToolVersion) -> str:
    """Return the module: where it comes from, its docstring, its source, and one function from question to answer."""
    # One line end at its end and no blank line before its start; the rest is its maker's.
    source = tool.source.replace("\r\n", "\n").strip("\n") + "\n"
    blank = "\n\n\n" if source.startswith(("def ", "class ", "@")) else "\n\n"
    has_docstring = re.match(r"(?:[ \t]*(?:#[^\n]*)?\n)*[rRuU]?(?:\"|')", source)
    body = source if has_docstring else f"{_docstring(tool)}{blank}{source}"
    return f"{_provenance(tool)}\n{body}" + (f"\n\n{_solver(tool)}" if tool.has_parser else "")


def _provenance(tool: ToolVersion) -> str:
    made, right, total = told(tool.provenance), tool.verification.right, len(tool.verification.samples)
    unseen = f", {tool.unseen[0]:,} unseen by its maker" if tool.unseen[1] else ""
    by = f"Made by {made.recorded or made.maker}" + (f" on {made.created[:10]}" if made.created else "")
    facts = [
        f"{tool.name}, version {tool.version}. {by}.",
        f"Verified: {right:,} of {total:,} samples right{unseen}.",
        f"Fingerprint {tool.fingerprint}.",
    ]
    return "".join(f"# {line}\n" for fact in facts for line in textwrap.wrap(printable(fact), 100))


def _docstring(tool: ToolVersion) -> str:
    text = "\n".join(printable(line.rstrip()) for line in tool.description.strip().split("\n"))
    text = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    lines = [piece for line in text.split("\n") for piece in (textwrap.wrap(line, 100) or [""])]
    shown = "\n".join(lines)
    closed = f"{shown}\n" if len(lines) > 1 or shown.endswith('"') else shown
    return f'"""{closed}"""'


def _solver_name(tool: ToolVersion) -> str:
    taken = set(re.findall(r"\w+", tool.source))
    return next((name for name in _SOLVERS if name not in taken), f"{_SOLVERS[0]}_{tool.fingerprint[:8]}")


def _solver(tool: ToolVersion) -> str:
    call = f"{tool.function}(**parse(question))"
    may_give_none = "missing" in tool.task.expected
    name, doc = _solver_name(tool), '    """Answer a question; ValueError where it is of another kind."""'
    if may_give_none and not tool.has_format:
        body = f"    result = {call}\n    return None if result is None else str(result)\n"
        return f"def {name}(question: str) -> str | None:\n{doc}\n{body}"
    result = f"format_answer({call}, question)" if tool.has_format else f"str({call})"
    returns = "str | None" if may_give_none else "str"
    return f"def {name}(question: str) -> {returns}:\n{doc}\n    return {result}\n"


def pytest_text(tool: ToolVersion, module: str) -> str:
    """Return the pytest file: every sample that the tool was verified on and answered right."""
    right = [sample for sample in tool.verification.samples if sample.outcome == "right"]
    head = f'"""Samples that {tool.name} was verified on."""\n\n'
    if tool.has_parser:
        return head + _tests_of_questions(tool, module, right)
    if tool.by_snippet:
        return head + _tests_of_snippets(tool, module, right)
    return head + _tests_of_calls(tool, module, right)


def _tests_of_questions(tool: ToolVersion, module: str, right: list[SampleResult]) -> str:
    name = _solver_name(tool)
    rows = "".join(_row(sample, tool) for sample in right if sample.expects == "answer")
    return (
        f"import pytest\nfrom {module} import {name}\n\nSAMPLES = [\n{rows}]\n\n\n"
        '@pytest.mark.parametrize(("question", "answer"), SAMPLES)\n'
        "def test_a_question_when_asked_gets_its_answer(question, answer):\n"
        '    """Every sample is answered as it was when the tool was made."""\n'
        f"    assert {_check(tool, f'{name}(question)')}\n"
    ) + _tests_without_answer(name, right)


def _tests_without_answer(name: str, right: list[SampleResult]) -> str:
    """Return tests of the samples that have no answer, and of those that are refused."""
    questions = {
        expects: "".join(f"    {literal(s.question, '    ')},\n" for s in right if s.expects == expects)
        for expects in ("missing", "refusal")
    }
    tests = ""
    if questions["missing"]:
        tests += (
            f"\n\nWITHOUT_ANSWER = [\n{questions['missing']}]\n\n\n"
            '@pytest.mark.parametrize("question", WITHOUT_ANSWER)\n'
            "def test_a_question_when_it_has_no_answer_gets_none(question):\n"
            '    """None is an answer, and no refusal."""\n'
            f"    assert {name}(question) is None\n"
        )
    if questions["refusal"]:
        tests += (
            f"\n\nREFUSED = [\n{questions['refusal']}]\n\n\n"
            '@pytest.mark.parametrize("question", REFUSED)\n'
            "def test_a_question_when_it_is_of_another_kind_is_refused(question):\n"
            '    """ValueError says that it is not answered."""\n'
            f"    with pytest.raises(ValueError):\n        {name}(question)\n"
        )
    return tests


def _row(sample: SampleResult, tool: ToolVersion) -> str:
    answer = answer_literal(sample.wanted, tool.kind, "        ")
    return f"    (\n        {literal(sample.question, '        ')},\n        {answer},\n    ),\n"


def _check(tool: ToolVersion, text: str, wanted: str = "answer") -> str:
    if tool.kind == "text":
        has_returns = any("\r" in sample.wanted + (sample.got or "") for sample in tool.verification.samples)
        plain = '.replace("\\r\\n", "\\n")' if has_returns else ""
        return f"{text}{plain}.strip() == {wanted}{plain}.strip()"
    if tool.kind == "float":
        return f"float({text}) == pytest.approx({wanted}, rel=1e-9, nan_ok=True)"
    return f"int({text}) == {wanted}" if tool.kind == "int" else f'({text}.strip().lower() == "true") is {wanted}'


def _tests_of_calls(tool: ToolVersion, module: str, right: list[SampleResult]) -> str:
    names = f"{tool.function}, format_answer" if tool.has_format else tool.function
    parts = ["import pytest\n" * (tool.kind == "float"), f"from {module} import {names}\n"]
    for number, sample in enumerate((s for s in right if s.call and s.expects == "answer"), 1):
        question = literal(sample.question, "        ")
        question = f"(\n        {question}\n    )" if "\n" in question else question
        got = f"format_answer({sample.call}, question)" if tool.has_format else f"str({sample.call})"
        wanted = answer_literal(sample.wanted, tool.kind, "        ")
        wanted = f"(\n        {wanted}\n    )" if "\n" in wanted else wanted
        asked = f"    question = {question}\n" if tool.has_format else ""
        parts.append(
            f'\n\ndef test_call_{number}():\n    """The call that answered a sample still does."""\n{asked}'
            f"    answer = {wanted}\n    assert {_check(tool, got)}\n"
        )
    return "".join(parts)


def _tests_of_snippets(tool: ToolVersion, module: str, right: list[SampleResult]) -> str:
    # Text over several lines would change when it is indented.
    called = [s for s in right if s.call and s.expects == "answer"]
    cases = [s for s in called if '"""' not in s.call and "'''" not in s.call]
    parts = [f"from {module} import *  # noqa: F403  as the use cases were written\n", _as_answer(tool)]
    for number, sample in enumerate(cases, 1):
        body = textwrap.indent(sample.call.strip("\n"), "    ")
        parts.append(
            f'\n\ndef test_use_case_{number}():\n    """The use case that answered a sample still does."""\n{body}\n'
            f"    assert as_answer(ans) == {quoted((sample.got or '').strip())}\n"
        )
    return "".join(parts)


def _as_answer(tool: ToolVersion) -> str:
    form = tool.verification.answer_form
    lines = ["", "", "def as_answer(result):", '    """Give a result in the form of the known answers."""']
    if form.items is not None:
        before, between, after = map(quoted, (form.items.before, form.items.between, form.items.after))
        lines.append("    if isinstance(result, (list, tuple)):")
        lines.append(f"        return ({before} + {between}.join(map(str, result)) + {after}).strip()")
    text = form.text
    before, between, after = map(quoted, (text.before, text.between, text.after))
    if text != Glue():
        has_form = f"text.startswith({before}) and text.endswith({after})"
        has_form += f" and len(max(text.split({between}), key=len)) == 1" if text.between else ""
        joined = f"{between}.join(text)" if text.between else "text"
        lines += [
            "    text = str(result)",
            f"    return (text if {has_form} else {before} + {joined} + {after}).strip()",
        ]
    else:
        lines.append("    return str(result).strip()")
    return "\n".join(lines) + "\n"
